// What proof.e2e.test.ts has found in the rules, kept as one case each: Iceberg refuses every one of these tables.
import { TableField, TableState, judge } from '../../../../lib/schema/private/evolution';

const column = (id: number, name: string, type: TableField['type'] = 'timestamp'): TableField => ({
  id,
  name,
  required: false,
  type,
});

const BEFORE: TableState = {
  formatVersion: 2,
  fields: [column(1, 'a'), column(2, 'b'), column(3, 's', { type: 'struct', fields: [column(4, 'x')] })],
  identifierFieldIds: [],
  partitionFields: [{ fieldId: 1000, sourceId: 1, name: 'a', transform: 'identity' }],
  sortFields: [],
  properties: {},
  lastColumnId: 4,
  lastPartitionId: 1001,
  retiredColumns: [],
  retiredPartitions: [{ fieldId: 1001, sourceId: 2, name: 'b', transform: 'identity' }],
};

const refusedRules = (after: TableState, renames: { from: string; to: string }[] = []) =>
  judge(BEFORE, after, { drops: [], renames })
    .filter((verdict) => !verdict.legal)
    .map((verdict) => verdict.rule);

test('two columns of one name are refused, also when only the case differs', () => {
  const twin = (name: string) => refusedRules({ ...BEFORE, fields: [...BEFORE.fields, column(5, name)] });
  expect(twin('s')).toEqual(['duplicate-column-name']);
  expect(twin('S')).toEqual(['duplicate-column-name']);
  expect(twin('x')).toEqual([]);
});

test('one column partitioned twice in the same way is refused, whatever the names', () => {
  const partitioned = (transform: string) =>
    refusedRules({
      ...BEFORE,
      partitionFields: [...BEFORE.partitionFields, { fieldId: 1002, sourceId: 1, name: 'again', transform }],
    });
  expect(partitioned('identity')).toEqual(['redundant-partition']);
  expect(partitioned('day')).toEqual([]);
});

test('a partition field that is replaced by its equal keeps its id', () => {
  const replaced = (transform: string) =>
    refusedRules({ ...BEFORE, partitionFields: [{ fieldId: 1002, sourceId: 1, name: 'a', transform }] });
  expect(replaced('identity')).toContain('restore-partition-field');
  expect(replaced('day')).not.toContain('restore-partition-field');
});

test('a partition field that is replaced by its equal under another name keeps its id, too', () => {
  const replaced = (fieldId: number) =>
    refusedRules({ ...BEFORE, partitionFields: [{ fieldId, sourceId: 1, name: 'again', transform: 'identity' }] });
  expect(replaced(1002)).toEqual(['restore-partition-field']);
  expect(replaced(1000)).toEqual([]);
});

test('a partition field may not have the path of a nested column', () => {
  const named = (name: string) =>
    refusedRules({
      ...BEFORE,
      partitionFields: [...BEFORE.partitionFields, { fieldId: 1002, sourceId: 2, name, transform: 'day' }],
    });
  expect(named('s.x')).toEqual(['partition-name']);
  expect(named('s.y')).toEqual([]);
});

test('no other column takes the name of a partition field of the past', () => {
  const [a, , s] = BEFORE.fields as [TableField, TableField, TableField];
  const renamed = { ...BEFORE, fields: [a, column(2, 'c'), s] };
  expect(refusedRules(renamed, [{ from: 'b', to: 'c' }])).toEqual([]);
  expect(refusedRules({ ...renamed, fields: [...renamed.fields, column(5, 'b')] }, [{ from: 'b', to: 'c' }])).toEqual([
    'former-partition-name',
  ]);
});
