import { LedgerError } from '../../../lib/schema/private/errors';
import { differencesOf, lockTable } from '../../../lib/schema/private/ledger-diff';
import { LedgerContent, displayPath, readLedgerFile, renderLedger } from '../../../lib/schema/private/ledger-file';
import { TableOutline } from '../../../lib/schema/private/outline';
import { UserError } from '../../cli-errors';
import { Declaration } from './gather';

/** What was found, or done, about one table. */
export interface TablePlan {
  readonly table: string;
  /** Columns that got an id, and partition fields as `partition <name>`. */
  readonly added: string[];
  /** Columns whose ids were retired. */
  readonly retired: string[];
  /** One sentence for each way in which code and ledger disagree and, for lock, must not. */
  readonly problems: string[];
}

/** What was found, or is to be written, about one ledger file. */
export interface LedgerPlan {
  /** Absolute path. */
  readonly file: string;
  /** In the order of their names. */
  readonly tables: TablePlan[];
  /** Tables in the file that the app no longer declares; their ids stay. */
  readonly undeclared: string[];
  /** The file's new content where it changes. */
  readonly content?: string;
}

/** Compares every declaration with its ledger; writes nothing. */
export function planCheck(declarations: Declaration[]): LedgerPlan[] {
  return groups(declarations).map(({ file, tables, conflicts, known }) => ({
    file,
    tables: tables.map((outline) => ({
      table: outline.name,
      added: [],
      retired: [],
      problems: [
        ...(conflicts.get(outline.name) ?? []),
        ...differencesOf(outline, known?.get(outline.name)).map(({ sentence }) => `${outline.name}: ${sentence}`),
      ],
    })),
    undeclared: undeclaredIn(known, tables),
  }));
}

/**
 * Works out every ledger's new content; writes nothing.
 *
 * @param drops columns to give up, each as `layer.table.column`
 */
export function planLock(declarations: Declaration[], drops: readonly string[]): LedgerPlan[] {
  const ledgers = groups(declarations);
  const dropsByTable = assignDrops(ledgers, drops);
  return ledgers.map(({ file, tables, conflicts, known }) => {
    const content: LedgerContent = new Map(known);
    const plans = tables.map((outline): TablePlan => {
      const { entry, added, retired, refusals } = lockTable(
        outline,
        known?.get(outline.name),
        dropsByTable.get(outline),
      );
      content.set(outline.name, entry);
      return { table: outline.name, added, retired, problems: [...(conflicts.get(outline.name) ?? []), ...refusals] };
    });
    const changes = known === undefined || plans.some(({ added, retired }) => added.length + retired.length > 0);
    return {
      file,
      tables: plans,
      undeclared: undeclaredIn(known, tables),
      ...(changes ? { content: renderLedger(content) } : {}),
    };
  });
}

interface LedgerGroup {
  readonly file: string;
  /** Declared tables, sorted by name, each once. */
  readonly tables: TableOutline[];
  /** Sentences about tables that are declared twice and not alike. */
  readonly conflicts: Map<string, string[]>;
  /** What the file holds; undefined when there is none. */
  readonly known?: LedgerContent;
}

function groups(declarations: Declaration[]): LedgerGroup[] {
  const files = [...new Set(declarations.map(({ ledger }) => ledger))].sort();
  return files.map((file) => ({
    file,
    ...distinctTables(declarations.filter(({ ledger }) => ledger === file)),
    known: readKnown(file),
  }));
}

/** A ledger that cannot be read is an input error here: nothing can be said about any table. */
function readKnown(file: string): LedgerContent | undefined {
  try {
    return readLedgerFile(file);
  } catch (error) {
    throw error instanceof LedgerError ? new UserError(error.message) : error;
  }
}

/** One table may be declared by several stacks (stages, for one), but only in one way. */
function distinctTables(declarations: Declaration[]): Pick<LedgerGroup, 'tables' | 'conflicts'> {
  const first = new Map<string, Declaration>();
  const conflicts = new Map<string, string[]>();
  for (const declaration of declarations) {
    const { name } = declaration.table;
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, declaration);
    } else if (JSON.stringify(other.table) !== JSON.stringify(declaration.table)) {
      const sentence = `${name}: ${other.construct} and ${declaration.construct} declare it differently; make them alike, or give one another ledger.`;
      conflicts.set(name, [...(conflicts.get(name) ?? []), sentence]);
    }
  }
  const tables = [...first.values()].map(({ table }) => table).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { tables, conflicts };
}

function undeclaredIn(known: LedgerContent | undefined, tables: readonly TableOutline[]): string[] {
  const declared = new Set(tables.map(({ name }) => name));
  return [...(known?.keys() ?? [])].filter((name) => !declared.has(name)).sort();
}

function assignDrops(ledgers: readonly LedgerGroup[], drops: readonly string[]): Map<TableOutline, Set<string>> {
  const assigned = new Map<TableOutline, Set<string>>();
  for (const drop of drops) {
    const owners = ledgers.flatMap((ledger) =>
      ledger.tables.filter(({ name }) => drop.startsWith(`${name}.`)).map((table) => ({ ledger, table })),
    );
    if (owners.length === 0) {
      const names = ledgers.flatMap(({ tables }) => tables.map(({ name }) => name));
      throw new UserError(
        `--allow-drop ${drop}: names no declared table and column; write TABLE.COLUMN with a table of: ${names.join(', ')}.`,
      );
    }
    for (const { ledger, table } of owners) {
      const column = drop.slice(table.name.length + 1);
      checkDrop(ledger, table, column);
      assigned.set(table, (assigned.get(table) ?? new Set()).add(column));
    }
  }
  return assigned;
}

function checkDrop({ file, known }: LedgerGroup, table: TableOutline, column: string): void {
  const entry = known?.get(table.name);
  if (entry === undefined || !entry.columns.some(({ path }) => path === column)) {
    throw new UserError(
      `--allow-drop ${table.name}.${column}: ${displayPath(file)} has no such column; name one that it has, or leave the option out.`,
    );
  }
  const goes = differencesOf(table, entry).some(({ subject, verdict }) => subject === column && verdict === 'drop');
  if (!goes) {
    throw new UserError(
      `--allow-drop ${table.name}.${column}: the column is still declared; remove it from the code first, or leave the option out.`,
    );
  }
}
