import { tableStateFromMetadata } from '../../../../lib/schema/private/evolution';

const schema = (id: number, ...fields: object[]) => ({ type: 'struct', 'schema-id': id, fields });
const field = (id: number, name: string) => ({ id, name, required: false, type: 'int' });
const spec = (id: number, ...fields: object[]) => ({ 'spec-id': id, fields });
const partition = (id: number, name: string, transform = 'identity') => ({
  'source-id': 1,
  'field-id': id,
  name,
  transform,
});

const METADATA = {
  'format-version': 2,
  location: 's3://lake/t',
  'last-column-id': 4,
  schemas: [schema(0, field(1, 'a'), field(2, 'b')), schema(1, field(1, 'a'), field(2, 'c')), schema(2, field(1, 'a'))],
  'current-schema-id': 2,
  'partition-specs': [spec(0, partition(1000, 'a')), spec(1, partition(1001, 'a_bucket', 'bucket[2]'))],
  'default-spec-id': 1,
  'last-partition-id': 1001,
  'sort-orders': [
    { 'order-id': 0, fields: [] },
    {
      'order-id': 1,
      fields: [{ 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }],
    },
  ],
  'default-sort-order-id': 1,
  properties: { 'write.format.default': 'parquet' },
};

test('the current schema, spec, order and properties are the state', () => {
  expect(tableStateFromMetadata(METADATA)).toMatchObject({
    formatVersion: 2,
    location: 's3://lake/t',
    fields: [{ id: 1, name: 'a' }],
    partitionFields: [{ fieldId: 1001, sourceId: 1, name: 'a_bucket', transform: 'bucket[2]' }],
    sortFields: [{ sourceId: 1, transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }],
    properties: { 'write.format.default': 'parquet' },
    lastColumnId: 4,
    lastPartitionId: 1001,
  });
});

test('what older schemas and specs had is retired, under its latest name', () => {
  expect(tableStateFromMetadata(METADATA)).toMatchObject({
    retiredColumns: [{ id: 2, path: 'c' }],
    retiredPartitions: [{ fieldId: 1000, name: 'a' }],
  });
});

test('an id above the highest that the file names counts all the same', () => {
  expect(tableStateFromMetadata({ ...METADATA, 'last-column-id': 1, 'last-partition-id': 999 })).toMatchObject({
    lastColumnId: 2,
    lastPartitionId: 1001,
  });
});

test('format version 1 has one schema, partition fields without ids, and void in the place of a removed one', () => {
  const sourceless = { 'source-id': 1, name: 'a_trunc', transform: 'truncate[2]' };
  const state = tableStateFromMetadata({
    'format-version': 1,
    location: 's3://lake/t',
    'last-column-id': 1,
    schema: { type: 'struct', fields: [field(1, 'a')] },
    'partition-spec': [{ 'source-id': 1, name: 'a', transform: 'void' }, sourceless],
  });
  expect(state).toMatchObject({
    formatVersion: 1,
    partitionFields: [
      { fieldId: 1000, transform: 'void' },
      { fieldId: 1001, name: 'a_trunc' },
    ],
    lastPartitionId: 1001,
    sortFields: [],
  });
});
