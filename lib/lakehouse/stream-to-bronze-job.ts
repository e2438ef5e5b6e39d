import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { IEventTopic, ILakeTable } from '../ports';
import { requireGlueTables } from './private/glue-table';
import { grantFolder } from '../foundation/private/prefix-access';
import { runner, runnerModules } from './private/runtime';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';
import { SparkJob, SparkJobMode, type SparkJobOptions } from './spark-job';

/** When a stream is read into bronze. */
export class IngestionMode {
  /**
   * Always: a streaming job that commits at an interval. Costs two workers around the clock.
   *
   * @param interval between two commits, whole seconds; one minute when omitted. Each commit adds files and a snapshot
   */
  public static continuous(interval: Duration = Duration.minutes(1)): IngestionMode {
    return new IngestionMode('continuous', interval);
  }

  /**
   * Again and again: the job reads what has arrived and ends when it has caught up.
   *
   * @param interval between two starts, whole minutes
   */
  public static every(interval: Duration): IngestionMode {
    return new IngestionMode('available_now', undefined, interval);
  }

  /** When somebody starts the job: it reads what has arrived and ends when it has caught up. */
  public static onDemand(): IngestionMode {
    return new IngestionMode('available_now');
  }

  private constructor(
    /** @internal what the runner is told */
    public readonly _trigger: string,
    /** @internal between two commits of a continuous job */
    public readonly _commitInterval?: Duration,
    /** @internal between two starts */
    public readonly _startInterval?: Duration,
  ) {}
}

/** Where a stream is read from when there is no checkpoint yet. */
export enum StartingOffsets {
  /** From the oldest record that the brokers still have. */
  EARLIEST = 'earliest',
  /** From what arrives after the first start. */
  LATEST = 'latest',
}

/** Properties of a `StreamToBronzeJob`. */
export interface StreamToBronzeJobProps extends SparkJobOptions {
  /** The topic to read. */
  readonly topic: IEventTopic;

  /** The bronze table to append to: columns `raw_payload`, `source`, `ingested_at`. */
  readonly table: ILakeTable;

  /**
   * When the topic is read.
   *
   * @default IngestionMode.every(Duration.minutes(15))
   */
  readonly ingestion?: IngestionMode;

  /**
   * Where to begin when there is no checkpoint yet.
   *
   * @default StartingOffsets.EARLIEST
   */
  readonly startingOffsets?: StartingOffsets;

  /**
   * Where in the lake's bucket the checkpoint is, without slashes at the ends. A new place is a new beginning.
   *
   * @default - `checkpoints/` and the id of this construct in its stack
   */
  readonly checkpointPrefix?: string;
}

// A continuous job that has ended, after a failure or a deployment, is back after this time at the latest. A start
// while it runs is refused by Glue and costs nothing.
const KEEP_ALIVE = Duration.minutes(5);

// A run that catches up reads what arrived since the last one; later than this, it hangs.
const CATCH_UP_TIMEOUT = Duration.hours(1);

// Of streams `spark-kafka-source-`, of batches `spark-kafka-relation-`, then a UUID.
// https://spark.apache.org/docs/3.5.6/structured-streaming-kafka-integration.html (groupIdPrefix)
const SPARK_GROUPS = 'spark-kafka-*';

/**
 * Reads a Kafka topic into a bronze table, byte for byte and exactly once: the offsets of a commit stand in the commit
 * itself, and a checkpoint tells where to go on.
 *
 * Never two runs at a time, whichever way they are started.
 */
export class StreamToBronzeJob extends SparkJob {
  // eslint-disable-next-line awscdk/no-unused-props -- what is not used here goes on to SparkJob
  constructor(scope: Construct, id: string, props: StreamToBronzeJobProps) {
    const { topic, table, startingOffsets, checkpointPrefix, ...options } = props;
    const ingestion = props.ingestion ?? IngestionMode.every(Duration.minutes(15));
    const continuous = ingestion._commitInterval !== undefined;
    super(scope, id, {
      description: `Kafka topic ${topic.topicName} into ${table.tableName}`,
      network: topic.network,
      ...options,
      maxConcurrentRuns: oneRun(id, props.maxConcurrentRuns),
      script: runner('stream_to_bronze.py'),
      // Glue brings its Kafka connector to streaming jobs; one that has caught up ends by itself and costs no more.
      // https://docs.aws.amazon.com/glue/latest/dg/add-job-streaming.html (2026-11-23)
      mode: SparkJobMode.STREAMING,
      timeout: props.timeout ?? (continuous ? undefined : CATCH_UP_TIMEOUT),
    });
    this.addPythonFile(runnerModules(this));
    const bucket = this.lake.bucket.bucket;
    const prefix = checkpointPrefix ?? `checkpoints/${this.node.addr}`;

    this.addArgument('--bootstrap_servers', topic.bootstrapServers);
    this.addArgument('--topic', topic.topicName);
    requireGlueTables(this, table);
    this.addArgument('--table', `${table.databaseName}.${table.tableName}`);
    this.addArgument('--checkpoint', bucket.s3UrlForObject(prefix));
    this.addArgument('--trigger', ingestion._trigger);
    if (ingestion._commitInterval) {
      this.addArgument('--trigger_interval', `${ingestion._commitInterval.toSeconds()} seconds`);
    }
    this.addArgument('--starting_offsets', startingOffsets ?? StartingOffsets.EARLIEST);
    this.addKafkaProperties(topic.kafkaClientProperties);

    table.grantReadWrite(this);
    const checkpoint = { bucket, prefix, key: bucket.encryptionKey, content: 'the files of a Spark checkpoint' };
    grantFolder(this, checkpoint);
    // Or S3A would, with every file it writes, try to delete the markers of all folders above.
    this.addSparkConf('spark.hadoop.fs.s3a.directory.marker.retention', 'keep');
    const consume = topic.grantConsume(this, SPARK_GROUPS);
    const wildcards = consume.principalStatements.flatMap((statement) => statement.resources);
    acknowledgeWildcards(this, wildcards, 'Spark makes up a new consumer group, with this prefix, for each query.');
    if (topic.network) topic.connections.allowDefaultPortFrom(this, 'Spark reads the topic');

    if (continuous) this.runEvery(KEEP_ALIVE);
    else if (ingestion._startInterval) this.runEvery(ingestion._startInterval);
    // A run that starts before the topic is there fails, and would be the first thing anyone hears of the lake.
    this.node.tryFindChild('Schedule')?.node.addDependency(topic);
  }

  /** Settings for Kafka are Spark settings; those with a blank, as JAAS has it, cannot be one in Glue. */
  private addKafkaProperties(properties: { [property: string]: string }): void {
    const withBlanks: Record<string, string> = {};
    for (const [property, value] of Object.entries(properties)) {
      if (/\s/.test(value)) withBlanks[property] = value;
      else this.addSparkConf(`spark.datapatterns.kafka.${property}`, value);
    }
    if (Object.keys(withBlanks).length > 0) this.addArgument('--kafka_properties', JSON.stringify(withBlanks));
  }
}

function oneRun(id: string, maxConcurrentRuns: number | undefined): number {
  if (maxConcurrentRuns === undefined || maxConcurrentRuns === 1) return 1;
  throw new Error(
    `${id}: ${maxConcurrentRuns} concurrent runs would share one checkpoint and append records twice; leave maxConcurrentRuns out.`,
  );
}
