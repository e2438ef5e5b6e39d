import { ColumnHistory, judgeColumns } from './column-rules';
import { flattenFields } from './columns';
import { judgeIdentifiers } from './identifier-rules';
import { judgePartitions } from './partition-rules';
import { judgeSortOrder } from './sort-rules';
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
  const history = columnHistory(after);
  const columns = new Map(history.columns.map((column) => [column.id, column]));
  return [
    ...judgeTable(before, after),
    ...judgeColumns(columnHistory(before), history, permissions),
    ...judgeIdentifiers(before.identifierFieldIds, after.identifierFieldIds, columns),
    ...judgePartitions(before, after, columns),
    ...judgeSortOrder(before, after, columns),
  ];
}

function columnHistory(state: TableState): ColumnHistory {
  return {
    columns: flattenFields(state.fields),
    formatVersion: state.formatVersion,
    lastColumnId: state.lastColumnId,
    retired: state.retiredColumns,
    identifierIds: new Set(state.identifierFieldIds),
  };
}
