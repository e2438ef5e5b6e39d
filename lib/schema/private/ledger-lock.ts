import { isDeepStrictEqual } from 'util';
import { FlatTable, flatColumnsOf } from './evolution/columns';
import { judgeFlat } from './evolution/judge';
import type { Rename, Verdict } from './evolution/verdict';
import { EMPTY_TABLE, LedgerColumn, LedgerPartition, LedgerTable } from './ledger-entry';
import { OutlineColumn, OutlinePartition, TableOutline } from './outline';

/** What locking one table would do. */
export interface LockResult {
  /** The entry that the declaration asks for; to be written only if no verdict is illegal. */
  readonly entry: LedgerTable;
  /** What changes against the ledger; empty for a table that is new in it. */
  readonly verdicts: Verdict[];
}

/** Something that stands between a declaration and its ledger entry. */
export interface Finding {
  readonly rule: string;
  /** Path of the column, name of the partition field, or the table. */
  readonly subject: string;
  /** The rest of a sentence that begins with the table's name. */
  readonly message: string;
  readonly remedy: string;
}

const LOCK = "run 'npx data-patterns schema lock' and commit the file.";

/**
 * Gives ids to what is new and retires what is gone, then judges the change.
 *
 * @param drops paths, in the ledger, of columns that may be given up
 */
export function lockTable(outline: TableOutline, known?: LedgerTable, drops: readonly string[] = []): LockResult {
  const before = known ?? EMPTY_TABLE;
  const matches = matchColumns(outline.columns, before.columns, new Set(drops));
  const columns = lockColumns(outline.columns, before, matches);
  const ids = new Map(columns.map(({ path, id }) => [path, id]));
  const entry: LedgerTable = {
    ...(before.stack === undefined ? {} : { stack: before.stack }),
    formatVersion: outline.formatVersion,
    lastColumnId: columns.reduce((last, { id }) => Math.max(last, id), before.lastColumnId),
    columns: columns.sort((a, b) => a.id - b.id),
    identifierFields: outline.identifierFields.map((path) => idOf(ids, path)).sort((a, b) => a - b),
    retiredColumns: retire(before.columns, columns, before.retiredColumns),
    ...lockPartitions(outline.partitions, before, ids),
  };
  if (known === undefined || isDeepStrictEqual(known, entry)) {
    return { entry, verdicts: [] };
  }
  const renames = renamesIn(matches);
  return { entry, verdicts: judgeFlat(flatTableOf(known), flatTableOf(entry), { drops, renames }) };
}

/**
 * Why a declaration and its ledger entry do not agree; nothing when they do.
 *
 * @param result of locking without leave to drop anything; undefined for a table that is not in the ledger
 */
export function findingsOf(table: string, result: LockResult | undefined): Finding[] {
  if (result === undefined) {
    return [{ rule: 'not-locked', subject: table, message: 'has no ids yet', remedy: LOCK }];
  }
  const refusals = refusalsIn(table, result.verdicts);
  return refusals.length > 0 ? refusals : result.verdicts.map((verdict) => ({ ...findingOf(verdict), remedy: LOCK }));
}

/** The illegal ones among the verdicts, with the table's name in their remedies. */
export function refusalsIn(table: string, verdicts: readonly Verdict[]): Finding[] {
  return verdicts
    .filter((verdict) => !verdict.legal)
    .map((verdict) => ({ ...findingOf(verdict), remedy: verdict.remedy.replace('TABLE.', `${table}.`) }));
}

/** The finding in one line, from the table's name on. */
export function sentenceOf(table: string, { rule, message, remedy }: Finding): string {
  return `${table}: ${message}; ${remedy} [${rule}]`;
}

function findingOf({ rule, subject, message, remedy }: Verdict): Finding {
  return { rule, subject, message, remedy };
}

/** The rules' view of an entry; what the ledger does not keep is left empty, and so never judged. */
function flatTableOf(entry: LedgerTable): FlatTable {
  return {
    formatVersion: entry.formatVersion,
    columns: flatColumnsOf(entry.columns),
    identifierFieldIds: entry.identifierFields,
    partitionFields: entry.partitions.map(partitionState),
    sortFields: [],
    properties: {},
    lastColumnId: entry.lastColumnId,
    lastPartitionId: entry.lastPartitionId,
    retiredColumns: entry.retiredColumns,
    retiredPartitions: entry.retiredPartitions.map(partitionState),
  };
}

function partitionState({ id, name, transform, source }: LedgerPartition) {
  return { fieldId: id, name, transform, sourceId: source };
}

/** Declared paths, each with the column of the ledger that it is. */
type Matches = ReadonlyMap<string, LedgerColumn>;

/** A column is the one of its own name, or else of a name that it had before, in what its parent is. */
function matchColumns(
  declared: readonly OutlineColumn[],
  known: readonly LedgerColumn[],
  drops: ReadonlySet<string>,
): Matches {
  const live = new Map(known.filter(({ path }) => !drops.has(path)).map((column) => [column.path, column]));
  const matches = new Map<string, LedgerColumn>();
  for (const { path, renamedFrom = [] } of declared) {
    const dot = path.lastIndexOf('.');
    const parent = dot < 0 ? undefined : matches.get(path.slice(0, dot));
    if (dot >= 0 && parent === undefined) {
      continue;
    }
    const prefix = parent === undefined ? '' : `${parent.path}.`;
    const names = [path.slice(dot + 1), ...renamedFrom];
    const match = names.map((name) => live.get(prefix + name)).find((column) => column !== undefined);
    if (match !== undefined) {
      matches.set(path, match);
    }
  }
  return matches;
}

function renamesIn(matches: Matches): Rename[] {
  return [...matches].filter(([path, column]) => path !== column.path).map(([to, { path: from }]) => ({ from, to }));
}

function lockColumns(declared: readonly OutlineColumn[], before: LedgerTable, matches: Matches): LedgerColumn[] {
  let next = before.lastColumnId + 1;
  return declared.map(({ path, type, required }) => ({ id: matches.get(path)?.id ?? next++, path, type, required }));
}

/** A field that comes back as it was keeps its id: https://iceberg.apache.org/spec/#partition-evolution */
function lockPartitions(
  declared: readonly OutlinePartition[],
  before: LedgerTable,
  ids: ReadonlyMap<string, number>,
): Pick<LedgerTable, 'lastPartitionId' | 'partitions' | 'retiredPartitions'> {
  const everGiven = [...before.partitions, ...before.retiredPartitions];
  const names = new Set(everGiven.map(({ name }) => name));
  let lastPartitionId = before.lastPartitionId;
  const partitions = declared.map(({ name, transform, source }): LedgerPartition => {
    const sourceId = idOf(ids, source);
    const same = everGiven.find((field) => field.source === sourceId && field.transform === transform);
    if (same !== undefined) {
      return same;
    }
    lastPartitionId += 1;
    // Two fields of one name, be one of the past, make Spark fail: see the rule reuse-partition-name.
    return {
      id: lastPartitionId,
      name: names.has(name) ? `${name}_${lastPartitionId}` : name,
      transform,
      source: sourceId,
    };
  });
  return {
    lastPartitionId,
    partitions: partitions.sort((a, b) => a.id - b.id),
    retiredPartitions: retire(everGiven, partitions, []),
  };
}

/** What was known and is no longer there, beside what had gone before, by id. */
function retire<T extends { readonly id: number }>(known: readonly T[], now: readonly T[], gone: readonly T[]): T[] {
  const live = new Set(now.map(({ id }) => id));
  return [...gone, ...known.filter(({ id }) => !live.has(id))].sort((a, b) => a.id - b.id);
}

/** The id of a path that the outline was checked to have. */
function idOf(ids: ReadonlyMap<string, number>, path: string): number {
  const id = ids.get(path);
  if (id === undefined) {
    throw new Error(`no id for '${path}'`);
  }
  return id;
}
