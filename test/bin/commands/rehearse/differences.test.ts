import { environmentDifferences } from '../../../../bin/commands/rehearse/differences';

const athena = (trinoVersion?: string) =>
  environmentDifferences({}, trinoVersion).find(({ what }) => what === 'Amazon Athena')?.here;

test('DuckDB stands for Athena', () => {
  expect(athena()).toBe('DuckDB reads the same tables');
});

test('Trino is named with its version when it took part', () => {
  expect(athena('476')).toBe('DuckDB and Trino 476 read the same tables');
});
