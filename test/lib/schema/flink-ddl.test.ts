import { ColumnType, RecordSchema } from '../../../lib/schema';

const trades = new RecordSchema({
  name: 'trades',
  eventTime: 'traded_at',
  columns: [
    { name: 'trade_id', type: ColumnType.STRING, required: true },
    { name: 'price', type: ColumnType.decimal(18, 8), required: true, positive: true },
    { name: 'traded_at', type: ColumnType.TIMESTAMPTZ, required: true, wireName: 'timestamp' },
  ],
});
const options = { connector: 'kafka', topic: "it's" };

test('renders columns, watermark and options', () => {
  expect(
    trades.toFlinkDdl('trades', {
      options,
      eventTimeName: 'trade_time',
      watermarkSeconds: 10,
      metadata: [{ name: 'kafka_offset', type: 'BIGINT', key: 'offset' }],
    }),
  ).toBe(
    [
      'CREATE TABLE `trades` (',
      '    `trade_id` STRING,',
      '    `price` DECIMAL(18, 8),',
      '    `trade_time` TIMESTAMP(3),',
      "    `kafka_offset` BIGINT METADATA FROM 'offset' VIRTUAL,",
      "    WATERMARK FOR `trade_time` AS `trade_time` - INTERVAL '10' SECOND",
      ') WITH (',
      "    'connector' = 'kafka',",
      "    'topic' = 'it''s'",
      ');',
    ].join('\n'),
  );
});

test('leaves the event time as it is without a watermark, and renders a key', () => {
  const ddl = trades.toFlinkDdl('trades', { options, primaryKey: ['trade_id'] });
  expect(ddl).toContain('`traded_at` TIMESTAMP_LTZ,');
  expect(ddl).toContain('PRIMARY KEY (`trade_id`) NOT ENFORCED');
});

test.each([
  ['long', ColumnType.LONG, 'BIGINT'],
  ['timestamp', ColumnType.TIMESTAMP, 'TIMESTAMP'],
  ['uuid', ColumnType.UUID, 'STRING'],
  ['fixed', ColumnType.fixed(4), 'BYTES'],
  ['list', ColumnType.list(ColumnType.STRING), 'ARRAY<STRING>'],
  ['map', ColumnType.map(ColumnType.STRING, ColumnType.INT), 'MAP<STRING, INT>'],
  ['struct', ColumnType.struct([{ name: 'a', type: ColumnType.DATE }]), 'ROW<`a` DATE>'],
])('knows Flink’s name of %s', (_, type, text) => {
  const schema = new RecordSchema({ name: 'record', columns: [{ name: 'c', type }] });
  expect(schema.toFlinkDdl('t', { options })).toContain(`\`c\` ${text}\n`);
});

test('hands the format the event time under its name in the table', () => {
  expect(JSON.parse(trades.toFlinkConformSpec('trade_time')).fields[2]).toEqual({
    name: 'trade_time',
    wire: 'timestamp',
    type: 'timestamptz',
    required: true,
    eventTime: true,
  });
});

test('refuses what Flink cannot have', () => {
  const plain = new RecordSchema({ name: 'plain', columns: [{ name: 'at', type: ColumnType.TIME }] });
  expect(() => plain.toFlinkDdl('t', { options, watermarkSeconds: 1 })).toThrow(
    /plain has no event time for a watermark/,
  );
  expect(() => plain.toFlinkDdl('t', { options })).toThrow(/column 'at' has type time/);
  expect(() => trades.toFlinkDdl('t', { options, primaryKey: ['id'] })).toThrow(/primary key names 'id'/);
});
