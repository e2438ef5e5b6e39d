import { Duration, type Stack } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import * as path from 'node:path';
import { DataBucket, type DataKey, type DeploymentProfile, type IDataNetwork } from '../../lib/foundation';
import type { IEventTopic, IHotStore } from '../../lib/ports';
import { type RecordSchema, TopicLedger } from '../../lib/schema';
import { type FlinkTable, TopicSchemaRegistry } from '../../lib/streaming';
import { tradeAlertsSchema } from '../trading/schemas';
import { recordUsage } from '../trading/usage';
import { Processing, TRADES_GRACE, tradesTable } from './processing';
import { Producers } from './producers';
import { Serving } from './serving';
import type { StreamingSettings } from './settings';
import { TradeTopics } from './topics';
import { TradeBackbone } from './trade-backbone';

/** Properties of `createTradingStream`. */
export interface TradingStreamProps {
  /** What blueprint.yaml says. */
  readonly settings: StreamingSettings;

  /** The folder with the generations' SQL. */
  readonly directory: string;

  /** The key of everything that is stored. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;

  /**
   * The folder with `topics.lock.json` and, for the sink into a lake, `schemas.lock.json`.
   *
   * @default - `directory`
   */
  readonly ledgers?: string;

  /**
   * Whether the log is kept in a lake of the stream's own.
   *
   * @default true
   */
  readonly lake?: boolean;
}

/** What others go on from. */
export interface TradingStream {
  /** The log that all trades come through, and which optional fields of theirs others keep. */
  readonly log: { readonly topic: IEventTopic; readonly extensions: readonly ('side' | 'trader_id' | 'venue')[] };
  /** The windows that it serves. */
  readonly windows: {
    readonly store: IHotStore;
    /** How much later than others a trade may come and still count in its window. */
    readonly grace: Duration;
    readonly servedGeneration: number;
    readonly windowsKept: number;
  };
  /** Where alarms are told. */
  readonly alarmTopic: ITopic;
  /** Adds a topic for alerts; gives what rules on the trades read and write. */
  readonly addAlerts: () => {
    readonly records: FlinkTable;
    readonly alertTopic: IEventTopic;
    readonly alertSchema: RecordSchema;
    readonly network: IDataNetwork;
    readonly deadLetters: DataBucket;
  };
  /** Outputs of the stack, by their names. */
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Makes the stream in a stack. Its constructs stand in the stack itself: under one of their own, what is deployed would
 * have other ids.
 */
export function createTradingStream(stack: Stack, props: TradingStreamProps): TradingStream {
  const { settings, directory, ledgers = directory, key, profile } = props;
  recordUsage(stack, settings.usage);
  const { backbone, network } = new TradeBackbone(stack, 'Kafka', { settings: settings.backbone, key, profile });
  const deadLetters = new DataBucket(stack, 'DeadLetters', {
    key,
    profile,
    lifecycleRules: [{ expiration: Duration.days(settings.deadLetters.keptDays) }],
  });
  const topics = new TradeTopics(stack, 'Topics', {
    backbone,
    registry: new TopicSchemaRegistry(stack, 'Schemas', {
      ledger: TopicLedger.fromFile(path.join(ledgers, 'topics.lock.json')),
    }),
    partitions: settings.backbone.partitions,
  });
  const generations = settings.processing.generations.map((generation) => ({
    ...generation,
    topics: topics.ofGeneration(generation.number),
  }));
  const producers = new Producers(stack, 'Producers', {
    settings: settings.producers,
    trades: topics.trades,
    symbols: topics.symbols,
    deadLetters,
    key,
    profile,
  });
  const serving = new Serving(stack, 'Serving', {
    settings: settings.serving,
    alarmEmail: settings.alarms.email,
    generations,
    network,
    deadLetters,
    key,
    profile,
  });

  const processing = new Processing(stack, 'Processing', {
    generations,
    trades: topics.trades,
    symbols: topics.symbols,
    directory,
    ledgers,
    lake: props.lake ?? true,
    network,
    alarmTopic: serving.alarmTopic,
    key,
    profile,
  });

  return {
    log: { topic: topics.trades, extensions: ['side', 'trader_id', 'venue'] },
    windows: {
      store: serving.store,
      grace: TRADES_GRACE,
      servedGeneration: settings.serving.generation,
      windowsKept: settings.serving.windowsKept,
    },
    alarmTopic: serving.alarmTopic,
    addAlerts: () => ({
      records: tradesTable(topics.trades),
      alertTopic: topics.addAlerts(),
      alertSchema: tradeAlertsSchema,
      network,
      deadLetters,
    }),
    outputs: {
      ...producers.outputs,
      ...processing.outputs,
      ...serving.outputs,
      BootstrapServers: backbone.bootstrapServers,
      TradesTopicName: topics.trades.topicName,
      SymbolsTopicName: topics.symbols.topicName,
      DeadLetterBucketName: deadLetters.bucket.bucketName,
    },
  };
}
