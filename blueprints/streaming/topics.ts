import { Construct } from 'constructs';
import type { RecordSchema } from '../../lib/schema';
import { EventTopic, type IEventBackbone, type TopicSchemaRegistry } from '../../lib/streaming';
import {
  enrichedTradesSchema,
  rejectedTradesSchema,
  streamedTradesSchema,
  symbolsSchema,
  tradeAggregatesSchema,
  tradeAlertsSchema,
  tradeSummariesSchema,
} from '../trading/schemas';

/** Properties of `TradeTopics`. */
export interface TradeTopicsProps {
  /** The brokers. */
  readonly backbone: IEventBackbone;

  /** Where the schemas are registered. */
  readonly registry: TopicSchemaRegistry;

  /** Partitions of every topic that grows with the trades. */
  readonly partitions: number;
}

/** What one generation of the processing writes. */
export interface GenerationTopics {
  /** Each trade with the sector of its symbol. */
  readonly enriched: EventTopic;
  /** Sums of each minute, symbol, sector and venue. */
  readonly aggregates: EventTopic;
  /** Sums of each minute and symbol. */
  readonly summaries: EventTopic;
  /** Messages that are no valid trades. */
  readonly rejected: EventTopic;
}

/** The topics of the pattern: trades in, enriched_trades, trade_aggregates and trade-summaries out. */
export class TradeTopics extends Construct {
  /** The source of truth: kept for ever, so that everything else can be computed anew. */
  public readonly trades: EventTopic;
  /** Reference data; the newest record of each symbol. */
  public readonly symbols: EventTopic;

  private readonly props: TradeTopicsProps;

  public constructor(scope: Construct, id: string, props: TradeTopicsProps) {
    super(scope, id);
    this.props = props;
    this.trades = this.topic('trades', streamedTradesSchema, { unlimitedRetention: true });
    this.symbols = this.topic('symbols', symbolsSchema, { compacted: true, partitions: 1 });
  }

  /** The topics of a generation: the first one has the plain names, any other adds `-g<number>`. */
  public ofGeneration(generation: number): GenerationTopics {
    const suffix = generation === 1 ? '' : `-g${generation}`;
    return {
      enriched: this.topic('enriched_trades', enrichedTradesSchema, {}, suffix),
      aggregates: this.topic('trade_aggregates', tradeAggregatesSchema, { compacted: true }, suffix),
      summaries: this.topic('trade-summaries', tradeSummariesSchema, { compacted: true }, suffix),
      rejected: this.topic('trades_rejected', rejectedTradesSchema, { partitions: 1 }, suffix),
    };
  }

  /** Adds a topic for what rules say of trades. */
  public addAlerts(): EventTopic {
    return this.topic('trade_alerts', tradeAlertsSchema, { partitions: 1 });
  }

  private topic(
    name: string,
    schema: RecordSchema,
    kept: { readonly unlimitedRetention?: boolean; readonly compacted?: boolean; readonly partitions?: number },
    suffix = '',
  ): EventTopic {
    const { backbone, registry, partitions } = this.props;
    const topicName = `${name}${suffix}`;
    return new EventTopic(this, topicName, {
      backbone,
      registry,
      partitions,
      topicName,
      schemaName: name,
      schema,
      ...kept,
    });
  }
}
