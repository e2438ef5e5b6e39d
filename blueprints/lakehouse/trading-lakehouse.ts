import { Duration, type Stack } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { DataBucket, type DataKey, type DeploymentProfile } from '../../lib/foundation';
import { DataScientistRole, ErasureJob, IngestionMode, LakeOperations, LakePipeline } from '../../lib/lakehouse';
import {
  type IcebergTable,
  MedallionLake,
  MedallionLayer,
  QueryWorkgroup,
  TableMaintenance,
} from '../../lib/lakehouse';
import { QualityGate, type SparkJobOptions, SqlJob, StreamToBronzeJob, TrainingJob } from '../../lib/lakehouse';
import type { IEventTopic } from '../../lib/ports';
import { type RecordSchema, SchemaLedger, type SourceMapping } from '../../lib/schema';
import {
  dailyTradingSummarySchema,
  goldPartitions,
  quarantinePartitions,
  quarantineSchema,
  rawEventsSchema,
  silverPartitions,
  tradeFeaturesSchema,
  tradesSchema,
} from '../trading/schemas';
import { recordUsage } from '../trading/usage';
import { BatchAndHttp } from './batch-and-http';
import { Governance } from './governance';
import type { LakehouseSettings } from './settings';
import { TradeSource } from './trade-source';

/** What a lakehouse stands on. */
export interface LakehouseGround {
  /** The key of everything that is stored. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;

  /**
   * The folder with `schemas.lock.json`.
   *
   * @default - `directory`
   */
  readonly ledgers?: string;

  /**
   * The log that trades arrive on, and their optional fields. Files and requests are no sources beside it then: whoever
   * else reads the log would never see what they bring.
   *
   * @default - the sources that blueprint.yaml names
   */
  readonly log?: { readonly topic: IEventTopic; readonly extensions: LakehouseSettings['extensions'] };
}

/** Properties of `createTradingLakehouse`. */
export interface TradingLakehouseProps extends LakehouseGround {
  /** What blueprint.yaml says. */
  readonly settings: LakehouseSettings;

  /** The folder with `sql/`. */
  readonly directory: string;

  /**
   * Whether a warehouse stands in the stack. Where both have an id or an output of the same name, it stays the
   * warehouse's: secrets that people filled in go with it.
   *
   * @default false
   */
  readonly besideWarehouse?: boolean;
}

/** What others go on from. */
export interface TradingLakehouse {
  readonly bronze: IcebergTable;
  readonly silver: IcebergTable;
  /** All that has arrived, for queries. */
  readonly history: { readonly queries: QueryWorkgroup; readonly tables: { readonly [name: string]: IcebergTable } };
  /** Outputs of the stack, by their names. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** Ids of pipeline and sources, and what outputs call the workgroup. */
const ALONE = ['Pipeline', 'Sources', 'Workgroup'] as const;
const BESIDE_WAREHOUSE = ['LakePipeline', 'LakeSources', 'QueryWorkgroup'] as const;

/** Ids by which somebody may ask for rows to be erased; only an extension brings the second one. */
const ERASED_BY = ['trade_id', 'trader_id'];

/**
 * Makes the lakehouse in a stack. Its constructs stand in the stack itself: under one of their own, what is deployed would
 * have other ids.
 */
export function createTradingLakehouse(stack: Stack, props: TradingLakehouseProps): TradingLakehouse {
  const { directory, key, profile, log } = props;
  const [pipelineId, sourcesId, queries] = props.besideWarehouse ? BESIDE_WAREHOUSE : ALONE;
  const settings = log ? onLog(props.settings, log.extensions) : props.settings;
  recordUsage(stack, settings.usage);
  const topic =
    log?.topic ?? new TradeSource(stack, 'Trades', { settings: settings.sources.kafka, key, profile }).topic;

  const ledger = SchemaLedger.fromFile(path.join(props.ledgers ?? directory, 'schemas.lock.json'));
  const lake = new MedallionLake(stack, 'Lake', {
    ledger,
    profile,
    bucket: new DataBucket(stack, 'Data', {
      key,
      profile,
      lifecycleRules: [{ prefix: 'query-results/', expiration: Duration.days(settings.retention.queryResultsDays) }],
    }),
    databasePrefix: settings.databases.prefix,
  });
  const trades = tradesSchema(settings.extensions);
  const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawEventsSchema });
  const silver = lake.addTable(MedallionLayer.SILVER, {
    tableName: 'trades',
    schema: trades.conformed(),
    partitionedBy: silverPartitions,
  });
  const quarantine = lake.addTable(MedallionLayer.SILVER, {
    tableName: 'trades_quarantine',
    schema: quarantineSchema(trades),
    partitionedBy: quarantinePartitions,
  });
  const gold = lake.addTable(MedallionLayer.GOLD, {
    tableName: 'daily_trading_summary',
    schema: dailyTradingSummarySchema,
    partitionedBy: goldPartitions,
  });
  const features = lake.addTable(MedallionLayer.GOLD, {
    tableName: 'trade_features',
    schema: tradeFeaturesSchema,
    partitionedBy: goldPartitions,
  });

  const options: SparkJobOptions = { lake, logRetention: settings.retention.logsDays };
  const everyMinutes = Duration.minutes(settings.bronze.everyMinutes);
  const ingestion = new StreamToBronzeJob(stack, 'Ingestion', {
    ...options,
    topic,
    table: bronze,
    ingestion:
      settings.bronze.ingestion === 'continuous'
        ? IngestionMode.continuous(everyMinutes)
        : IngestionMode.every(everyMinutes),
  });
  const freshness = Duration.hours(settings.quality.freshnessHours);
  const qualityGate = new QualityGate(stack, 'QualityGate', {
    ...options,
    record: trades,
    table: silver,
    source: bronze,
    maxInvalidShare: settings.quality.maxInvalidShare,
    freshness,
  });
  const mappings = settings.sources.mappings?.map((mapping) => onTopic(topic.topicName, mapping, trades));
  // eslint-disable-next-line awscdk/no-variable-construct-id -- one of two, which the stack decides
  const further = new BatchAndHttp(stack, sourcesId, {
    sources: settings.sources,
    options,
    topic,
    bronze,
    trades,
  });
  // eslint-disable-next-line awscdk/no-variable-construct-id -- likewise
  const pipeline = new LakePipeline(stack, pipelineId, {
    ...options,
    schedule:
      settings.pipeline.schedule === 'off' ? undefined : ScheduleExpression.expression(settings.pipeline.schedule),
    silver: new SqlJob(stack, 'Silver', {
      ...options,
      sqlFiles: sqlFiles(directory, 'silver'),
      record: trades,
      mappings,
      reads: [bronze],
      writes: [silver, quarantine],
    }),
    qualityGate,
    gold: new SqlJob(stack, 'Gold', {
      ...options,
      sqlFiles: sqlFiles(directory, 'gold'),
      reads: [silver],
      writes: [gold, features],
    }),
  });
  const erasure = new ErasureJob(stack, 'Erasure', {
    ...options,
    columns: trades.columns.map(({ name }) => name).filter((name) => ERASED_BY.includes(name)),
    identity: 'trade_id',
    messages: { table: bronze, record: trades, mappings, consumers: [silver] },
    tables: [silver, quarantine],
    // The same files fill both.
    derived: [
      { table: gold, sqlFiles: sqlFiles(directory, 'gold') },
      { table: features, sqlFiles: [] },
    ],
  });
  if (settings.alarms.email) pipeline.alarmTopic.addSubscription(new EmailSubscription(settings.alarms.email));
  const training = new TrainingJob(stack, 'NextDayReturn', {
    ...options,
    modelName: 'next_day_return',
    table: features,
    sqlFile: path.join(directory, 'sql', 'ml', 'next_day_return.sql'),
  });
  new LakeOperations(stack, 'Operations', {
    pipeline,
    qualityGate,
    freshness,
    goldEvery: settings.pipeline.schedule === 'off' ? undefined : Duration.days(2),
  });
  if (maintained(settings, profile)) {
    const snapshotRetention = Duration.days(settings.maintenance.snapshotDays);
    const maintenance = new TableMaintenance(stack, 'Maintenance', { lake, snapshotRetention });
    maintenance.addTable(bronze, [{ table: silver, property: 'bronze-snapshot-id' }]);
    maintenance.addTable(
      silver,
      [gold, features].map((table) => ({ table, property: 'silver-snapshot-id' })),
    );
    [quarantine, gold, features].forEach((table) => maintenance.addTable(table));
  }
  if (settings.exploration.principalArn) {
    new DataScientistRole(stack, 'Exploration', {
      lake,
      assumedBy: new ArnPrincipal(settings.exploration.principalArn),
      tables: [silver, gold, features],
    });
  }
  if (settings.lakeFormation.mode !== 'off') {
    const tables = {
      'bronze.trades': bronze,
      'silver.trades': silver,
      'gold.daily_trading_summary': gold,
      'gold.trade_features': features,
    };
    new Governance(stack, 'Governance', { settings, lake, tables });
  }
  const workgroup = new QueryWorkgroup(stack, 'Queries', { lake });
  [silver, gold, features].forEach((table) => workgroup.addTimeTravelQueries(table));
  workgroup.addQuarantineQueries(quarantine, bronze);

  return {
    bronze,
    silver,
    history: { queries: workgroup, tables: { bronze, silver } },
    outputs: {
      ...further.outputs,
      TradesTopicName: topic.topicName,
      BootstrapServers: topic.bootstrapServers,
      BronzeJobName: ingestion.jobName,
      ErasureJobName: erasure.jobName,
      [`${pipelineId}Arn`]: pipeline.stateMachine.stateMachineArn,
      [`${queries}Name`]: workgroup.workgroupName,
      LakeBucketName: lake.bucket.bucket.bucketName,
      BronzeTable: `${bronze.databaseName}.${bronze.tableName}`,
      SilverTable: `${silver.databaseName}.${silver.tableName}`,
      QuarantineTable: `${quarantine.databaseName}.${quarantine.tableName}`,
      GoldTable: `${gold.databaseName}.${gold.tableName}`,
      TrainingJobName: training.jobName,
      FeaturesTable: `${features.databaseName}.${features.tableName}`,
    },
  };
}

/** The settings of a lakehouse whose only source is a log. */
function onLog(settings: LakehouseSettings, extensions: LakehouseSettings['extensions']): LakehouseSettings {
  const { files, http } = settings.sources;
  const off = { files: { ...files, enabled: false }, http: { ...http, enabled: false } };
  return { ...settings, sources: { ...settings.sources, ...off }, extensions };
}

/** A mapping for the messages of one topic, and for the fields that the record has. */
function onTopic(topic: string, mapping: SourceMapping, record: RecordSchema): SourceMapping {
  const known = new Set(record.columns.map(({ name, wireName }) => wireName ?? name));
  const fields = Object.fromEntries(Object.entries(mapping.fields).filter(([field]) => known.has(field)));
  return { ...mapping, sourcePrefix: `${topic}/`, fields };
}

/** Table optimizers cost something at every commit: a sandbox has them only when they are asked for. */
function maintained(settings: LakehouseSettings, profile: DeploymentProfile): boolean {
  return settings.maintenance.tables === 'on' || (settings.maintenance.tables === 'auto' && !profile.destroyable);
}

/** The SQL of a step: every file of its folder, in the order of their names. */
function sqlFiles(directory: string, step: string): string[] {
  const folder = path.join(directory, 'sql', step);
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return names.sort().map((name) => path.join(folder, name));
}
