package datapatterns.flink.record;

import java.util.Set;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.format.DecodingFormat;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.factories.DeserializationFormatFactory;
import org.apache.flink.table.factories.DynamicTableFactory;

/**
 * The format {@code record}: JSON objects, judged by the rules of a record schema. It never fails: what is not a valid
 * record becomes a row that says why.
 */
public final class RecordFormatFactory implements DeserializationFormatFactory {
    static final ConfigOption<String> CONFORM =
            ConfigOptions.key("conform")
                    .stringType()
                    .noDefaultValue()
                    .withDescription("The conform spec of the record schema, as JSON.");

    @Override
    public String factoryIdentifier() {
        return "record";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(CONFORM);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DecodingFormat<DeserializationSchema<RowData>> createDecodingFormat(
            DynamicTableFactory.Context context, ReadableConfig options) {
        return new RecordDecodingFormat(ConformSpec.parse(options.get(CONFORM)));
    }
}
