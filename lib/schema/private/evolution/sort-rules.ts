import type { FlatColumn, FlatTable } from './columns';
import type { SortFieldState } from './table-state';
import { transformFault } from './transforms';
import { Verdict, illegal, legal } from './verdict';

/** The write order binds only what is written next, so that any possible one is legal: https://iceberg.apache.org/spec/#sorting */
export function judgeSortOrder(
  before: FlatTable,
  after: FlatTable,
  columns: ReadonlyMap<number, FlatColumn>,
): Verdict[] {
  const faults = sortFaults(after, columns);
  if (faults.length > 0 || sameOrder(before.sortFields, after.sortFields)) {
    return faults;
  }
  return [legal('sort-order', 'sort-order', 'rows are written in another order; files of the past stay as they are')];
}

/** What makes a write order impossible, whatever was before. */
export function sortFaults(state: FlatTable, columns: ReadonlyMap<number, FlatColumn>): Verdict[] {
  const seen = new Set<string>();
  return state.sortFields.flatMap(({ sourceId, transform }): Verdict[] => {
    const source = columns.get(sourceId);
    if (source === undefined) {
      return [
        illegal(
          'drop-sort-source',
          'sort-order',
          `rows are sorted by column id ${sourceId}, which is no column`,
          'declare the column again, or take it out of the write order first.',
        ),
      ];
    }
    const key = `${sourceId} ${transform}`;
    if (seen.has(key)) {
      return [illegal('sort-order', source.path, `sortedBy names column '${source.path}' twice`, 'name it once.')];
    }
    seen.add(key);
    const fault = transformFault('sortedBy', transform, source);
    return fault === undefined ? [] : [illegal('sort-order', source.path, fault.message, fault.remedy)];
  });
}

function sameOrder(before: readonly SortFieldState[], after: readonly SortFieldState[]): boolean {
  const text = (fields: readonly SortFieldState[]) =>
    fields.map((field) => [field.sourceId, field.transform, field.direction, field.nullOrder].join(' ')).join();
  return text(before) === text(after);
}
