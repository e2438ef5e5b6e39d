import { Column, ColumnType, PartitionTransform, RecordSchema } from '../../../lib/schema';
import { BRONZE, GOLD, TRADE } from './tables';

const ddl = (...columns: Column[]) => new RecordSchema({ name: 't', columns }).toSparkDdl('silver.t');

test("bronze is the seed's statement", () => {
  expect(BRONZE.schema.toSparkDdl('bronze.trades')).toBe(`CREATE TABLE bronze.trades (
    raw_payload STRING,
    source STRING,
    ingested_at TIMESTAMP
) USING iceberg;`);
});

test("silver is the seed's statement, with the two quality columns described", () => {
  const statement = TRADE.conformed().toSparkDdl('silver.trades', [PartitionTransform.day('traded_at')]);
  expect(statement.replace(/ COMMENT '[^']*'/g, '')).toBe(`CREATE TABLE silver.trades (
    trade_id STRING,
    symbol STRING,
    price DECIMAL(18, 8),
    quantity DECIMAL(18, 8),
    traded_at TIMESTAMP,
    is_valid BOOLEAN,
    validation_errors ARRAY<STRING>
) USING iceberg
PARTITIONED BY (days(traded_at));`);
});

test("gold is the seed's statement", () => {
  expect(GOLD.schema.toSparkDdl('gold.daily_trading_summary', GOLD.partitionedBy)).toBe(
    `CREATE TABLE gold.daily_trading_summary (
    date DATE,
    symbol STRING,
    total_volume DECIMAL(18, 8),
    vwap DECIMAL(18, 8),
    trade_count BIGINT
) USING iceberg
PARTITIONED BY (date);`,
  );
});

test('a required column is NOT NULL and a described one has its comment, quotes escaped', () => {
  expect(ddl({ name: 'a', type: ColumnType.INT, required: true, doc: "it's \\ here" })).toContain(
    "    a INT NOT NULL COMMENT 'it\\'s \\\\ here'\n",
  );
});

test('a name that is no plain identifier is quoted', () => {
  expect(ddl({ name: 'a `b', type: ColumnType.INT })).toContain('    `a ``b` INT\n');
});

test('nested types are spelled out', () => {
  const type = ColumnType.map(
    ColumnType.STRING,
    ColumnType.list(ColumnType.struct([{ name: 'a', type: ColumnType.LONG, required: true }])),
  );
  expect(ddl({ name: 'm', type })).toContain('    m MAP<STRING, ARRAY<STRUCT<a: BIGINT NOT NULL>>>\n');
});

test.each([
  [ColumnType.BOOLEAN, 'BOOLEAN'],
  [ColumnType.FLOAT, 'FLOAT'],
  [ColumnType.DOUBLE, 'DOUBLE'],
  [ColumnType.TIMESTAMP, 'TIMESTAMP_NTZ'],
  [ColumnType.UUID, 'STRING'],
  [ColumnType.fixed(4), 'BINARY'],
  [ColumnType.BINARY, 'BINARY'],
])('%s is Spark’s %s', (type, spark) => {
  expect(ddl({ name: 'x', type })).toContain(`    x ${spark}\n`);
});

test('a time column cannot be said in Spark', () => {
  expect(() => ddl({ name: 'at', type: ColumnType.TIME })).toThrow("silver.t: column 'at' has type time");
});

test('transforms become Spark’s functions', () => {
  const schema = new RecordSchema({
    name: 't',
    columns: ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => ({ name, type: ColumnType.TIMESTAMPTZ })),
  });
  const transforms = [
    PartitionTransform.identity('a'),
    PartitionTransform.year('b'),
    PartitionTransform.month('c'),
    PartitionTransform.day('d'),
    PartitionTransform.hour('e'),
    PartitionTransform.bucket('f', 8),
  ];
  expect(schema.toSparkDdl('silver.t', transforms)).toContain(
    'PARTITIONED BY (a, years(b), months(c), days(d), hours(e), bucket(8, f));',
  );
});

test('truncate names its width first', () => {
  const schema = new RecordSchema({ name: 't', columns: [{ name: 's', type: ColumnType.STRING }] });
  expect(schema.toSparkDdl('silver.t', [PartitionTransform.truncate('s', 3)])).toContain('(truncate(3, s));');
});

test('a transform that does not fit is refused here too', () => {
  expect(() => GOLD.schema.toSparkDdl('gold.t', [PartitionTransform.hour('date')])).toThrow(
    "gold.t: partition transform hour does not take column 'date' of type date",
  );
});
