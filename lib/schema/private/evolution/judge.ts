import { judgeColumns } from './column-rules';
import { FlatColumn, FlatTable, flatten } from './columns';
import { identifierFaults, judgeIdentifiers } from './identifier-rules';
import { judgePartitions, partitionFaults } from './partition-rules';
import { judgeSortOrder, sortFaults } from './sort-rules';
import { judgeTable } from './table-rules';
import type { TableState } from './table-state';
import { NO_PERMISSIONS, Permissions, Verdict } from './verdict';

/**
 * Judges the change of one table by Iceberg's specification: one verdict for everything that differs, legal or not;
 * none when nothing does.
 *
 * @param before the table as it is, with its past
 * @param after the table as it is to be; its own past is not read
 * @see https://iceberg.apache.org/spec/
 */
export function judge(before: TableState, after: TableState, permissions: Permissions = NO_PERMISSIONS): Verdict[] {
  return judgeFlat(flatten(before), flatten(after), permissions);
}

/** The same for columns that are flat already. */
export function judgeFlat(before: FlatTable, after: FlatTable, permissions: Permissions): Verdict[] {
  const columns = columnsById(after);
  const verdicts = [
    ...judgeTable(before, after),
    ...judgeColumns(before, after, permissions),
    ...judgeIdentifiers(before.identifierFieldIds, after.identifierFieldIds, columns),
    ...judgePartitions(before, after, columns),
    ...judgeSortOrder(before, after, columns),
  ];
  const stuck = new Set(verdicts.filter(({ rule }) => CANNOT_GO.has(rule)).map(({ subject }) => subject));
  return verdicts.filter(({ rule, legal, subject }) => legal || rule !== 'drop-column' || !stuck.has(subject));
}

/** Beside these, the remedy of a drop that nobody has permitted (permit it) would lead nowhere. */
const CANNOT_GO = new Set(['drop-partition-source', 'drop-identifier-field']);

/** What makes a table impossible by itself, whatever was before: illegal verdicts only. */
export function faultsOf(table: FlatTable): Verdict[] {
  const columns = columnsById(table);
  return [
    ...identifierFaults(table.identifierFieldIds, columns),
    ...partitionFaults(table, columns),
    ...sortFaults(table, columns),
  ];
}

function columnsById({ columns }: FlatTable): Map<number, FlatColumn> {
  return new Map(columns.map((column) => [column.id, column]));
}
