package datapatterns.flink.record;

/** Reads the decimals that nearly every message has: digits and at most one point. */
final class DecimalTexts {
    /** Every number of so many digits fits a long. */
    static final int MOST_DIGITS_OF_LONG = 18;

    /** The text has to be read with more care. */
    static final long NOT_PLAIN = -1;

    private DecimalTexts() {}

    /**
     * The unscaled value of a plain decimal, such as 10150 for 101.5 at scale 2.
     *
     * @return {@link #NOT_PLAIN} when the text is anything but 1 to {@code most} digits and, if there is a point, 1 to
     *     {@code scale} digits behind it
     */
    static long plainUnscaled(Characters text, int most, int scale) {
        byte[] bytes = text.bytes;
        int position = text.start;
        int end = text.end;
        long value = 0;
        while (position < end && isDigit(bytes[position])) {
            value = value * 10 + (bytes[position++] - '0');
            if (position - text.start > most) {
                return NOT_PLAIN;
            }
        }
        if (position == text.start) {
            return NOT_PLAIN;
        }
        int decimals = 0;
        if (position < end) {
            if (bytes[position++] != '.' || position == end) {
                return NOT_PLAIN;
            }
            while (position < end && isDigit(bytes[position]) && decimals < scale) {
                value = value * 10 + (bytes[position++] - '0');
                decimals++;
            }
            if (position < end) {
                return NOT_PLAIN;
            }
        }
        for (; decimals < scale; decimals++) {
            value *= 10;
        }
        return value;
    }

    static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }
}
