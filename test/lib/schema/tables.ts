import { ColumnType, PartitionTransform, RecordSchema, SortField, TableDeclaration } from '../../../lib/schema';

const AMOUNT = ColumnType.decimal(18, 8);

/** The seed's three tables. */
export const BRONZE: TableDeclaration = {
  name: 'bronze.trades',
  schema: new RecordSchema({
    name: 'raw_trade',
    columns: [
      { name: 'raw_payload', type: ColumnType.STRING },
      { name: 'source', type: ColumnType.STRING },
      { name: 'ingested_at', type: ColumnType.TIMESTAMPTZ },
    ],
  }),
};

export const TRADE = new RecordSchema({
  name: 'trade',
  key: ['trade_id'],
  eventTime: 'traded_at',
  columns: [
    { name: 'trade_id', type: ColumnType.STRING, required: true },
    { name: 'symbol', type: ColumnType.STRING, required: true },
    { name: 'price', type: AMOUNT, required: true, positive: true },
    { name: 'quantity', type: AMOUNT, required: true, positive: true },
    { name: 'traded_at', type: ColumnType.TIMESTAMPTZ, required: true, wireName: 'timestamp' },
  ],
});

export const SILVER: TableDeclaration = {
  name: 'silver.trades',
  schema: TRADE.conformed(),
  partitionedBy: [PartitionTransform.day('traded_at')],
};

export const GOLD: TableDeclaration = {
  name: 'gold.daily_trading_summary',
  schema: new RecordSchema({
    name: 'daily_trading_summary',
    columns: [
      { name: 'date', type: ColumnType.DATE },
      { name: 'symbol', type: ColumnType.STRING },
      { name: 'total_volume', type: AMOUNT },
      { name: 'vwap', type: AMOUNT },
      { name: 'trade_count', type: ColumnType.LONG },
    ],
  }),
  partitionedBy: [PartitionTransform.identity('date')],
};

/** Every type of Iceberg v2, nested in one another, with partitions, a sort order and identifiers. */
export const EVERYTHING: TableDeclaration = {
  name: 'silver.everything',
  schema: new RecordSchema({
    name: 'everything',
    key: ['l', 'u'],
    eventTime: 'tz',
    columns: [
      { name: 'b', type: ColumnType.BOOLEAN },
      { name: 'i', type: ColumnType.INT },
      { name: 'l', type: ColumnType.LONG, required: true, doc: 'Half of the key' },
      { name: 'f', type: ColumnType.FLOAT },
      { name: 'd', type: ColumnType.DOUBLE },
      { name: 'dec', type: ColumnType.decimal(38, 0) },
      { name: 'dt', type: ColumnType.DATE },
      { name: 'tm', type: ColumnType.TIME },
      { name: 'ts', type: ColumnType.TIMESTAMP },
      { name: 'tz', type: ColumnType.TIMESTAMPTZ },
      { name: 's', type: ColumnType.STRING },
      { name: 'u', type: ColumnType.UUID, required: true },
      { name: 'fx', type: ColumnType.fixed(16) },
      { name: 'bin', type: ColumnType.BINARY },
      { name: 'lst', type: ColumnType.list(ColumnType.list(ColumnType.LONG), { elementRequired: true }) },
      {
        name: 'mp',
        type: ColumnType.map(
          ColumnType.struct([{ name: 'venue', type: ColumnType.STRING, required: true }]),
          ColumnType.map(ColumnType.INT, AMOUNT),
          { valueRequired: true },
        ),
      },
      {
        name: 'st',
        type: ColumnType.struct([
          { name: 'inner', type: ColumnType.struct([{ name: 'at', type: ColumnType.TIMESTAMPTZ, doc: 'When' }]) },
          { name: 'tags', type: ColumnType.list(ColumnType.STRING) },
        ]),
      },
    ],
  }),
  partitionedBy: [
    PartitionTransform.month('tz'),
    PartitionTransform.bucket('u', 16),
    PartitionTransform.truncate('dec', 100),
    PartitionTransform.hour('st.inner.at'),
  ],
  sortedBy: [SortField.asc('s'), SortField.desc('dec')],
};
