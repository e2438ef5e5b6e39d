import { EMPTY_TABLE, LedgerColumn, LedgerPartition, LedgerTable } from './ledger-file';
import { OutlineColumn, OutlinePartition, TableOutline } from './outline';

/** One way in which a declaration and its ledger entry differ. */
export interface Difference {
  /** Path of the column, or name of the partition field. */
  readonly subject: string;
  /** `append`: lock gives an id. `drop`: only with leave. `refuse`: never. */
  readonly verdict: 'append' | 'drop' | 'refuse';
  /** The rest of a sentence that begins with file and table; names the remedy. */
  readonly sentence: string;
}

/** What locking one table did, or why it may not be done. */
export interface LockResult {
  /** The entry to write; the old one when anything was refused. */
  readonly entry: LedgerTable;
  /** Paths that got an id, and partition fields as `partition <name>`. */
  readonly added: string[];
  /** Paths whose ids were retired. */
  readonly retired: string[];
  /** Sentences, each from the table's name on. */
  readonly refusals: string[];
}

const LOCK = "run 'npx data-patterns schema lock' and commit the file";

/** Compares a declaration with its ledger entry; nothing when they agree. */
export function differencesOf(outline: TableOutline, entry: LedgerTable | undefined): Difference[] {
  if (entry === undefined) {
    return [{ subject: outline.name, verdict: 'append', sentence: `has no ids yet; ${LOCK}.` }];
  }
  return [...columnDifferences(outline, entry), ...partitionDifferences(outline, entry)];
}

/**
 * Gives ids to what is new, retires what may go, refuses the rest.
 *
 * @param drops paths of columns that may be given up
 */
export function lockTable(
  outline: TableOutline,
  known: LedgerTable | undefined,
  drops: ReadonlySet<string> = new Set(),
): LockResult {
  const before = known ?? EMPTY_TABLE;
  const differences = known === undefined ? [] : differencesOf(outline, known);
  const isDropped = (path: string) => [...drops].some((drop) => path === drop || path.startsWith(`${drop}.`));
  const refusals = [
    ...differences
      .filter(({ verdict, subject }) => verdict === 'refuse' || (verdict === 'drop' && !drops.has(subject)))
      .map(({ sentence }) => sentence),
    ...dropsThatPartition(before, isDropped),
  ].map((sentence) => `${outline.name}: ${sentence}`);
  if (refusals.length > 0) {
    return { entry: before, added: [], retired: [], refusals };
  }

  const retiring = before.columns.filter((column) => isDropped(column.path));
  const columns = before.columns.filter((column) => !isDropped(column.path));
  const newColumns = appendColumns(outline, columns, before.lastColumnId);
  const allColumns = [...columns, ...newColumns];
  const newPartitions = appendPartitions(outline, before, allColumns);
  return {
    entry: {
      lastColumnId: before.lastColumnId + newColumns.length,
      lastPartitionId: before.lastPartitionId + newPartitions.length,
      columns: allColumns,
      partitions: [...before.partitions, ...newPartitions],
      retiredColumns: [...before.retiredColumns, ...retiring].sort((a, b) => a.id - b.id),
      retiredPartitions: before.retiredPartitions,
    },
    added: [...newColumns.map(({ path }) => path), ...newPartitions.map(({ name }) => `partition ${name}`)],
    retired: retiring.map(({ path }) => path),
    refusals: [],
  };
}

function columnDifferences(outline: TableOutline, entry: LedgerTable): Difference[] {
  const known = new Map(entry.columns.map((column) => [column.path, column]));
  const declared = new Set(outline.columns.map((column) => column.path));
  const differences: Difference[] = [];
  // What is nested in a column that differs itself says nothing more.
  const settled = new Set<string>();
  for (const column of entry.columns) {
    if (!declared.has(column.path)) {
      settled.add(column.path);
      if (!hasAncestorIn(column.path, settled)) {
        differences.push(missing(outline.name, column));
      }
    }
  }
  for (const column of outline.columns) {
    const before = known.get(column.path);
    const difference = before === undefined ? added(column, known) : changed(outline.name, column, before);
    if (difference !== undefined && !hasAncestorIn(column.path, settled)) {
      settled.add(column.path);
      differences.push(difference);
    }
  }
  return differences.filter(({ subject }) => !hasAncestorIn(subject, settled));
}

function hasAncestorIn(path: string, paths: ReadonlySet<string>): boolean {
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    if (paths.has(path.slice(0, dot))) {
      return true;
    }
  }
  return false;
}

function missing(table: string, column: LedgerColumn): Difference {
  return {
    subject: column.path,
    verdict: 'drop',
    sentence: `column '${column.path}' (id ${column.id}) is no longer declared, and a rename would lose its data; declare it again, or give it up for good with 'npx data-patterns schema lock --allow-drop ${table}.${column.path}'.`,
  };
}

function added(column: OutlineColumn, known: ReadonlyMap<string, LedgerColumn>): Difference | undefined {
  const parent = column.path.slice(0, Math.max(column.path.lastIndexOf('.'), 0));
  if (column.required && (parent === '' || known.has(parent))) {
    return {
      subject: column.path,
      verdict: 'refuse',
      sentence: `column '${column.path}' is new and required, but rows written before have no value for it; declare it without 'required'.`,
    };
  }
  return { subject: column.path, verdict: 'append', sentence: `column '${column.path}' has no id yet; ${LOCK}.` };
}

function changed(table: string, column: OutlineColumn, before: LedgerColumn): Difference | undefined {
  if (column.type !== before.type) {
    return {
      subject: column.path,
      verdict: 'drop',
      sentence: `column '${column.path}' is ${before.type} in the ledger and ${column.type} in code; put the type back and add a new column instead, or give up the old values for good with 'npx data-patterns schema lock --allow-drop ${table}.${column.path}'.`,
    };
  }
  if (column.required !== before.required) {
    const [now, then] = column.required ? ['required', 'optional'] : ['optional', 'required'];
    return {
      subject: column.path,
      verdict: 'refuse',
      sentence: `column '${column.path}' is ${then} in the ledger and ${now} in code; put 'required' back to ${before.required}.`,
    };
  }
  return undefined;
}

function partitionDifferences(outline: TableOutline, entry: LedgerTable): Difference[] {
  const known = new Map(entry.partitions.map((partition) => [partition.name, partition]));
  const declared = new Set(outline.partitions.map((partition) => partition.name));
  const missingPartitions = entry.partitions
    .filter(({ name }) => !declared.has(name))
    .map(({ name, id, transform }): Difference => ({
      subject: name,
      verdict: 'refuse',
      sentence: `partition field '${name}' (id ${id}, ${transform}) is no longer declared, and data files are laid out by it; declare it again.`,
    }));
  const others = outline.partitions.flatMap((partition) => {
    const before = known.get(partition.name);
    return before === undefined ? [newPartition(partition)] : changedPartition(partition, before);
  });
  return [...missingPartitions, ...others];
}

function newPartition({ name }: OutlinePartition): Difference {
  return { subject: name, verdict: 'append', sentence: `partition field '${name}' has no id yet; ${LOCK}.` };
}

function changedPartition({ name, transform }: OutlinePartition, before: LedgerPartition): Difference[] {
  if (transform === before.transform) {
    return [];
  }
  return [
    {
      subject: name,
      verdict: 'refuse',
      sentence: `partition field '${name}' is ${before.transform} in the ledger and ${transform} in code; put ${before.transform} back.`,
    },
  ];
}

function dropsThatPartition(entry: LedgerTable, isDropped: (path: string) => boolean): string[] {
  const paths = new Map(entry.columns.map((column) => [column.id, column.path]));
  return entry.partitions
    .map(({ name, source }) => ({ name, path: paths.get(source) ?? '' }))
    .filter(({ path }) => isDropped(path))
    .map(
      ({ name, path }) =>
        `column '${path}' cannot be dropped, because partition field '${name}' is computed from it and Iceberg would no longer open the table; declare it again.`,
    );
}

function appendColumns(outline: TableOutline, known: LedgerColumn[], lastId: number): LedgerColumn[] {
  const paths = new Set(known.map((column) => column.path));
  return outline.columns
    .filter((column) => !paths.has(column.path))
    .map(({ path, type, required }, index) => ({ id: lastId + 1 + index, path, type, required }));
}

function appendPartitions(outline: TableOutline, before: LedgerTable, columns: LedgerColumn[]): LedgerPartition[] {
  const names = new Set(before.partitions.map((partition) => partition.name));
  const ids = new Map(columns.map((column) => [column.path, column.id]));
  return outline.partitions
    .filter((partition) => !names.has(partition.name))
    .map(({ name, transform, source }, index) => ({
      id: before.lastPartitionId + 1 + index,
      name,
      transform,
      source: idOf(ids, source),
    }));
}

/** The id of a path that is known to have one. */
export function idOf(ids: ReadonlyMap<string, number>, path: string): number {
  const id = ids.get(path);
  if (id === undefined) {
    throw new Error(`no id for '${path}'`);
  }
  return id;
}
