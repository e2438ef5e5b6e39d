package datapatterns.flink.reference;

import datapatterns.flink.record.ConformSpec;
import datapatterns.flink.record.RecordReader;
import java.util.Map;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.connector.source.LookupTableSource;
import org.apache.flink.table.connector.source.lookup.LookupFunctionProvider;
import org.apache.flink.table.types.DataType;

/** Looks rows up by one column. */
final class ReferenceTableSource implements LookupTableSource {
    private final String topic;
    private final Map<String, String> client;
    private final ConformSpec spec;
    private final DataType row;

    ReferenceTableSource(String topic, Map<String, String> client, ConformSpec spec, DataType row) {
        this.topic = topic;
        this.client = client;
        this.spec = spec;
        this.row = row;
    }

    @Override
    public LookupRuntimeProvider getLookupRuntimeProvider(LookupContext context) {
        int[][] keys = context.getKeys();
        if (keys.length != 1 || keys[0].length != 1) {
            throw new ValidationException("reference table of topic '" + topic + "': join it by exactly one column, its key.");
        }
        return LookupFunctionProvider.of(
                new ReferenceLookup(topic, client, RecordReader.fieldsOf(spec, row), keys[0][0]));
    }

    @Override
    public DynamicTableSource copy() {
        return new ReferenceTableSource(topic, client, spec, row);
    }

    @Override
    public String asSummaryString() {
        return "reference(" + topic + ")";
    }
}
