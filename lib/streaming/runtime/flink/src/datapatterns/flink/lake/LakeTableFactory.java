package datapatterns.flink.lake;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.aws.glue.GlueCatalog;
import org.apache.iceberg.aws.s3.S3FileIO;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.flink.CatalogLoader;
import org.apache.iceberg.flink.IcebergTableSink;
import org.apache.iceberg.flink.TableLoader;

/**
 * The connector {@code lake}: an existing Iceberg table of the Glue Data Catalog, written exactly once by Iceberg's own
 * sink.
 *
 * <p>Not Iceberg's connector {@code iceberg}, for two reasons. That one asks Flink's {@code HadoopUtils} for Hadoop's
 * configuration, a class of Flink's that cannot see the Hadoop classes of this jar; and it asks the catalog for the
 * table while the statement is planned, where a script is to be judged before anything is deployed.
 */
public final class LakeTableFactory implements DynamicTableSinkFactory {
    private static final ConfigOption<String> DATABASE = option("database", "Name of the Glue database.");
    private static final ConfigOption<String> TABLE = option("table", "Name of the table in its database.");
    private static final ConfigOption<String> REGION = option("region", "AWS region of catalog and files.");
    private static final ConfigOption<String> WAREHOUSE = option("warehouse", "Where the table's files are.");

    @Override
    public String factoryIdentifier() {
        return "lake";
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(DATABASE, TABLE, REGION, WAREHOUSE);
    }

    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of();
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        Map<String, String> catalog = new HashMap<>();
        catalog.put(CatalogProperties.WAREHOUSE_LOCATION, helper.getOptions().get(WAREHOUSE));
        catalog.put(CatalogProperties.FILE_IO_IMPL, S3FileIO.class.getName());
        catalog.put("client.region", helper.getOptions().get(REGION));
        CatalogLoader loader =
                CatalogLoader.custom(
                        "lake", catalog, new org.apache.hadoop.conf.Configuration(false), GlueCatalog.class.getName());
        TableIdentifier table =
                TableIdentifier.of(helper.getOptions().get(DATABASE), helper.getOptions().get(TABLE));
        return new IcebergTableSink(
                TableLoader.fromCatalog(loader, table),
                context.getCatalogTable().getResolvedSchema(),
                context.getConfiguration(),
                Map.of());
    }

    private static ConfigOption<String> option(String key, String description) {
        return ConfigOptions.key(key).stringType().noDefaultValue().withDescription(description);
    }
}
