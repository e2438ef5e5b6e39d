package datapatterns.flink.record;

import java.util.List;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.metrics.Counter;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;

/** Turns one message into one row, whatever the message is. */
final class RecordDeserializationSchema implements DeserializationSchema<RowData> {
    private static final long serialVersionUID = 1L;

    private final List<RecordField> fields;
    private final RecordMetadata[] metadata;
    private final TypeInformation<RowData> producedType;
    private transient RecordReader reader;
    private transient Counter invalidRecords;

    RecordDeserializationSchema(
            List<RecordField> fields, List<RecordMetadata> metadata, TypeInformation<RowData> producedType) {
        this.fields = List.copyOf(fields);
        this.metadata = metadata.toArray(RecordMetadata[]::new);
        this.producedType = producedType;
    }

    @Override
    public void open(InitializationContext context) {
        reader = new RecordReader(fields);
        invalidRecords = context.getMetricGroup().counter("numInvalidRecords");
    }

    @Override
    public RowData deserialize(byte[] message) {
        GenericRowData row = new GenericRowData(fields.size() + metadata.length);
        ValidationErrors errors = reader.read(message, row);
        if (!errors.isEmpty()) {
            invalidRecords.inc();
        }
        for (int i = 0; i < metadata.length; i++) {
            row.setField(
                    fields.size() + i,
                    switch (metadata[i]) {
                        case IS_VALID -> errors.isEmpty();
                        case VALIDATION_ERRORS -> errors.toArrayData();
                        case PAYLOAD -> message == null ? null : StringData.fromBytes(message);
                    });
        }
        return row;
    }

    @Override
    public boolean isEndOfStream(RowData nextElement) {
        return false;
    }

    @Override
    public TypeInformation<RowData> getProducedType() {
        return producedType;
    }
}
