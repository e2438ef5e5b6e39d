import { parseCreateTables } from './ddl';

describe('parseCreateTables', () => {
  test('reads names, types, nullability and partitions whatever the layout', () => {
    const script = [
      '-- two tables; the first',
      "CREATE TABLE a.b (`id` string NOT NULL COMMENT 'it\\'s -- the id; ((first', n DECIMAL( 18 ,8),",
      '  l ARRAY<STRUCT<x: INT, y: INT>>) USING Iceberg PARTITIONED BY (days(t), bucket(16, id));',
      'create table c (x INT) using iceberg',
    ].join('\n');
    expect(parseCreateTables(script)).toEqual([
      {
        table: 'a.b',
        columns: [
          { name: 'id', type: 'STRING', nullable: false },
          { name: 'n', type: 'DECIMAL(18,8)', nullable: true },
          { name: 'l', type: 'ARRAY<STRUCT<X:INT,Y:INT>>', nullable: true },
        ],
        format: 'iceberg',
        partitions: ['days(t)', 'bucket(16,id)'],
      },
      { table: 'c', columns: [{ name: 'x', type: 'INT', nullable: true }], format: 'iceberg', partitions: [] },
    ]);
  });

  test.each([
    'DROP TABLE a',
    'CREATE TABLE a (x INT',
    'CREATE TABLE a (x INT) LOCATION 1',
    'CREATE TABLE a (x) USING iceberg',
  ])('refuses %s', (statement) => {
    expect(() => parseCreateTables(statement)).toThrow();
  });
});
