import { LedgerError } from './errors';
import { FIRST_PARTITION_ID } from './evolution/table-state';
import { lineAt } from './json-line';
import type { LedgerColumn, LedgerPartition, LedgerTable } from './ledger-entry';
import { integrityOf } from './ledger-text';

export const RESTORE = "restore it from version control, then run 'npx data-patterns schema lock'.";
/** After a merge, and for whatever looks like one. */
export const TAKE_ONE_SIDE =
  "take the file of the branch that was deployed, whole (git checkout --ours or --theirs), then run 'npx data-patterns schema lock', which gives the other branch's columns new ids.";

/** Where in a file a table stands, so that a message can give the line. */
export class LedgerPlace {
  public constructor(
    private readonly text: string,
    private readonly file: string,
    public readonly table: string,
  ) {}

  /** An error with the line of the last item that has this id, or else of the table. */
  public error(what: string, id?: number): LedgerError {
    return new LedgerError(`${this.file}${this.lineOf(id)}: ${this.table}: ${what}`);
  }

  private lineOf(id: number | undefined): string {
    const start = this.text.indexOf(`${JSON.stringify(this.table)}:`);
    if (start < 0) {
      return '';
    }
    const end = this.text.indexOf('\n    }', start);
    const entry = this.text.slice(start, end < 0 ? undefined : end);
    const last = [...entry.matchAll(new RegExp(`"id":\\s*${id}\\b`, 'g'))].pop();
    return `:${lineAt(this.text, start + (last?.index ?? 0))}`;
  }
}

/** Checks one table of a ledger: its form, that no id or name stands there twice, and that nobody edited it by hand. */
export function checkedTable(value: unknown, place: LedgerPlace): LedgerTable {
  if (!isObject(value)) {
    throw place.error(`is not an object; ${RESTORE}`);
  }
  const columns = (member: string) => listOf(value[member], member, place).map((item) => checkedColumn(item, place));
  const partitions = (member: string) =>
    listOf(value[member], member, place).map((item) => checkedPartition(item, place));
  const table: LedgerTable = {
    ...(value.stack === undefined ? {} : { stack: wholeNumber(value.stack, 'stack', 1, place) }),
    formatVersion: wholeNumber(value.formatVersion, 'formatVersion', 1, place),
    lastColumnId: wholeNumber(value.lastColumnId, 'lastColumnId', 0, place),
    lastPartitionId: wholeNumber(value.lastPartitionId, 'lastPartitionId', FIRST_PARTITION_ID - 1, place),
    columns: columns('columns'),
    identifierFields: checkedIdentifiers(value.identifierFields, place),
    partitions: partitions('partitions'),
    retiredColumns: columns('retiredColumns'),
    retiredPartitions: partitions('retiredPartitions'),
  };
  checkIds('column', [...table.columns, ...table.retiredColumns], table.lastColumnId, 'lastColumnId', place);
  checkIds(
    'partition field',
    [...table.partitions, ...table.retiredPartitions].map(({ id, name }) => ({ id, path: name })),
    table.lastPartitionId,
    'lastPartitionId',
    place,
  );
  checkPaths(table.columns, place);
  checkSources(table, place);
  checkIntegrity(value.integrity, table, place);
  return table;
}

function checkedIdentifiers(value: unknown, place: LedgerPlace): number[] {
  return listOf(value, 'identifierFields', place).map((id) => wholeNumber(id, 'an id in "identifierFields"', 1, place));
}

function checkedColumn(value: unknown, place: LedgerPlace): LedgerColumn {
  if (!isObject(value) || typeof value.path !== 'string' || value.path === '' || typeof value.type !== 'string') {
    throw place.error(`a column lacks its "path" or "type"; ${RESTORE}`);
  }
  const id = wholeNumber(value.id, `the id of column '${value.path}'`, 1, place);
  if (value.required !== undefined && typeof value.required !== 'boolean') {
    throw place.error(`column '${value.path}': "required" is neither true nor false; ${RESTORE}`, id);
  }
  return { id, path: value.path, type: value.type, required: value.required ?? false };
}

function checkedPartition(value: unknown, place: LedgerPlace): LedgerPartition {
  if (!isObject(value) || typeof value.name !== 'string' || typeof value.transform !== 'string') {
    throw place.error(`a partition field lacks its "name" or "transform"; ${RESTORE}`);
  }
  const id = wholeNumber(value.id, `the id of partition field '${value.name}'`, FIRST_PARTITION_ID, place);
  const source = wholeNumber(value.source, `the source of partition field '${value.name}'`, 1, place);
  return { id, name: value.name, transform: value.transform, source };
}

function checkIds(
  what: string,
  items: readonly { readonly id: number; readonly path: string }[],
  last: number,
  lastName: string,
  place: LedgerPlace,
): void {
  const owners = new Map<number, string>();
  for (const { id, path } of items) {
    const owner = owners.get(id);
    if (owner !== undefined) {
      throw place.error(
        `${what}s '${owner}' and '${path}' both have id ${id}, so that one would show the other's data; ${TAKE_ONE_SIDE}`,
        id,
      );
    }
    owners.set(id, path);
    if (id > last) {
      throw place.error(`${what} '${path}' has id ${id} above "${lastName}" ${last}; ${RESTORE}`, id);
    }
  }
}

function checkPaths(columns: readonly LedgerColumn[], place: LedgerPlace): void {
  const paths = new Set<string>();
  for (const { id, path } of columns) {
    if (paths.has(path)) {
      throw place.error(`column '${path}' stands there twice; ${TAKE_ONE_SIDE}`, id);
    }
    paths.add(path);
  }
}

function checkSources(table: LedgerTable, place: LedgerPlace): void {
  const live = new Set(table.columns.map((column) => column.id));
  const names = new Set<string>();
  for (const partition of table.partitions) {
    if (!live.has(partition.source)) {
      throw place.error(
        `partition field '${partition.name}' reads column id ${partition.source}, which is no column; ${TAKE_ONE_SIDE}`,
        partition.id,
      );
    }
    if (names.has(partition.name)) {
      throw place.error(`partition field '${partition.name}' stands there twice; ${TAKE_ONE_SIDE}`, partition.id);
    }
    names.add(partition.name);
  }
}

/** The last check, for those before it say more. */
function checkIntegrity(integrity: unknown, table: LedgerTable, place: LedgerPlace): void {
  if (integrity !== integrityOf(place.table, table)) {
    throw place.error(
      `was changed by hand, or merged out of two, since 'schema lock' wrote it, so that an id may have come back to life; ${TAKE_ONE_SIDE}`,
    );
  }
}

function wholeNumber(value: unknown, what: string, least: number, place: LedgerPlace): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > 0x7fffffff) {
    throw place.error(`${what} is ${JSON.stringify(value)}, not a whole number of at least ${least}; ${RESTORE}`);
  }
  return value;
}

function listOf(value: unknown, what: string, place: LedgerPlace): unknown[] {
  if (!Array.isArray(value)) {
    throw place.error(`"${what}" is not a list; ${RESTORE}`);
  }
  return value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
