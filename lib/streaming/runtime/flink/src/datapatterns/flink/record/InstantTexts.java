package datapatterns.flink.record;

import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads instants: ISO-8601 text (without a zone it means UTC), or a number of milliseconds since 1970. */
final class InstantTexts {
    private static final Pattern ISO =
            Pattern.compile(
                    "([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
                            + "(?:[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?)?");
    private static final long SECOND = 1_000_000;

    private InstantTexts() {}

    /** Microseconds since 1970 in UTC, further digits cut; null when the text is no instant. */
    static Long micros(Characters text) {
        Long regular = regularMicros(text);
        return regular != null ? regular : irregularMicros(text.toString());
    }

    /** Microseconds since 1970, from a JSON number of milliseconds; null when it is far out of all years. */
    static Long microsOfMillis(String number) {
        ExactNumber exact = ExactNumber.parse(number);
        if (exact == null || exact.magnitude() > 15) {
            return null;
        }
        if (exact.magnitude() < -3) {
            return exact.negative() ? -1L : 0L;
        }
        BigInteger micros = exact.scaled(3);
        return micros.longValueExact();
    }

    /** {@code 2025-01-15T09:30:00[.fraction]Z}, as nearly every message has it. */
    private static Long regularMicros(Characters text) {
        byte[] bytes = text.bytes;
        int start = text.start;
        int last = text.end - 1;
        if (last - start < 19 || bytes[last] != 'Z' || bytes[start + 10] != 'T') {
            return null;
        }
        if (bytes[start + 4] != '-' || bytes[start + 7] != '-' || bytes[start + 13] != ':' || bytes[start + 16] != ':') {
            return null;
        }
        int year = digits(bytes, start, 4);
        int month = digits(bytes, start + 5, 2);
        int day = digits(bytes, start + 8, 2);
        int hour = digits(bytes, start + 11, 2);
        int minute = digits(bytes, start + 14, 2);
        int second = digits(bytes, start + 17, 2);
        // Days that exist in every month; the others are left to the calendar. A negative number is none.
        boolean surely = year > 0 && month > 0 && month <= 12 && day > 0 && day <= 28
                && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
        if (!surely) {
            return null;
        }
        long micros = fraction(bytes, start + 19, last);
        if (micros < 0) {
            return null;
        }
        return (epochDay(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) * SECOND + micros;
    }

    /** Microseconds of {@code .123456789}; 0 of nothing, negative when it is something else. */
    private static long fraction(byte[] bytes, int start, int end) {
        if (start == end) {
            return 0;
        }
        int count = end - start - 1;
        if (bytes[start] != '.' || count < 1 || count > 9) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < Math.max(6, count); i++) {
            byte character = i < count ? bytes[start + 1 + i] : (byte) '0';
            if (!DecimalTexts.isDigit(character)) {
                return -1;
            }
            value = i < 6 ? value * 10 + (character - '0') : value;
        }
        return value;
    }

    private static int digits(byte[] bytes, int start, int count) {
        int value = 0;
        for (int i = start; i < start + count; i++) {
            if (!DecimalTexts.isDigit(bytes[i])) {
                return -1;
            }
            value = value * 10 + (bytes[i] - '0');
        }
        return value;
    }

    /** Days since 1970 in the Gregorian calendar, for years from 1. */
    private static long epochDay(int year, int month, int day) {
        // The year begins in March here, so that the leap day is its last.
        int shifted = month > 2 ? year : year - 1;
        int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        int era = shifted / 400;
        int yearOfEra = shifted - era * 400;
        return era * 146_097L + yearOfEra * 365L + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468L;
    }

    private static Long irregularMicros(String text) {
        Matcher match = ISO.matcher(text);
        if (!match.matches()) {
            return null;
        }
        int offsetHours = number(match.group(9));
        int offsetMinutes = number(match.group(10));
        if (offsetHours > 23 || offsetMinutes > 59) {
            return null;
        }
        long offset = (offsetHours * 60L + offsetMinutes) * 60 * ("-".equals(match.group(8)) ? -1 : 1);
        try {
            // Year 0 is one of java.time's; it is no year of ISO dates in SQL.
            int year = number(match.group(1));
            LocalDate date = LocalDate.of(year, number(match.group(2)), number(match.group(3)));
            LocalTime time = LocalTime.of(number(match.group(4)), number(match.group(5)), number(match.group(6)));
            if (year == 0) {
                return null;
            }
            long seconds = date.toEpochDay() * 86_400 + time.toSecondOfDay() - offset;
            return seconds * SECOND + micros(match.group(7));
        } catch (DateTimeException impossible) {
            return null;
        }
    }

    private static long micros(String fraction) {
        return fraction == null ? 0 : Long.parseLong((fraction + "000000").substring(0, 6));
    }

    private static int number(String digits) {
        return digits == null ? 0 : Integer.parseInt(digits);
    }
}
