package datapatterns.flink.reference;

import datapatterns.flink.record.RecordField;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.LookupFunction;

/** Answers from the memory of its process; the first answer waits until the whole topic has been read. */
public final class ReferenceLookup extends LookupFunction {
    private static final long serialVersionUID = 1L;

    private final String topic;
    private final Map<String, String> client;
    private final List<RecordField> fields;
    private final int key;
    private transient ReferenceData data;

    ReferenceLookup(String topic, Map<String, String> client, List<RecordField> fields, int key) {
        this.topic = topic;
        this.client = Map.copyOf(client);
        this.fields = List.copyOf(fields);
        this.key = key;
    }

    @Override
    public void open(FunctionContext context) {
        data = new ReferenceData(topic, client, fields, key);
        data.readWhole();
    }

    @Override
    public Collection<RowData> lookup(RowData keyRow) {
        RowData row = keyRow.isNullAt(0) ? null : data.get(keyRow.getString(0));
        return row == null ? List.of() : List.of(row);
    }

    @Override
    public void close() {
        if (data != null) {
            data.close();
        }
    }
}
