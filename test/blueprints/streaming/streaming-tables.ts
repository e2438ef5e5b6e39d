import {
  enrichedTradesSchema,
  rejectedTradesSchema,
  streamedTradesSchema,
  symbolsSchema,
  tradeAggregatesSchema,
  tradeSummariesSchema,
} from '../../../blueprints/trading/schemas';
import { referenceDdl, sinkDdl, sourceDdl } from '../../../lib/streaming/private/flink-tables';

const clientProperties = ['security.protocol'];

/** The tables that the blueprint's SQL stands on, as its stack renders them. */
export const STREAMING_TABLES = streamingTables(false);

/** @param bounded for a batch */
export function streamingTables(bounded: boolean): string {
  return [
    sourceDdl({
      table: 'trades',
      schema: streamedTradesSchema,
      clientProperties,
      eventTimeName: 'trade_time',
      watermarkSeconds: 10,
      idleSeconds: 60,
      start: { mode: 'earliest-offset' },
      bounded,
    }),
    referenceDdl({ table: 'symbols', schema: symbolsSchema, clientProperties }),
    sinkDdl({ table: 'enriched_trades', schema: enrichedTradesSchema, clientProperties, upsert: false }),
    sinkDdl({ table: 'trade_aggregates', schema: tradeAggregatesSchema, clientProperties, upsert: true }),
    sinkDdl({ table: 'trade_summaries', schema: tradeSummariesSchema, clientProperties, upsert: true }),
    sinkDdl({ table: 'trades_rejected', schema: rejectedTradesSchema, clientProperties, upsert: false }),
  ].join('\n\n');
}
