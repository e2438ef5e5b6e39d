import { Column, ColumnType, RecordSchema, RecordSchemaProps } from '../../../lib/schema';
import { TRADE } from './tables';

const record = (props: Partial<RecordSchemaProps>) =>
  new RecordSchema({ name: 'trade', columns: [{ name: 'id', type: ColumnType.STRING }], ...props });

const withColumn = (column: Partial<Column>) =>
  record({ columns: [{ name: 'id', type: ColumnType.STRING, ...column }] });

describe('a record is refused', () => {
  test.each<[string, () => unknown, string]>([
    ['with an empty name', () => record({ name: ' ' }), 'A record has an empty name; give it one.'],
    ['without columns', () => record({ columns: [] }), 'trade: has no columns; declare at least one.'],
    [
      'with names that differ by case alone',
      () =>
        record({
          columns: [
            { name: 'price', type: ColumnType.INT },
            { name: 'Price', type: ColumnType.INT },
          ],
        }),
      "trade: columns 'price' and 'Price' are one to Glue and Athena, which ignore case; rename one.",
    ],
    ['with an empty column name', () => withColumn({ name: '' }), 'trade: a column has an empty name; give it one.'],
    ['with a dot in a name', () => withColumn({ name: 'a.b' }), 'column "a.b" has a dot'],
    ['with a line break in a name', () => withColumn({ name: 'a\nb' }), 'control character'],
    ['with a name beyond Glue’s length', () => withColumn({ name: 'x'.repeat(256) }), "longer than Glue's 255"],
    ['with an empty wire name', () => withColumn({ wireName: '' }), "column 'id' has an empty wireName"],
    [
      'with two columns from one wire field',
      () =>
        record({
          columns: [
            { name: 'a', type: ColumnType.INT, wireName: 'x' },
            { name: 'x', type: ColumnType.INT },
          ],
        }),
      "trade: columns 'a' and 'x' both read the source's field 'x'; give one another wireName.",
    ],
    ['with a positive string', () => withColumn({ positive: true }), "column 'id' is string and cannot be positive"],
    ['with an unknown key', () => record({ key: ['nope'] }), "key names 'nope', which is no column; name one of: id."],
    ['with a key column named twice', () => record({ key: ['id', 'id'] }), "key names column 'id' twice"],
    [
      'with a double as key',
      () => record({ columns: [{ name: 'x', type: ColumnType.DOUBLE }], key: ['x'] }),
      "key column 'x' is a double",
    ],
    [
      'with a list as key',
      () => record({ columns: [{ name: 'x', type: ColumnType.list(ColumnType.INT) }], key: ['x'] }),
      "key column 'x' is a list",
    ],
    ['with an unknown event time', () => record({ eventTime: 'at' }), "eventTime names 'at', which is no column"],
    ['with text as event time', () => record({ eventTime: 'id' }), "eventTime column 'id' is not a timestamp"],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });
});

test('a record takes a key of several columns and an event time without zone', () => {
  const columns = [
    { name: 'venue', type: ColumnType.STRING },
    { name: 'id', type: ColumnType.decimal(10, 0) },
    { name: 'at', type: ColumnType.TIMESTAMP },
  ];
  expect(record({ columns, key: ['venue', 'id'], eventTime: 'at' })).toMatchObject({
    key: ['venue', 'id'],
    eventTime: 'at',
  });
});

describe('the conformed record', () => {
  const conformed = TRADE.conformed();

  test('has the same columns, then is_valid and validation_errors', () => {
    expect(conformed.columns.map(({ name, type }) => `${name} ${type.toString()}`)).toEqual([
      'trade_id string',
      'symbol string',
      'price decimal(18, 8)',
      'quantity decimal(18, 8)',
      'traded_at timestamptz',
      'is_valid boolean',
      'validation_errors list<string>',
    ]);
  });

  test('requires nothing', () => {
    expect(conformed.columns.filter(({ required }) => required)).toEqual([]);
  });

  test('keeps key and event time', () => {
    expect(conformed).toMatchObject({ key: ['trade_id'], eventTime: 'traded_at' });
  });

  test('cannot be conformed again', () => {
    expect(() => conformed.conformed()).toThrow("'is_valid'");
  });
});

describe('the conform spec', () => {
  test('gives wire name, type without blank, rules and event time of each column in order', () => {
    expect(TRADE.toConformSpec()).toEqual({
      fields: [
        { name: 'trade_id', wire: 'trade_id', type: 'string', required: true },
        { name: 'symbol', wire: 'symbol', type: 'string', required: true },
        { name: 'price', wire: 'price', type: 'decimal(18,8)', required: true, positive: true },
        { name: 'quantity', wire: 'quantity', type: 'decimal(18,8)', required: true, positive: true },
        { name: 'traded_at', wire: 'timestamp', type: 'timestamptz', required: true, eventTime: true },
      ],
    });
  });

  test('says that an extension is not required', () => {
    expect(withColumn({ name: 'side' }).toConformSpec()).toEqual({
      fields: [{ name: 'side', wire: 'side', type: 'string', required: false }],
    });
  });
});
