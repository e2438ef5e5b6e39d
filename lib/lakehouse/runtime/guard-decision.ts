import { type Rename, type TableState, type Verdict, judge } from '../../schema/private/evolution';
import { type FlatColumn, flattenFields } from '../../schema/private/evolution/columns';
import { isSameType, isWidening } from '../../schema/private/evolution/types';
import { illegal } from '../../schema/private/evolution/verdict';

/** A table, or a part of it, at three moments. */
export interface Versions<T> {
  /** As the last deployment made it; undefined when there was none. */
  readonly deployed?: T;
  /** As it is, after all that its writers did since. */
  readonly current: T;
  /** As this deployment would make it. */
  readonly desired: T;
}

/** Columns with what is nested in them, by their ids. */
export type Columns = ReadonlyMap<number, FlatColumn>;

/**
 * What stands against a deployment; nothing when it may go on.
 *
 * Two questions: do the rules of Iceberg let old data be read after it, and does it undo what a writer did to columns or
 * partitions with an ALTER TABLE of its own. How files are written (table properties, write order) and what is said of a
 * column (its comment and place) is the deployment's to decide.
 *
 * @param past every column that the table ever had, as it was last
 */
export function refusalsOf(tables: Versions<TableState>, past: Columns): Verdict[] {
  const columns: Versions<Columns> = {
    deployed: tables.deployed && columnsOf(tables.deployed),
    current: columnsOf(tables.current),
    desired: columnsOf(tables.desired),
  };
  const undone = [...undoneColumns(columns, tables), ...undonePartitions(tables)];
  const told = new Set(undone.map(({ subject }) => subject));
  const after = { ...tables.desired, properties: propertiesAfter(tables) };
  const verdicts = judge(tables.current, after, {
    drops: permittedDrops(columns, tables.desired),
    renames: permittedRenames(columns),
  });
  const isOpen = (verdict: Verdict): boolean =>
    !verdict.legal && !told.has(verdict.subject) && !restoresColumn(verdict, columns, past);
  return [...undone, ...verdicts.filter(isOpen)];
}

/**
 * Whether an id that the table had before comes back for the very column that it stood for. So it is when a deployment
 * added a column, failed elsewhere and was rolled back, and is tried again: the ledger gives the column the same id, and
 * Iceberg never forgets one. A column that the last deployment still had was dropped by a writer and is another matter.
 */
function restoresColumn({ rule, subject }: Verdict, { deployed, current, desired }: Versions<Columns>, past: Columns) {
  if (rule !== 'reuse-column-id' || deployed === undefined) return false;
  const returning = [...desired.values()].filter(({ path }) => path === subject || path.startsWith(`${subject}.`));
  return returning.every((column) => {
    const before = past.get(column.id);
    return (
      !deployed.has(column.id) &&
      !current.has(column.id) &&
      before?.path === column.path &&
      (isSameType(before.type, column.type) || isWidening(before.type, column.type)) &&
      (before.required || !column.required)
    );
  });
}

/** Columns with what is nested in them, by their ids. */
export function columnsOf({ fields }: Pick<TableState, 'fields'>): Columns {
  return new Map(flattenFields(fields).map((column) => [column.id, column]));
}

/** An update sets what the template has and removes what it had; the properties that only writers set stay. */
function propertiesAfter({ deployed, current, desired }: Versions<TableState>): Record<string, string> {
  const kept = Object.entries(current.properties).filter(([name]) => deployed?.properties[name] === undefined);
  return { ...Object.fromEntries(kept), ...desired.properties };
}

/** A column that the ledger has retired: a person said `--allow-drop`. */
function permittedDrops({ current, desired }: Versions<Columns>, { retiredColumns }: TableState): string[] {
  const retired = new Map(retiredColumns.map(({ id, path }) => [id, path]));
  return [...current.values()]
    .filter(({ id, path }) => !desired.has(id) && retired.get(id) === path)
    .map(({ path }) => path);
}

/** A column that the ledger has renamed: the writers left it as the last deployment had it. */
function permittedRenames({ deployed, current, desired }: Versions<Columns>): Rename[] {
  return [...desired.values()].flatMap(({ id, name, path }) => {
    const now = current.get(id);
    const isDeclared = now !== undefined && now.name !== name && now.name === deployed?.get(id)?.name;
    return isDeclared ? [{ from: now.path, to: path }] : [];
  });
}

function undoneColumns({ deployed, current, desired }: Versions<Columns>, tables: Versions<TableState>): Verdict[] {
  const retired = new Set(tables.desired.retiredColumns.map(({ id }) => id));
  const dropped = new Set(tables.current.retiredColumns.map(({ id }) => id));
  const isOfWriters = ({ id }: FlatColumn): boolean => !desired.has(id) && !deployed?.has(id) && !retired.has(id);
  const added = [...current.values()]
    .filter((column) => isOfWriters(column) && !(column.parent && isOfWriters(column.parent)))
    .map(undoesAddedColumn);
  const lost = [...current.values()].flatMap((column) => {
    const before = deployed?.get(column.id);
    return before && before.name !== column.name && !desired.has(column.id) ? [undoesRenameByDrop(before, column)] : [];
  });
  const changed = [...desired.values()].flatMap((column) => {
    const before = deployed?.get(column.id);
    const now = current.get(column.id);
    if (now === undefined) return before && dropped.has(column.id) ? [undoesDroppedColumn(column)] : [];
    return now.name !== column.name && now.name !== before?.name ? [undoesRename(now, column)] : [];
  });
  return [...added, ...lost, ...changed];
}

function undonePartitions({ deployed, current, desired }: Versions<TableState>): Verdict[] {
  const has = (state: TableState | undefined, id: number): boolean =>
    state?.partitionFields.some(({ fieldId }) => fieldId === id) ?? false;
  const isIn = (fields: TableState['retiredPartitions'], id: number): boolean =>
    fields.some(({ fieldId }) => fieldId === id);
  const added = current.partitionFields.filter(
    ({ fieldId, transform }) =>
      transform !== 'void' &&
      !has(desired, fieldId) &&
      !has(deployed, fieldId) &&
      // What this deployment retires the ledger has taken over; what an earlier one had retired a writer brought back.
      (!isIn(desired.retiredPartitions, fieldId) || isIn(deployed?.retiredPartitions ?? [], fieldId)),
  );
  const removed = desired.partitionFields.filter(
    ({ fieldId }) => has(deployed, fieldId) && !has(current, fieldId) && isIn(current.retiredPartitions, fieldId),
  );
  return [
    ...added.map(({ name, fieldId }) =>
      illegal(
        'undo-added-partition',
        name,
        `partition field '${name}' (id ${fieldId}) was added to the table by a writer, and this deployment would remove it`,
        `${ADOPT}, or remove it with ALTER TABLE ... DROP PARTITION FIELD.`,
      ),
    ),
    ...removed.map(({ name, fieldId }) =>
      illegal(
        'undo-removed-partition',
        name,
        `partition field '${name}' (id ${fieldId}) was removed from the table by a writer, and this deployment would bring it back`,
        `take it out of partitionedBy and run 'npx data-patterns schema lock', or bring it back with ALTER TABLE ... ADD PARTITION FIELD.`,
      ),
    ),
  ];
}

const ADOPT = "take it over with 'npx data-patterns schema adopt TABLE' and declare it in code";

function undoesAddedColumn({ id, path }: FlatColumn): Verdict {
  return illegal(
    'undo-added-column',
    path,
    `column '${path}' (id ${id}) was added to the table by a writer, and this deployment would drop it`,
    `${ADOPT}, or drop it with ALTER TABLE ... DROP COLUMN.`,
  );
}

function undoesDroppedColumn({ id, path }: FlatColumn): Verdict {
  return illegal(
    'undo-dropped-column',
    path,
    `column '${path}' (id ${id}) was dropped from the table by a writer, and this deployment would bring its old values back`,
    `take it out of the code and run 'npx data-patterns schema lock --allow-drop TABLE.${path}'; a column of that name gets a new id then.`,
  );
}

/** A drop that was permitted does not reach what has another name now, be it inside a struct that goes as a whole. */
function undoesRenameByDrop(before: FlatColumn, { id, path }: FlatColumn): Verdict {
  return illegal(
    'undo-rename',
    path,
    `column '${path}' (id ${id}) was renamed by a writer (it was '${before.path}'), and this deployment would drop it`,
    `${ADOPT}, or name it back with ALTER TABLE ... RENAME COLUMN.`,
  );
}

function undoesRename(now: FlatColumn, { id, path }: FlatColumn): Verdict {
  return illegal(
    'undo-rename',
    path,
    `column id ${id} is called '${now.path}' in the table and '${path}' in this deployment, which would rename it`,
    `${ADOPT}, or name it back with ALTER TABLE ... RENAME COLUMN.`,
  );
}
