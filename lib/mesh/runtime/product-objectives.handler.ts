import {
  BatchGetDataQualityResultCommand,
  type DataQualityResultDescription,
  GetTableCommand,
  GlueClient,
  ListDataQualityResultsCommand,
} from '@aws-sdk/client-glue';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { measure, type Measurement, NAMESPACE, type ProductSources, type ProductToMeasure } from './product-objectives';

const glue = new GlueClient();
const s3 = new S3Client();

const sources: ProductSources = {
  async metadataLocation(databaseName, tableName) {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: databaseName, Name: tableName }));
    return Table?.Parameters?.metadata_location;
  },
  async getObject(bucket, key) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Body ? Body.transformToByteArray() : new Uint8Array();
  },
  async newestEvaluation(databaseName, tableName) {
    const Filter = { DataSource: { GlueTable: { DatabaseName: databaseName, TableName: tableName } } };
    let newest: DataQualityResultDescription | undefined;
    let NextToken: string | undefined;
    do {
      const page = await glue.send(new ListDataQualityResultsCommand({ Filter, NextToken }));
      for (const each of page.Results ?? []) {
        if (newest === undefined || Number(each.StartedOn) > Number(newest.StartedOn)) newest = each;
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    if (newest?.ResultId === undefined) return undefined;
    const { Results } = await glue.send(new BatchGetDataQualityResultCommand({ ResultIds: [newest.ResultId] }));
    return { outcomes: (Results?.[0]?.RuleResults ?? []).map(({ Result }) => Result ?? 'ERROR') };
  },
  now: () => Date.now(),
};

/**
 * Measures one product and logs what it found in the embedded metric format, of which CloudWatch makes metrics.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export async function handler(event: ProductToMeasure): Promise<Measurement> {
  const measured = await measure(sources, event);
  const { reason, ...metrics } = measured;
  const CloudWatchMetrics = [
    {
      Namespace: NAMESPACE,
      Dimensions: [['Product']],
      Metrics: Object.keys(metrics).map((Name) => ({ Name })),
    },
  ];
  const emf = { _aws: { Timestamp: sources.now(), CloudWatchMetrics }, Product: event.product, ...metrics, reason };
  process.stdout.write(`${JSON.stringify(emf)}\n`);
  return measured;
}
