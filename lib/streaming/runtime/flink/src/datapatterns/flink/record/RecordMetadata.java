package datapatterns.flink.record;

import java.util.stream.Stream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;

/** What a row tells beside the record's columns. */
enum RecordMetadata {
    /** Whether the record broke no rule. */
    IS_VALID("is-valid", DataTypes.BOOLEAN().notNull()),
    /** Codes of the rules that it broke; empty when valid. */
    VALIDATION_ERRORS("validation-errors", DataTypes.ARRAY(DataTypes.STRING().notNull()).notNull()),
    /** The bytes as they came, be they UTF-8 or not. */
    PAYLOAD("payload", DataTypes.STRING().nullable());

    final String key;
    final DataType type;

    RecordMetadata(String key, DataType type) {
        this.key = key;
        this.type = type;
    }

    static RecordMetadata of(String key) {
        return Stream.of(values()).filter(each -> each.key.equals(key)).findFirst().orElseThrow();
    }
}
