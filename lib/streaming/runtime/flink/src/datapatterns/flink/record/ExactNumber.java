package datapatterns.flink.record;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * sign * digits * 10^exponent, as it was written; the digits have no zero at either end, and zero has none.
 *
 * <p>Not BigDecimal's own parser: an exponent may have any length here without costing memory.
 */
record ExactNumber(boolean negative, String digits, long exponent) {
    private static final Pattern DECIMAL =
            Pattern.compile("([+-]?)(?:([0-9]+)(?:\\.([0-9]*))?|\\.([0-9]+))(?:[eE]([+-]?)([0-9]+))?");
    /** Messages are megabytes long at most: beyond, the sign alone decides. */
    private static final long LARGEST_EXPONENT = 1_000_000_000_000_000_000L;

    /** The number that the text writes, or null when it writes none. */
    static ExactNumber parse(String text) {
        Matcher match = DECIMAL.matcher(text);
        if (!match.matches()) {
            return null;
        }
        String whole = match.group(2) == null ? "" : match.group(2);
        String fraction = match.group(3) != null ? match.group(3) : match.group(4) != null ? match.group(4) : "";
        String digits = stripLeadingZeros(whole + fraction);
        String significant = stripTrailingZeros(digits);
        if (significant.isEmpty()) {
            return new ExactNumber(false, "", 0);
        }
        long shift = digits.length() - significant.length() - fraction.length();
        return new ExactNumber(match.group(1).equals("-"), significant, shift + exponent(match.group(5), match.group(6)));
    }

    boolean isZero() {
        return digits.isEmpty();
    }

    /** The number of digits before the decimal point; at most 0 for what is below 1. */
    long magnitude() {
        return digits.length() + exponent;
    }

    /** The value times 10^places, cut towards minus infinity. The result must be of a bearable size. */
    BigInteger scaled(int places) {
        if (isZero()) {
            return BigInteger.ZERO;
        }
        long shift = exponent + places;
        String kept = shift >= 0 ? digits : digits.substring(0, (int) Math.max(0, digits.length() + shift));
        BigInteger value = kept.isEmpty() ? BigInteger.ZERO : new BigInteger(kept);
        if (shift > 0) {
            value = value.multiply(BigInteger.TEN.pow((int) shift));
        }
        if (!negative) {
            return value;
        }
        return shift < 0 ? value.negate().subtract(BigInteger.ONE) : value.negate();
    }

    private static long exponent(String sign, String digits) {
        if (digits == null) {
            return 0;
        }
        String significant = stripLeadingZeros(digits);
        long size =
                significant.isEmpty() ? 0 : significant.length() <= 18 ? Long.parseLong(significant) : LARGEST_EXPONENT;
        return "-".equals(sign) ? -size : size;
    }

    private static String stripLeadingZeros(String digits) {
        int start = 0;
        while (start < digits.length() && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    private static String stripTrailingZeros(String digits) {
        int end = digits.length();
        while (end > 0 && digits.charAt(end - 1) == '0') {
            end--;
        }
        return digits.substring(0, end);
    }
}
