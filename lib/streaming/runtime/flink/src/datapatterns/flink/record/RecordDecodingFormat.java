package datapatterns.flink.record;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.connector.ChangelogMode;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;

/** Decides what a row has: the table's columns, then the metadata that the query asks for. */
final class RecordDecodingFormat implements DecodingFormat<DeserializationSchema<RowData>> {
    private final ConformSpec spec;
    private List<RecordMetadata> metadata = List.of();

    RecordDecodingFormat(ConformSpec spec) {
        this.spec = spec;
    }

    @Override
    public Map<String, DataType> listReadableMetadata() {
        Map<String, DataType> types = new LinkedHashMap<>();
        Stream.of(RecordMetadata.values()).forEach(each -> types.put(each.key, each.type));
        return types;
    }

    @Override
    public void applyReadableMetadata(List<String> keys) {
        metadata = keys.stream().map(RecordMetadata::of).toList();
    }

    @Override
    public DeserializationSchema<RowData> createRuntimeDecoder(
            DynamicTableSource.Context context, DataType physicalType) {
        List<DataTypes.Field> appended =
                metadata.stream().map(each -> DataTypes.FIELD(each.key, each.type)).toList();
        DataType produced = appendTo(physicalType, appended);
        return new RecordDeserializationSchema(
                RecordReader.fieldsOf(spec, physicalType), metadata, context.createTypeInformation(produced));
    }

    @Override
    public ChangelogMode getChangelogMode() {
        return ChangelogMode.insertOnly();
    }

    private static DataType appendTo(DataType row, List<DataTypes.Field> appended) {
        List<String> names = DataType.getFieldNames(row);
        List<DataType> types = DataType.getFieldDataTypes(row);
        Stream<DataTypes.Field> present =
                IntStream.range(0, names.size()).mapToObj(i -> DataTypes.FIELD(names.get(i), types.get(i)));
        return DataTypes.ROW(Stream.concat(present, appended.stream()).toArray(DataTypes.Field[]::new)).notNull();
    }
}
