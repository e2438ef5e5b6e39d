import { SchemaError } from './errors';
import { FlatColumn, flattenFields } from './evolution/columns';
import type { PartitionFieldState, TableState } from './evolution/table-state';
import { EMPTY_TABLE, LedgerColumn, LedgerPartition, LedgerTable } from './ledger-entry';

/**
 * The entry of a table that exists already: the ids that its data files know, and all that it ever gave up.
 *
 * What the ledger knows of the table beyond that stays: retired ids, and ids that are higher than any of the table's,
 * which another deployment may have.
 *
 * @throws SchemaError when code cannot declare the table
 */
export function adoptTable(state: TableState, known: LedgerTable = EMPTY_TABLE): LedgerTable {
  const flat = flattenFields(state.fields);
  flat.forEach(checkDeclarable);
  const retiredIds = new Set(known.retiredColumns.map(({ id }) => id));
  const live = flat.filter(({ id }) => !retiredIds.has(id)).map(ledgerColumn);
  const columns = byId([...live, ...known.columns.filter(({ id }) => id > state.lastColumnId)]);
  const fields = state.partitionFields.filter(({ transform }) => transform !== 'void').map(ledgerPartition);
  const partitions = byId([...fields, ...known.partitions.filter(({ id }) => id > state.lastPartitionId)]);
  return {
    ...(known.stack === undefined ? {} : { stack: known.stack }),
    formatVersion: state.formatVersion,
    lastColumnId: Math.max(state.lastColumnId, known.lastColumnId),
    lastPartitionId: Math.max(state.lastPartitionId, known.lastPartitionId),
    columns,
    identifierFields: [...state.identifierFieldIds].sort((a, b) => a - b),
    partitions,
    retiredColumns: retired(columns, [
      ...known.retiredColumns,
      ...known.columns,
      // A column of the past that no schema says the type of is known by its id and path alone.
      ...state.retiredColumns.map(({ id, path }) => ({ id, path, type: 'unknown', required: false })),
    ]),
    retiredPartitions: retired(partitions, [
      ...known.retiredPartitions,
      ...known.partitions,
      ...state.retiredPartitions.map(ledgerPartition),
    ]),
  };
}

/** Types that a column of a `RecordSchema` can have. */
const DECLARABLE =
  /^(boolean|int|long|float|double|decimal\(.*\)|date|time|timestamp|timestamptz|string|uuid|fixed\[\d+\]|binary|list|map|struct)$/;

function checkDeclarable({ path, name, type }: FlatColumn): void {
  if (name.includes('.') || name !== name.trim() || name === '') {
    throw new SchemaError(
      `column ${JSON.stringify(path)} has a name that no RecordSchema can have; rename it with ALTER TABLE ... RENAME COLUMN first.`,
    );
  }
  if (!DECLARABLE.test(type)) {
    throw new SchemaError(
      `column '${path}' has type ${type}, which no RecordSchema can have; leave the table out of the ledger.`,
    );
  }
}

function ledgerColumn({ id, path, type, required }: FlatColumn): LedgerColumn {
  return { id, path, type: type.replace(/^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/, 'decimal($1, $2)'), required };
}

function ledgerPartition({ fieldId, name, transform, sourceId }: PartitionFieldState): LedgerPartition {
  return { id: fieldId, name, transform, source: sourceId };
}

/** What is not live, once for each id; the first to say something of an id is heard. */
function retired<T extends { readonly id: number }>(live: readonly T[], candidates: readonly T[]): T[] {
  const ids = new Set(live.map(({ id }) => id));
  return byId(candidates.filter(({ id }) => !ids.has(id) && ids.add(id)));
}

function byId<T extends { readonly id: number }>(items: readonly T[]): T[] {
  return [...items].sort((a, b) => a.id - b.id);
}
