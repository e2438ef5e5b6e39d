package datapatterns.flink.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonFactory;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonParser;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonToken;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.StreamReadConstraints;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** Reads the members of one JSON object into the columns of a row. For one thread. */
public final class RecordReader {
    /** How many brackets may be open at once; docs/data-semantics.md sets it. */
    private static final int DEEPEST = 128;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEEPEST)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private final List<RecordField> fields;
    private final Map<String, Integer> placeByWire = new HashMap<>();
    private final FlatObject flat;
    private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder();
    private final ValidationErrors errors = new ValidationErrors();
    private final Characters scalar = new Characters();
    private final Values values;

    public RecordReader(List<RecordField> fields) {
        this.fields = fields;
        for (int i = 0; i < fields.size(); i++) {
            placeByWire.put(fields.get(i).wire, i);
        }
        this.values = new Values(fields.size());
        this.flat = new FlatObject(fields);
    }

    /** The columns of a row type, in order; each has to be one of the record's. */
    public static List<RecordField> fieldsOf(ConformSpec spec, DataType row) {
        return ((RowType) row.getLogicalType())
                .getFields().stream().map(column -> RecordField.of(spec.field(column.getName()), column.getType())).toList();
    }

    /** The scalar of each column in the message; the last one counts where a name comes twice. */
    static final class Values {
        final ScalarKind[] kinds;
        final byte[][] bytes;
        final int[] starts;
        final int[] ends;

        Values(int count) {
            kinds = new ScalarKind[count];
            bytes = new byte[count][];
            starts = new int[count];
            ends = new int[count];
        }

        void clear() {
            Arrays.fill(kinds, null);
        }

        void set(int place, ScalarKind kind, byte[] source, int start, int end) {
            kinds[place] = kind;
            bytes[place] = source;
            starts[place] = start;
            ends[place] = end;
        }
    }

    /** Fills the row's leading columns; the errors are good until the next call. */
    public ValidationErrors read(byte[] message, GenericRowData row) {
        errors.clear();
        values.clear();
        if (message == null || !flat.find(message, values) && !findCarefully(message)) {
            errors.malformed();
            return errors;
        }
        for (int i = 0; i < fields.size(); i++) {
            row.setField(i, value(i));
        }
        return errors;
    }

    private Object value(int place) {
        ScalarKind kind = values.kinds[place];
        boolean empty = kind == ScalarKind.TEXT && values.starts[place] == values.ends[place];
        if (kind == null || empty) {
            fields.get(place).absent(errors);
            return null;
        }
        scalar.set(values.bytes[place], values.starts[place], values.ends[place]);
        return fields.get(place).read(scalar, kind, errors);
    }

    /** Finds the columns' scalars in whatever RFC 8259 allows; false when the message is not one object. */
    private boolean findCarefully(byte[] message) {
        values.clear();
        try {
            utf8.decode(ByteBuffer.wrap(message));
        } catch (CharacterCodingException notUtf8) {
            return false;
        }
        try (JsonParser parser = JSON.createParser(message)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                Integer place = placeByWire.get(parser.currentName());
                JsonToken token = parser.nextToken();
                if (place != null) {
                    keep(place, token, parser);
                }
                parser.skipChildren();
            }
            return parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
        } catch (IOException notJson) {
            return false;
        }
    }

    private void keep(int place, JsonToken token, JsonParser parser) throws IOException {
        if (token == JsonToken.VALUE_NULL) {
            values.kinds[place] = null;
            return;
        }
        String text = token.isScalarValue() ? parser.getText() : "";
        ScalarKind kind =
                switch (token) {
                    case VALUE_STRING -> isText(text) ? ScalarKind.TEXT : ScalarKind.OTHER;
                    case VALUE_NUMBER_INT -> ScalarKind.INTEGER;
                    case VALUE_NUMBER_FLOAT -> ScalarKind.NUMBER;
                    case VALUE_TRUE -> ScalarKind.TRUE;
                    case VALUE_FALSE -> ScalarKind.FALSE;
                    default -> ScalarKind.OTHER;
                };
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        values.set(place, kind, bytes, 0, bytes.length);
    }

    /** An escape may write half of a surrogate pair, which is JSON but no text. */
    private static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isHighSurrogate(unit) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(unit)) {
                return false;
            }
        }
        return true;
    }
}
