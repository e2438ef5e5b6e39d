import { Duration } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../foundation';
import { packageFile } from '../foundation/private/package-assets';
import type { IEventTopic, ILakeTable } from '../ports';
import { ColumnType, RecordSchema } from '../schema';
import { FlinkSqlApplication } from './flink-sql-application';
import { FlinkTable } from './flink-table';

/** Properties of a `LakeSink`. */
export interface LakeSinkProps {
  /** Where the events are. */
  readonly topic: IEventTopic;

  /** Where they go: a table with the columns `raw_payload`, `source` (strings) and `ingested_at` (an instant). */
  readonly table: ILakeTable;

  /** Where the application runs: a network that reaches the brokers. */
  readonly network: IDataNetwork;

  /** The key for state, snapshots and logs. */
  readonly key: IDataKey;

  /** Consumer group that the topic is read as. */
  readonly consumerGroup: string;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the application, unique in account and region.
   *
   * @default - derived from the path of the construct
   */
  readonly applicationName?: string;

  /**
   * Who is told when an alarm goes off.
   *
   * @default - a topic of its own
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * How often events are committed to the table. Each commit is a snapshot of the table, and some files.
   *
   * @default Duration.minutes(1)
   */
  readonly commitInterval?: Duration;
}

/** What the lake keeps of an event. */
const EVENTS = new RecordSchema({
  name: 'raw_events',
  doc: 'Events as they arrived.',
  columns: [
    { name: 'raw_payload', type: ColumnType.STRING },
    { name: 'source', type: ColumnType.STRING },
    { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ },
  ],
});

/**
 * Brings every event of a topic into a table of the lake, byte for byte and exactly once: a Flink application whose one
 * statement writes through Iceberg's own sink, which commits with each checkpoint.
 *
 * `source` is `topic/partition/offset`, `ingested_at` the time at which the broker took the event.
 */
export class LakeSink extends Construct {
  /** The application. */
  readonly application: FlinkSqlApplication;

  constructor(scope: Construct, id: string, props: LakeSinkProps) {
    super(scope, id);
    const { topic, table, network, key, profile, consumerGroup, applicationName, alarmTopic } = props;
    this.application = new FlinkSqlApplication(this, 'Application', {
      network,
      key,
      profile,
      consumerGroup,
      applicationName,
      alarmTopic,
      tables: [FlinkTable.raw('events', { topic }), FlinkTable.lake('lake', { table, schema: EVENTS })],
      scripts: [packageFile('lib/streaming/runtime/flink/lake_sink.sql')],
      checkpointInterval: props.commitInterval ?? Duration.minutes(1),
      // One file a commit: a topic's events of a minute are few enough for one writer.
      parallelism: 1,
    });
  }
}
