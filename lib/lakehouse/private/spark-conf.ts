/** Name that the Spark catalog of the lake has in every job, and the default catalog of its sessions. */
export const CATALOG = 'glue_catalog';

/**
 * The Spark settings with which a job works on the lake: unqualified names such as `bronze.trades` are Iceberg tables
 * of the Glue Data Catalog, timestamps are UTC, and an overflow or a bad cast is an error instead of a null.
 *
 * @param warehouse `s3://bucket` under which tables without a location of their own would be created
 * @see https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html (2026-11-23)
 */
export function lakeSparkConf(warehouse: string): Record<string, string> {
  return {
    'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
    [`spark.sql.catalog.${CATALOG}`]: 'org.apache.iceberg.spark.SparkCatalog',
    [`spark.sql.catalog.${CATALOG}.catalog-impl`]: 'org.apache.iceberg.aws.glue.GlueCatalog',
    [`spark.sql.catalog.${CATALOG}.io-impl`]: 'org.apache.iceberg.aws.s3.S3FileIO',
    [`spark.sql.catalog.${CATALOG}.warehouse`]: warehouse,
    'spark.sql.defaultCatalog': CATALOG,
    'spark.sql.session.timeZone': 'UTC',
    'spark.sql.ansi.enabled': 'true',
  };
}

/**
 * One value for Glue's `--conf` argument. Glue takes a single argument of that name and hands its text on to
 * spark-submit, so that further settings are chained inside the value: `a=b --conf c=d`.
 *
 * @throws when a key or value has a blank, which would end the setting there
 * @see https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-format-iceberg.html (2026-11-23), whose
 * example chains five settings so
 */
export function chainedConf(conf: Record<string, string>): string {
  return Object.entries(conf)
    .map(([key, value]) => {
      if (/\s/.test(key) || /\s/.test(value)) {
        throw new Error(
          `Spark setting '${key}' has a blank in its name or value ('${value}'); Glue's --conf ends a setting at a ` +
            'blank. Pass the value as an argument of the job instead.',
        );
      }
      return `${key}=${value}`;
    })
    .join(' --conf ');
}
