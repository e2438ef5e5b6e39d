import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { readdirSync } from 'node:fs';
import * as path from 'node:path';
import { DataBucket, DataKey, DeploymentProfile } from '../../lib/foundation';
import { DataScientistRole, ErasureJob, IngestionMode, LakeOperations, LakePipeline } from '../../lib/lakehouse';
import { MedallionLake, MedallionLayer, QueryWorkgroup, TableMaintenance } from '../../lib/lakehouse';
import { QualityGate, type SparkJobOptions, SqlJob, StreamToBronzeJob, TrainingJob } from '../../lib/lakehouse';
import { type RecordSchema, SchemaLedger, type SourceMapping } from '../../lib/schema';
import { recordUsage } from '../trading/usage';
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
import { BatchAndHttp } from './batch-and-http';
import { Governance } from './governance';
import type { LakehouseSettings } from './settings';
import { TradeSource } from './trade-source';

/** Properties of the trading lakehouse. */
export interface TradingLakehouseStackProps extends StackProps {
  /** What blueprint.yaml says. */
  readonly settings: LakehouseSettings;

  /** The folder with `schemas.lock.json` and `sql/`. */
  readonly directory: string;
}

/** Ids by which somebody may ask for rows to be erased; only an extension brings the second one. */
const ERASED_BY = ['trade_id', 'trader_id'];

/**
 * Trades from Kafka, files and requests into an Iceberg lakehouse: raw in bronze, validated and deduplicated in silver,
 * summed up by day and symbol in gold.
 */
export class TradingLakehouseStack extends Stack {
  public constructor(scope: Construct, id: string, props: TradingLakehouseStackProps) {
    const { settings, directory, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(settings.profile);
    super(scope, id, {
      description: `Trading lakehouse '${settings.name}': Kafka to bronze, silver and gold`,
      tags: { lakehouse: settings.name },
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    recordUsage(this, settings.usage);
    const key = new DataKey(this, 'Key', { profile, description: `Data of the lakehouse '${settings.name}'` });
    const { topic } = new TradeSource(this, 'Trades', { settings: settings.sources.kafka, key, profile });

    const ledger = SchemaLedger.fromFile(path.join(directory, 'schemas.lock.json'));
    const lake = new MedallionLake(this, 'Lake', {
      ledger,
      profile,
      bucket: new DataBucket(this, 'Data', {
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
    const ingestion = new StreamToBronzeJob(this, 'Ingestion', {
      ...options,
      topic,
      table: bronze,
      ingestion:
        settings.bronze.ingestion === 'continuous'
          ? IngestionMode.continuous(everyMinutes)
          : IngestionMode.every(everyMinutes),
    });
    const freshness = Duration.hours(settings.quality.freshnessHours);
    const qualityGate = new QualityGate(this, 'QualityGate', {
      ...options,
      record: trades,
      table: silver,
      source: bronze,
      maxInvalidShare: settings.quality.maxInvalidShare,
      freshness,
    });
    const mappings = settings.sources.mappings?.map((mapping) => onTopic(topic.topicName, mapping, trades));
    const further = new BatchAndHttp(this, 'Sources', { sources: settings.sources, options, topic, bronze, trades });
    const pipeline = new LakePipeline(this, 'Pipeline', {
      ...options,
      schedule:
        settings.pipeline.schedule === 'off' ? undefined : ScheduleExpression.expression(settings.pipeline.schedule),
      silver: new SqlJob(this, 'Silver', {
        ...options,
        sqlFiles: sqlFiles(directory, 'silver'),
        record: trades,
        mappings,
        reads: [bronze],
        writes: [silver, quarantine],
      }),
      qualityGate,
      gold: new SqlJob(this, 'Gold', {
        ...options,
        sqlFiles: sqlFiles(directory, 'gold'),
        reads: [silver],
        writes: [gold, features],
      }),
    });
    const erasure = new ErasureJob(this, 'Erasure', {
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
    const training = new TrainingJob(this, 'NextDayReturn', {
      ...options,
      modelName: 'next_day_return',
      table: features,
      sqlFile: path.join(directory, 'sql', 'ml', 'next_day_return.sql'),
    });
    new LakeOperations(this, 'Operations', {
      pipeline,
      qualityGate,
      freshness,
      goldEvery: settings.pipeline.schedule === 'off' ? undefined : Duration.days(2),
    });
    if (maintained(settings, profile)) {
      const snapshotRetention = Duration.days(settings.maintenance.snapshotDays);
      const maintenance = new TableMaintenance(this, 'Maintenance', { lake, snapshotRetention });
      maintenance.addTable(bronze, [{ table: silver, property: 'bronze-snapshot-id' }]);
      maintenance.addTable(
        silver,
        [gold, features].map((table) => ({ table, property: 'silver-snapshot-id' })),
      );
      [quarantine, gold, features].forEach((table) => maintenance.addTable(table));
    }
    if (settings.exploration.principalArn) {
      new DataScientistRole(this, 'Exploration', {
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
      new Governance(this, 'Governance', { settings, lake, tables });
    }
    const workgroup = new QueryWorkgroup(this, 'Queries', { lake });
    [silver, gold, features].forEach((table) => workgroup.addTimeTravelQueries(table));
    workgroup.addQuarantineQueries(quarantine, bronze);

    Object.entries(further.outputs).forEach(([name, value]) => this.output(name, value));
    this.output('TradesTopicName', topic.topicName);
    this.output('BootstrapServers', topic.bootstrapServers);
    this.output('BronzeJobName', ingestion.jobName);
    this.output('ErasureJobName', erasure.jobName);
    this.output('PipelineArn', pipeline.stateMachine.stateMachineArn);
    this.output('WorkgroupName', workgroup.workgroupName);
    this.output('LakeBucketName', lake.bucket.bucket.bucketName);
    this.output('BronzeTable', `${bronze.databaseName}.${bronze.tableName}`);
    this.output('SilverTable', `${silver.databaseName}.${silver.tableName}`);
    this.output('QuarantineTable', `${quarantine.databaseName}.${quarantine.tableName}`);
    this.output('GoldTable', `${gold.databaseName}.${gold.tableName}`);
    this.output('TrainingJobName', training.jobName);
    this.output('FeaturesTable', `${features.databaseName}.${features.tableName}`);
  }

  private output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
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
