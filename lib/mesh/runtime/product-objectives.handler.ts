import { CloudWatchClient, type MetricDataResult, paginateGetMetricData } from '@aws-sdk/client-cloudwatch';
import {
  type DataQualityResultDescription,
  GetDataQualityResultCommand,
  GetTableCommand,
  GlueClient,
  ListDataQualityResultsCommand,
} from '@aws-sdk/client-glue';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { measure, type Measurement, NAMESPACE, type ProductSources, type ProductToMeasure } from './product-objectives';

const cloudwatch = new CloudWatchClient();
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
    const { RuleResults = [] } = await glue.send(new GetDataQualityResultCommand({ ResultId: newest.ResultId }));
    return { outcomes: RuleResults.map(({ Result }) => Result ?? 'ERROR') };
  },
  async streamSignals({ clusterArn, topics, lookBackSeconds }) {
    const cluster = `"Cluster Name"="${clusterArn.split(':')[5].split('/')[1]}"`;
    const search = (more: string, statistic: string) =>
      `SEARCH('Namespace="AWS/Kafka" ${cluster} ${more}', '${statistic}', ${MINUTE})`;
    const [messages, offline] = await Promise.all([
      Promise.all(
        topics.map((topic) => series(search(`MetricName="MessagesInPerSec" Topic="${topic}"`, 'Sum'), lookBackSeconds)),
      ),
      series(search('MetricName="OfflinePartitionsCount"', 'Maximum'), SINCE_LAST),
    ]);
    const partitions = offline.flatMap(({ Values = [] }) => Values);
    return {
      offlinePartitions: partitions.length === 0 ? undefined : Math.max(...partitions),
      // Brokers tell of a topic without messages, too; one of which they tell nothing is not known.
      lastMessages: messages.filter((of) => of.some(({ Values = [] }) => Values.length > 0)).map(lastAboveZero),
    };
  },
  async apiSignals({ apiId, paths }) {
    const count = async (name: string) => {
      const found = await Promise.all(
        paths.map((path) =>
          series(
            `SEARCH('Namespace="AWS/ApiGateway" MetricName="${name}" ApiId="${apiId}" Resource="${path}"', 'Sum', ${MINUTE})`,
            SINCE_LAST,
          ),
        ),
      );
      return found.flat().reduce((sum, { Values = [] }) => sum + Values.reduce((one, other) => one + other, 0), 0);
    };
    return { requests: await count('Count'), failed: await count('5xx') };
  },
  now: () => Date.now(),
};

const MINUTE = 60;
/** What CloudWatch gets to know two minutes late has not been counted by the last measurement, five minutes ago. */
const SINCE_LAST = 7 * MINUTE;

/** All that a search of CloudWatch finds in the last seconds, the newest first. */
async function series(Expression: string, seconds: number): Promise<MetricDataResult[]> {
  const EndTime = new Date(sources.now());
  const StartTime = new Date(EndTime.getTime() - seconds * 1000);
  const MetricDataQueries = [{ Id: 'found', Expression, Period: MINUTE }];
  const given = { MetricDataQueries, StartTime, EndTime, ScanBy: 'TimestampDescending' as const };
  const found: MetricDataResult[] = [];
  for await (const { MetricDataResults = [] } of paginateGetMetricData({ client: cloudwatch }, given)) {
    found.push(...MetricDataResults);
  }
  return found;
}

function lastAboveZero(of: readonly MetricDataResult[]): number | undefined {
  const moments = of.flatMap(({ Timestamps = [], Values = [] }) =>
    Timestamps.filter((_, index) => Values[index] > 0).map((each) => each.getTime()),
  );
  // A minute's messages came in by its end.
  return moments.length === 0 ? undefined : Math.max(...moments) + MINUTE * 1000;
}

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
