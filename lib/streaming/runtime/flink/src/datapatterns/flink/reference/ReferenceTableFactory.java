package datapatterns.flink.reference;

import datapatterns.flink.record.ConformSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.connector.source.DynamicTableSource;
import org.apache.flink.table.factories.DynamicTableSourceFactory;
import org.apache.flink.table.factories.FactoryUtil;

/**
 * The connector {@code reference}: a compacted topic of reference data, such as the sector of each symbol, held in memory
 * and joined by its key with {@code FOR SYSTEM_TIME AS OF}.
 *
 * <p>Flink's own ways do not serve: a temporal join by event time answers only once the watermark has passed, ten seconds
 * late here, and a regular join turns an append-only stream into one of corrections.
 */
public final class ReferenceTableFactory implements DynamicTableSourceFactory {
    private static final String CLIENT_PREFIX = "properties.";
    private static final ConfigOption<String> TOPIC =
            ConfigOptions.key("topic").stringType().noDefaultValue().withDescription("Name of the compacted topic.");
    private static final ConfigOption<String> CONFORM =
            ConfigOptions.key("conform").stringType().noDefaultValue().withDescription("The record's conform spec, as JSON.");

    @Override
    public String factoryIdentifier() {
        return "reference";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(TOPIC, CONFORM);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSource createDynamicTableSource(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validateExcept(CLIENT_PREFIX);
        Map<String, String> client = new HashMap<>();
        context.getCatalogTable()
                .getOptions()
                .forEach(
                        (key, value) -> {
                            if (key.startsWith(CLIENT_PREFIX)) {
                                client.put(key.substring(CLIENT_PREFIX.length()), value);
                            }
                        });
        return new ReferenceTableSource(
                helper.getOptions().get(TOPIC),
                client,
                ConformSpec.parse(helper.getOptions().get(CONFORM)),
                context.getPhysicalRowDataType());
    }
}
