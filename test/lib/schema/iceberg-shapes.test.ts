import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ColumnType, RecordSchema, SchemaLedger } from '../../../lib/schema';
import { toGlueTypeString } from '../../../lib/schema/private/iceberg';
import { renderedShapes } from './iceberg-shapes';
import { EVERYTHING, SILVER, TRADE } from './tables';

const FIXTURE = join(__dirname, 'fixtures', 'iceberg-shapes.json');

// After an intended change: UPDATE_FIXTURES=1 writes it anew; then run prettier and test_iceberg_accepts.py.
test('the shapes that Iceberg is shown are those of this code', () => {
  if (process.env.UPDATE_FIXTURES) {
    writeFileSync(FIXTURE, renderedShapes());
  }
  expect(JSON.parse(readFileSync(FIXTURE, 'utf8'))).toEqual(JSON.parse(renderedShapes()));
});

test('a type text is what Glue stores: the space in a decimal, JSON in a string for a list', () => {
  const { fields } = SchemaLedger.provisional(SILVER).schema;
  expect(fields.map(({ type }) => toGlueTypeString(type))).toEqual([
    'string',
    'string',
    'decimal(18, 8)',
    'decimal(18, 8)',
    'timestamptz',
    'boolean',
    '{"type":"list","element-id":8,"element-required":false,"element":"string"}',
  ]);
});

test('a first lock counts columns, then what is nested in them, then partition fields from 1000', () => {
  const shape = SchemaLedger.provisional(SILVER);
  expect(shape.schema.fields.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(shape.partitionSpec).toEqual([{ name: 'traded_at_day', transform: 'day', sourceId: 5, fieldId: 1000 }]);
  expect(shape).toMatchObject({ lastColumnId: 8, lastPartitionId: 1000, sortOrder: [] });
});

test('a table without partitions has given no partition id', () => {
  const schema = new RecordSchema({ name: 't', columns: [{ name: 'x', type: ColumnType.INT }] });
  expect(SchemaLedger.provisional({ name: 'silver.t', schema })).toMatchObject({
    partitionSpec: [],
    lastPartitionId: 999,
  });
});

test('a transform finds its source inside a struct', () => {
  const { schema, partitionSpec } = SchemaLedger.provisional(EVERYTHING);
  const struct = schema.fields.find(({ name }) => name === 'st')?.type;
  const inner = struct.fields[0].type.fields[0];
  expect(inner.name).toBe('at');
  expect(partitionSpec.find(({ name }) => name === 'st.inner.at_hour')?.sourceId).toBe(inner.id);
});

test('required key columns identify rows', () => {
  const { identifierFieldIds } = SchemaLedger.provisional({ name: 'silver.raw', schema: TRADE });
  expect(identifierFieldIds).toEqual([1]);
});

test('an optional key column identifies none, because Iceberg refuses it', () => {
  expect(SchemaLedger.provisional(SILVER).identifierFieldIds).toEqual([]);
});

test('a sort order follows its direction with nulls where Iceberg has them', () => {
  expect(SchemaLedger.provisional(EVERYTHING).sortOrder).toEqual([
    { sourceId: 11, transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' },
    { sourceId: 6, transform: 'identity', direction: 'desc', nullOrder: 'nulls-last' },
  ]);
});
