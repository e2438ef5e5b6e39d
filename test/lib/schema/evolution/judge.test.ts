import { TableState, judge } from '../../../../lib/schema/private/evolution';

const BEFORE: TableState = {
  formatVersion: 2,
  location: 's3://lake/silver/t',
  fields: [
    { id: 1, name: 'id', required: true, type: 'string' },
    { id: 2, name: 'count', required: false, type: 'int' },
  ],
  identifierFieldIds: [1],
  partitionFields: [],
  sortFields: [],
  properties: {},
  lastColumnId: 3,
  lastPartitionId: 999,
  retiredColumns: [{ id: 3, path: 'venue' }],
  retiredPartitions: [],
};

test('nothing changes: no verdict', () => {
  expect(judge(BEFORE, BEFORE)).toEqual([]);
});

test('a widening is legal, and the reverse is not', () => {
  const after = { ...BEFORE, fields: [BEFORE.fields[0]!, { ...BEFORE.fields[1]!, type: 'long' }] };
  expect(judge(BEFORE, after)).toMatchObject([{ rule: 'widen-type', subject: 'count', legal: true }]);
  expect(judge(after, BEFORE)).toMatchObject([{ rule: 'change-type', subject: 'count', legal: false }]);
});

test('a retired id stays retired', () => {
  const after = { ...BEFORE, fields: [...BEFORE.fields, { id: 3, name: 'side', required: false, type: 'string' }] };
  expect(judge(BEFORE, after)).toMatchObject([{ rule: 'reuse-column-id', subject: 'side', legal: false }]);
});
