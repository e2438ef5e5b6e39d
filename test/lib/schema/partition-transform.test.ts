import { ColumnType, PartitionTransform, RecordSchema, SchemaLedger, SortField } from '../../../lib/schema';

const PRIMITIVES = {
  boolean: ColumnType.BOOLEAN,
  int: ColumnType.INT,
  long: ColumnType.LONG,
  float: ColumnType.FLOAT,
  double: ColumnType.DOUBLE,
  decimal: ColumnType.decimal(9, 2),
  date: ColumnType.DATE,
  time: ColumnType.TIME,
  timestamp: ColumnType.TIMESTAMP,
  timestamptz: ColumnType.TIMESTAMPTZ,
  string: ColumnType.STRING,
  uuid: ColumnType.UUID,
  fixed: ColumnType.fixed(8),
  binary: ColumnType.BINARY,
};

const TRANSFORMS = {
  identity: PartitionTransform.identity('x'),
  bucket: PartitionTransform.bucket('x', 16),
  truncate: PartitionTransform.truncate('x', 4),
  year: PartitionTransform.year('x'),
  month: PartitionTransform.month('x'),
  day: PartitionTransform.day('x'),
  hour: PartitionTransform.hour('x'),
};

// Read off the specification's table of partition transforms, not off the code.
const SPECIFICATION: Record<keyof typeof TRANSFORMS, string> = {
  identity: 'boolean int long float double decimal date time timestamp timestamptz string uuid fixed binary',
  bucket: 'int long decimal date time timestamp timestamptz string uuid fixed binary',
  truncate: 'int long decimal string binary',
  year: 'date timestamp timestamptz',
  month: 'date timestamp timestamptz',
  day: 'date timestamp timestamptz',
  hour: 'timestamp timestamptz',
};

const declare = (type: ColumnType, partitionedBy: PartitionTransform[]) =>
  SchemaLedger.provisional({
    name: 'silver.t',
    schema: new RecordSchema({ name: 't', columns: [{ name: 'x', type }] }),
    partitionedBy,
  });

describe.each(Object.keys(TRANSFORMS) as (keyof typeof TRANSFORMS)[])('%s', (transform) => {
  const taken = SPECIFICATION[transform].split(' ');

  test.each(Object.keys(PRIMITIVES) as (keyof typeof PRIMITIVES)[])('and %s', (type) => {
    const table = () => declare(PRIMITIVES[type], [TRANSFORMS[transform]]);
    if (taken.includes(type)) {
      expect(table().partitionSpec).toHaveLength(1);
    } else {
      expect(table).toThrow(/^silver\.t: partition transform .* does not take column 'x' of type/);
    }
  });
});

test.each([
  ['identity', 'identity', 'x'],
  ['bucket', 'bucket[16]', 'x_bucket'],
  ['truncate', 'truncate[4]', 'x_trunc'],
  ['year', 'year', 'x_year'],
  ['month', 'month', 'x_month'],
  ['day', 'day', 'x_day'],
  ['hour', 'hour', 'x_hour'],
] as const)("%s is Iceberg's %s and names its field %s", (kind, transform, fieldName) => {
  expect(TRANSFORMS[kind]).toMatchObject({ transform, fieldName });
});

test.each([0, -3, 1.5, 2 ** 31])('bucket and truncate refuse a width of %p', (width) => {
  expect(() => PartitionTransform.bucket('x', width)).toThrow('must be a whole number, at least 1');
  expect(() => PartitionTransform.truncate('x', width)).toThrow('must be a whole number, at least 1');
});

describe('a table refuses', () => {
  test('a transform of a column that it does not have', () => {
    expect(() => declare(ColumnType.INT, [PartitionTransform.day('traded_at')])).toThrow(
      "silver.t: partitionedBy names 'traded_at', which is no column; name one of: x.",
    );
  });

  test('a transform of a list', () => {
    expect(() => declare(ColumnType.list(ColumnType.INT), [PartitionTransform.identity('x')])).toThrow(
      "'x', a list; only a primitive column can be used",
    );
  });

  test('a transform of an element inside a list, which has no single value a row', () => {
    expect(() => declare(ColumnType.list(ColumnType.INT), [PartitionTransform.identity('x.element')])).toThrow(
      "partitionedBy names 'x.element', which stands in a list",
    );
  });

  test('two time transforms of one column', () => {
    expect(() => declare(ColumnType.DATE, [PartitionTransform.year('x'), PartitionTransform.day('x')])).toThrow(
      "column 'x' is partitioned by time twice",
    );
  });

  test('two partition fields of one name', () => {
    expect(() =>
      declare(ColumnType.INT, [PartitionTransform.bucket('x', 2), PartitionTransform.bucket('x', 4)]),
    ).toThrow("two partition fields are named 'x_bucket'");
  });

  test('a partition field with the name of a column', () => {
    const schema = new RecordSchema({
      name: 't',
      columns: [
        { name: 'x', type: ColumnType.DATE },
        { name: 'x_day', type: ColumnType.DATE },
      ],
    });
    expect(() =>
      SchemaLedger.provisional({ name: 'silver.t', schema, partitionedBy: [PartitionTransform.day('x')] }),
    ).toThrow("partition field 'x_day' has the name of a column");
  });

  test('a sort order by a map', () => {
    const schema = new RecordSchema({
      name: 't',
      columns: [{ name: 'm', type: ColumnType.map(ColumnType.INT, ColumnType.INT) }],
    });
    expect(() => SchemaLedger.provisional({ name: 'silver.t', schema, sortedBy: [SortField.asc('m')] })).toThrow(
      "sortedBy names 'm', a map",
    );
  });

  test.each(['trades', 'Silver.trades', 'silver.', 'silver trades'])('the ledger name %p', (name) => {
    const schema = new RecordSchema({ name: 't', columns: [{ name: 'x', type: ColumnType.INT }] });
    expect(() => SchemaLedger.provisional({ name, schema })).toThrow("a name in the ledger is 'layer.table'");
  });
});
