import { Duration } from 'aws-cdk-lib';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import * as path from 'node:path';
import type { DataKey, DeploymentProfile, IDataNetwork } from '../../lib/foundation';
import { MedallionLake, MedallionLayer } from '../../lib/lakehouse';
import type { IEventTopic } from '../../lib/ports';
import { SchemaLedger } from '../../lib/schema';
import { FlinkSqlApplication, FlinkTable, LakeSink, Replay } from '../../lib/streaming';
import {
  enrichedTradesSchema,
  rawEventsSchema,
  rejectedTradesSchema,
  streamedTradesSchema,
  symbolsSchema,
  tradeAggregatesSchema,
  tradeSummariesSchema,
} from '../trading/schemas';
import { sqlFiles } from './settings';

/** A generation of the logic, and what it writes. */
export interface ProcessedGeneration {
  readonly number: number;
  /** Folder of its SQL files, below the blueprint's. */
  readonly sql: string;
  /** Whether it is a batch over the log as it stands when somebody starts it. */
  readonly bounded?: boolean;
  readonly topics: {
    readonly enriched: IEventTopic;
    readonly aggregates: IEventTopic;
    readonly summaries: IEventTopic;
    readonly rejected: IEventTopic;
  };
}

/** Properties of `Processing`. */
export interface ProcessingProps {
  readonly generations: readonly ProcessedGeneration[];
  readonly trades: IEventTopic;
  readonly symbols: IEventTopic;
  /** The blueprint's folder. */
  readonly directory: string;
  /** The folder with `schemas.lock.json`. */
  readonly ledgers: string;
  /** Whether the log is kept in a lake, too. */
  readonly lake: boolean;
  readonly network: IDataNetwork;
  /** Where alarms are told. */
  readonly alarmTopic: ITopic;
  readonly key: DataKey;
  readonly profile: DeploymentProfile;
}

// What is written exactly once is seen with the checkpoint after it; an enriched trade within a second.
const CHECKPOINT_INTERVAL = Duration.millis(500);
const CHECKPOINT_PAUSE = Duration.millis(100);

/** How much later than others a trade may come and still count in its window. */
export const TRADES_GRACE = Duration.seconds(10);

/** The trades as a table of a script. */
export function tradesTable(topic: IEventTopic): FlinkTable {
  return FlinkTable.source('trades', {
    topic,
    schema: streamedTradesSchema,
    eventTimeName: 'trade_time',
    watermarkDelay: TRADES_GRACE,
  });
}

/** What Flink makes of the trades: a SQL application a generation, and the sink into the lake. */
export class Processing extends Construct {
  public readonly outputs: { readonly [name: string]: string };

  // eslint-disable-next-line awscdk/no-unused-props -- its own methods take them
  public constructor(scope: Construct, id: string, props: ProcessingProps) {
    super(scope, id);
    const { trades, key, profile } = props;
    const applications = props.generations.map((generation) => ({
      number: generation.number,
      suffix: generation.number === 1 ? '' : `G${generation.number}`,
      topics: generation.topics,
      application: this.application(generation, props),
    }));
    // Each is compared with the one before it.
    const replays = applications.slice(1).map(({ number, suffix, topics, application }, index) => ({
      suffix,
      replay: new Replay(this, `Replay${number}`, {
        log: trades,
        application,
        served: applications[index].topics.summaries,
        replayed: topics.summaries,
        key,
        profile,
      }),
    }));

    this.outputs = {
      ...Object.fromEntries(
        applications.flatMap(({ suffix, topics, application }) => [
          [`FlinkApplicationName${suffix}`, application.applicationName],
          [`EnrichedTopicName${suffix}`, topics.enriched.topicName],
          [`AggregatesTopicName${suffix}`, topics.aggregates.topicName],
          [`RejectedTopicName${suffix}`, topics.rejected.topicName],
        ]),
      ),
      ...Object.fromEntries(
        replays.map(({ suffix, replay }) => [`ReplayComparisonName${suffix}`, replay.comparisonName]),
      ),
      ...(props.lake ? this.keepInLake(props) : {}),
    };
  }

  /** @returns outputs of the stack, by their names */
  private keepInLake({ trades, ledgers, network, alarmTopic, key, profile }: ProcessingProps): Record<string, string> {
    const lake = new MedallionLake(this, 'Lake', {
      ledger: SchemaLedger.fromFile(path.join(ledgers, 'schemas.lock.json')),
      key,
      profile,
    });
    const table = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawEventsSchema });
    const sink = new LakeSink(this, 'LakeSink', {
      topic: trades,
      table,
      network,
      key,
      profile,
      alarmTopic,
      consumerGroup: 'lake-sink',
    });
    return {
      LakeSinkApplicationName: sink.application.applicationName,
      LakeTable: `${table.databaseName}.${table.tableName}`,
    };
  }

  private application(generation: ProcessedGeneration, props: ProcessingProps): FlinkSqlApplication {
    const { topics, number, sql, bounded } = generation;
    return new FlinkSqlApplication(this, `Generation${number}`, {
      network: props.network,
      key: props.key,
      profile: props.profile,
      alarmTopic: props.alarmTopic,
      consumerGroup: `processing-g${number}`,
      bounded,
      checkpointInterval: CHECKPOINT_INTERVAL,
      checkpointPause: CHECKPOINT_PAUSE,
      tables: [
        tradesTable(props.trades),
        FlinkTable.reference('symbols', { topic: props.symbols, schema: symbolsSchema }),
        FlinkTable.append('enriched_trades', { topic: topics.enriched, schema: enrichedTradesSchema }),
        FlinkTable.upsert('trade_aggregates', { topic: topics.aggregates, schema: tradeAggregatesSchema }),
        FlinkTable.upsert('trade_summaries', { topic: topics.summaries, schema: tradeSummariesSchema }),
        FlinkTable.append('trades_rejected', { topic: topics.rejected, schema: rejectedTradesSchema }),
      ],
      scripts: sqlFiles(props.directory, sql),
    });
  }
}
