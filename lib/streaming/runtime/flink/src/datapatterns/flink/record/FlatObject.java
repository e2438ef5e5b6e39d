package datapatterns.flink.record;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the columns' scalars in the messages that nearly all are: an object of ASCII characters whose values are plain
 * strings, numbers, true, false and null. It gives up on everything else, which the careful reader then judges; what it
 * accepts, it reads as that one does.
 */
final class FlatObject {
    private final byte[][] wires;
    private byte[] bytes;
    private int position;

    FlatObject(List<RecordField> fields) {
        wires = fields.stream().map(field -> field.wire.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    }

    /** Whether it could be read; if not, the values mean nothing. */
    boolean find(byte[] message, RecordReader.Values values) {
        bytes = message;
        position = 0;
        if (!take('{')) {
            return false;
        }
        int expected = 0;
        do {
            skipBlank();
            int nameStart = position + 1;
            int nameEnd = plainString();
            if (nameEnd < 0 || !take(':')) {
                return false;
            }
            skipBlank();
            int place = placeOf(nameStart, nameEnd, expected);
            if (!value(place, values)) {
                return false;
            }
            expected = place < 0 ? expected : place + 1;
        } while (take(','));
        if (!take('}')) {
            return false;
        }
        skipBlank();
        return position == bytes.length;
    }

    /** The column of a name, tried first where the order of the columns lets expect it; -1 for no column's. */
    private int placeOf(int start, int end, int expected) {
        for (int i = 0; i < wires.length; i++) {
            int place = expected + i < wires.length ? expected + i : expected + i - wires.length;
            byte[] wire = wires[place];
            if (Arrays.equals(wire, 0, wire.length, bytes, start, end)) {
                return place;
            }
        }
        return -1;
    }

    private boolean value(int place, RecordReader.Values values) {
        if (position == bytes.length) {
            return false;
        }
        int start = position;
        switch (bytes[position]) {
            case '"' -> {
                int end = plainString();
                return end >= 0 && keep(place, ScalarKind.TEXT, start + 1, end, values);
            }
            case 't' -> {
                return literal("true") && keep(place, ScalarKind.TRUE, start, position, values);
            }
            case 'f' -> {
                return literal("false") && keep(place, ScalarKind.FALSE, start, position, values);
            }
            case 'n' -> {
                return literal("null") && keep(place, null, start, position, values);
            }
            default -> {
                ScalarKind kind = number();
                return kind != null && keep(place, kind, start, position, values);
            }
        }
    }

    private boolean keep(int place, ScalarKind kind, int start, int end, RecordReader.Values values) {
        if (place >= 0) {
            values.set(place, kind, bytes, start, end);
        }
        return true;
    }

    /** Passes a string of printable ASCII without escapes and gives its end; -1 when it is none. */
    private int plainString() {
        if (position == bytes.length || bytes[position] != '"') {
            return -1;
        }
        for (int i = position + 1; i < bytes.length; i++) {
            byte character = bytes[i];
            if (character == '"') {
                position = i + 1;
                return i;
            }
            // Beyond ASCII bytes are negative.
            if (character < ' ' || character == '\\') {
                return -1;
            }
        }
        return -1;
    }

    /** Passes a number; null when there is none. */
    private ScalarKind number() {
        if (position < bytes.length && bytes[position] == '-') {
            position++;
        }
        int first = position;
        if (!digits() || bytes[first] == '0' && position > first + 1) {
            return null;
        }
        ScalarKind kind = ScalarKind.INTEGER;
        if (position < bytes.length && bytes[position] == '.') {
            position++;
            kind = ScalarKind.NUMBER;
            if (!digits()) {
                return null;
            }
        }
        if (position < bytes.length && (bytes[position] | 0x20) == 'e') {
            position++;
            kind = ScalarKind.NUMBER;
            if (position < bytes.length && (bytes[position] == '+' || bytes[position] == '-')) {
                position++;
            }
            if (!digits()) {
                return null;
            }
        }
        return kind;
    }

    private boolean digits() {
        int start = position;
        while (position < bytes.length && DecimalTexts.isDigit(bytes[position])) {
            position++;
        }
        return position > start;
    }

    private boolean literal(String word) {
        for (int i = 0; i < word.length(); i++, position++) {
            if (position == bytes.length || bytes[position] != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private boolean take(char character) {
        skipBlank();
        if (position < bytes.length && bytes[position] == character) {
            position++;
            return true;
        }
        return false;
    }

    private void skipBlank() {
        while (position < bytes.length && isBlank(bytes[position])) {
            position++;
        }
    }

    private static boolean isBlank(byte character) {
        return character == ' ' || character == '\n' || character == '\t' || character == '\r';
    }
}
