import { type Column, ColumnType, PartitionTransform, RecordSchema } from '../../lib/schema';

/** Optional fields of a trade; a blueprint that switches one on gives it a column of its own. */
export type TradeExtension = 'side' | 'trader_id' | 'venue' | 'is_test';

const AMOUNT = ColumnType.decimal(18, 8);

const EXTENSIONS: Record<TradeExtension, Column> = {
  side: { name: 'side', type: ColumnType.STRING, doc: 'buy or sell, as the source says it' },
  trader_id: { name: 'trader_id', type: ColumnType.STRING, doc: 'Who traded' },
  venue: { name: 'venue', type: ColumnType.STRING, doc: 'Where it was traded' },
  is_test: { name: 'is_test', type: ColumnType.BOOLEAN, doc: 'True for a trade that was made to test the system' },
};

/** A trade: the one definition that every table, check and contract is rendered from. */
export function tradesSchema(extensions: readonly TradeExtension[] = []): RecordSchema {
  return new RecordSchema({
    name: 'trades',
    doc: 'Executed trades.',
    key: ['trade_id'],
    eventTime: 'traded_at',
    columns: [
      { name: 'trade_id', type: ColumnType.STRING, required: true, doc: 'Identifies the trade' },
      { name: 'symbol', type: ColumnType.STRING, required: true, doc: 'What was traded' },
      { name: 'price', type: AMOUNT, required: true, positive: true, doc: 'Price of one unit' },
      { name: 'quantity', type: AMOUNT, required: true, positive: true, doc: 'Units traded' },
      {
        name: 'traded_at',
        type: ColumnType.TIMESTAMPTZ,
        required: true,
        wireName: 'timestamp',
        doc: 'When it was traded (event time)',
      },
      ...extensions.map((each) => EXTENSIONS[each]),
    ],
  });
}

/** An event as it arrived, byte for byte; all columns are optional, for bronze refuses nothing. */
export const rawEventsSchema = new RecordSchema({
  name: 'raw_trades',
  doc: 'Trade events as they arrived.',
  columns: [
    { name: 'raw_payload', type: ColumnType.STRING, doc: 'The value of the event, unchanged' },
    { name: 'source', type: ColumnType.STRING, doc: 'Where it came from: topic/partition/offset' },
    { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ, doc: 'When it arrived' },
  ],
});

/** Trades that were judged invalid as they arrived, with where each came from; `raw_payload` stays in bronze. */
export function quarantineSchema(trades: RecordSchema): RecordSchema {
  return new RecordSchema({
    name: 'trades_quarantine',
    doc: 'Invalid trades, and where each came from.',
    columns: [
      { name: 'source', type: ColumnType.STRING, doc: 'Where its message came from, as in bronze' },
      { name: 'position', type: ColumnType.INT, doc: 'Its place in the message, from 0' },
      { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ, doc: 'When its message arrived' },
      { name: 'payload_hash', type: ColumnType.STRING, doc: 'SHA-256 of its message, in hexadecimal digits' },
      ...trades.conformed().columns,
    ],
  });
}

/** Volume and volume-weighted average price of each day (UTC) and symbol. */
export const dailyTradingSummarySchema = new RecordSchema({
  name: 'daily_trading_summary',
  doc: 'Volume and average price of each day and symbol, from valid trades.',
  columns: [
    { name: 'date', type: ColumnType.DATE, doc: 'Day of the trades, UTC' },
    { name: 'symbol', type: ColumnType.STRING, doc: 'What was traded' },
    { name: 'total_volume', type: AMOUNT, doc: 'Exact sum of the quantities' },
    { name: 'vwap', type: AMOUNT, doc: 'Exact sum of price times quantity over total_volume, half up to 8 decimals' },
    { name: 'trade_count', type: ColumnType.LONG, doc: 'Number of trades' },
  ],
});

/** What models and analysts start from: prices, returns and volatility of each day (UTC) and symbol. */
export const tradeFeaturesSchema = new RecordSchema({
  name: 'trade_features',
  doc: 'Features of each day and symbol, from valid trades; docs/machine-learning.md defines each.',
  columns: [
    { name: 'date', type: ColumnType.DATE, doc: 'Day of the trades, UTC' },
    { name: 'symbol', type: ColumnType.STRING, doc: 'What was traded' },
    { name: 'open_price', type: AMOUNT, doc: 'Price of the first trade, by traded_at, then trade_id' },
    { name: 'high_price', type: AMOUNT, doc: 'Highest price' },
    { name: 'low_price', type: AMOUNT, doc: 'Lowest price' },
    { name: 'close_price', type: AMOUNT, doc: 'Price of the last trade, by traded_at, then trade_id' },
    { name: 'volume', type: AMOUNT, doc: 'Exact sum of the quantities' },
    { name: 'turnover', type: ColumnType.decimal(38, 16), doc: 'Exact sum of price times quantity' },
    { name: 'trade_count', type: ColumnType.LONG, doc: 'Number of trades' },
    { name: 'vwap', type: AMOUNT, doc: 'turnover over volume, half up to 8 decimals' },
    { name: 'vwap_7d', type: AMOUNT, doc: 'The same over the seven days that end with this one' },
    {
      name: 'daily_return',
      type: ColumnType.DOUBLE,
      doc: "close_price over that of the symbol's trading day before, less 1",
    },
    {
      name: 'realized_volatility',
      type: ColumnType.DOUBLE,
      doc: 'Root of the sum of squared log returns from trade to trade',
    },
  ],
});

/** What is known of a symbol; enriches its trades. */
export const symbolsSchema = new RecordSchema({
  name: 'symbols',
  doc: 'Reference data of symbols.',
  key: ['symbol'],
  columns: [
    { name: 'symbol', type: ColumnType.STRING, required: true, doc: 'What is traded' },
    { name: 'sector', type: ColumnType.STRING, required: true, doc: 'Sector that it belongs to' },
    { name: 'name', type: ColumnType.STRING, doc: 'What people call it' },
  ],
});

/** A trade in the streaming pattern: with every extension, for they cost nothing until someone sends them. */
export const streamedTradesSchema = tradesSchema(['side', 'trader_id', 'venue', 'is_test']);

/** A trade with the sector of its symbol. */
export const enrichedTradesSchema = new RecordSchema({
  name: 'enriched_trades',
  doc: 'Trades with what is known of their symbols.',
  key: ['trade_id'],
  eventTime: 'trade_time',
  columns: [
    { name: 'trade_id', type: ColumnType.STRING, required: true, doc: 'Identifies the trade' },
    { name: 'symbol', type: ColumnType.STRING, required: true, doc: 'What was traded' },
    { name: 'price', type: AMOUNT, required: true, positive: true, doc: 'Price of one unit' },
    { name: 'quantity', type: AMOUNT, required: true, positive: true, doc: 'Units traded' },
    { name: 'trade_time', type: ColumnType.TIMESTAMP, required: true, doc: 'When it was traded (event time), UTC' },
    EXTENSIONS.side,
    EXTENSIONS.trader_id,
    EXTENSIONS.venue,
    EXTENSIONS.is_test,
    { name: 'sector', type: ColumnType.STRING, required: true, doc: "Sector of the symbol, 'unknown' without one" },
  ],
});

/** A message of the topic trades that is no valid trade, as it arrived. */
export const rejectedTradesSchema = new RecordSchema({
  name: 'trades_rejected',
  doc: 'Messages that are no valid trades.',
  columns: [
    { name: 'source', type: ColumnType.STRING, required: true, doc: 'Where it stands: topic/partition/offset' },
    { name: 'raw_payload', type: ColumnType.STRING, doc: 'The message, unchanged' },
    { name: 'validation_errors', type: ColumnType.list(ColumnType.STRING), doc: 'Code of every rule that it broke' },
    { name: 'received_at', type: ColumnType.TIMESTAMPTZ, doc: 'When the broker took it' },
  ],
});

const WINDOW: Column[] = [
  { name: 'window_start', type: ColumnType.TIMESTAMP, required: true, doc: 'First instant of the minute, UTC' },
  { name: 'window_end', type: ColumnType.TIMESTAMP, required: true, doc: 'First instant after the minute, UTC' },
  { name: 'symbol', type: ColumnType.STRING, required: true, doc: 'What was traded' },
];

const WINDOW_SUMS: Column[] = [
  { name: 'trade_count', type: ColumnType.LONG, required: true, doc: 'Number of trades' },
  { name: 'total_volume', type: AMOUNT, required: true, doc: 'Exact sum of the quantities' },
  { name: 'vwap', type: AMOUNT, doc: 'Exact sum of price times quantity over total_volume, half up to 8 decimals' },
];

/** Sums of each minute, symbol, sector and venue. */
export const tradeAggregatesSchema = new RecordSchema({
  name: 'trade_aggregates',
  doc: 'Volume and average price of each minute, symbol, sector and venue.',
  key: ['window_start', 'symbol', 'sector', 'venue'],
  eventTime: 'window_start',
  columns: [
    ...WINDOW,
    { name: 'sector', type: ColumnType.STRING, required: true, doc: "Sector of the symbol, 'unknown' without one" },
    { name: 'venue', type: ColumnType.STRING, required: true, doc: "Where it was traded, 'unknown' when not said" },
    ...WINDOW_SUMS,
  ],
});

/** Sums of each minute and symbol, the seed's trade_summaries. */
export const tradeSummariesSchema = new RecordSchema({
  name: 'trade_summaries',
  doc: 'Volume and average price of each minute and symbol.',
  key: ['window_start', 'symbol'],
  eventTime: 'window_start',
  columns: [...WINDOW, ...WINDOW_SUMS],
});

/** What a rule has said of a trade. */
export const tradeAlertsSchema = new RecordSchema({
  name: 'trade_alerts',
  doc: 'Trades that a rule found.',
  key: ['rule', 'trade_id'],
  eventTime: 'trade_time',
  columns: [
    { name: 'rule', type: ColumnType.STRING, required: true, doc: 'Name of the rule' },
    { name: 'trade_id', type: ColumnType.STRING, required: true, doc: 'Identifies the trade' },
    { name: 'symbol', type: ColumnType.STRING, required: true, doc: 'What was traded' },
    EXTENSIONS.trader_id,
    { name: 'price', type: AMOUNT, required: true, doc: 'Price of one unit' },
    { name: 'quantity', type: AMOUNT, required: true, doc: 'Units traded' },
    { name: 'trade_time', type: ColumnType.TIMESTAMP, required: true, doc: 'When it was traded (event time), UTC' },
  ],
});

/** silver.trades is partitioned by the day of the trade. */
export const silverPartitions = [PartitionTransform.day('traded_at')];

/** silver.trades_quarantine is partitioned by the day of its arrival. */
export const quarantinePartitions = [PartitionTransform.day('ingested_at')];

/** The tables of gold are partitioned by their day. */
export const goldPartitions = [PartitionTransform.identity('date')];
