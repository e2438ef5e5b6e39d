package datapatterns.flink.record;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.core.JsonProcessingException;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.ObjectMapper;
import org.apache.flink.table.api.ValidationException;

/** What {@code RecordSchema.toConformSpec()} renders: where each column's value comes from and what makes it invalid. */
public record ConformSpec(Map<String, Field> fields) {
    /**
     * One column.
     *
     * @param wire name of its member in the JSON object
     * @param required whether a record without it is invalid
     * @param positive whether only values above zero are valid
     */
    public record Field(String wire, boolean required, boolean positive) {}

    /** The column of a table; fails with a sentence when the record has none of that name. */
    Field field(String column) {
        Field field = fields.get(column);
        if (field == null) {
            throw new ValidationException("column '" + column + "' is none of the record's: " + fields.keySet() + ".");
        }
        return field;
    }

    /** Reads the spec; fails with a sentence when it is none. */
    public static ConformSpec parse(String json) {
        try {
            Map<String, Field> fields = new LinkedHashMap<>();
            for (JsonNode field : new ObjectMapper().readTree(json).required("fields")) {
                fields.put(
                        field.required("name").asText(),
                        new Field(
                                field.required("wire").asText(),
                                field.path("required").asBoolean(),
                                field.path("positive").asBoolean()));
            }
            return new ConformSpec(fields);
        } catch (JsonProcessingException | IllegalArgumentException error) {
            throw new ValidationException("this is no conform spec: " + json, error);
        }
    }
}
