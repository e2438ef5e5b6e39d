import { LedgerError } from '../../../lib/schema/private/errors';
import type { LedgerContent, LedgerTable } from '../../../lib/schema/private/ledger-entry';
import { displayPath, readLedgerFile } from '../../../lib/schema/private/ledger-file';
import { Finding, findingsOf, lockTable, refusalsIn } from '../../../lib/schema/private/ledger-lock';
import { renderLedger } from '../../../lib/schema/private/ledger-text';
import { TableOutline } from '../../../lib/schema/private/outline';
import { UserError } from '../../cli-errors';
import { Declaration, Declarations } from './gather';
import type { LedgerPlan, TablePlan } from './ledger-plan';
import { placeProducts } from './place-products';
import { planTopics } from './plan-topics';

/** Compares every declaration with its ledger; writes nothing. */
export function planCheck({ tables: declarations, topics }: Declarations): LedgerPlan[] {
  return [...planTables(declarations), ...planTopics(topics, 'check')];
}

function planTables(declarations: Declaration[]): LedgerPlan[] {
  return groups(declarations).map(({ file, tables, conflicts, known }) => ({
    file,
    holds: 'table',
    tables: tables.map((outline) => ({
      table: outline.name,
      added: [],
      retired: [],
      changed: [],
      problems: [...(conflicts.get(outline.name) ?? []), ...checkTable(outline, known?.get(outline.name))],
    })),
    undeclared: undeclaredIn(known, tables),
  }));
}

function checkTable(outline: TableOutline, known: LedgerTable | undefined): Finding[] {
  return findingsOf(outline.name, known && lockTable(outline, known));
}

/**
 * Works out every ledger's new content; writes nothing.
 *
 * @param drops columns to give up, each as `layer.table.column`
 */
export function planLock(declarations: Declarations, drops: readonly string[]): LedgerPlan[] {
  const { topics } = declarations;
  return [...planTableLocks(declarations, drops), ...planTopics(topics, 'lock')];
}

function planTableLocks({ tables: declared, products }: Declarations, drops: readonly string[]): LedgerPlan[] {
  const ledgers = groups(declared);
  const dropsByTable = assignDrops(ledgers, drops);
  return ledgers.map(({ file, tables, conflicts, known, text }) => {
    const content: LedgerContent = new Map(known);
    const plans = tables.map((outline): TablePlan => {
      const { name } = outline;
      const before = known?.get(name);
      const { entry, verdicts } = lockTable(outline, before, dropsByTable.get(outline));
      content.set(name, entry);
      return {
        table: name,
        ...comingAndGoing(before, entry),
        changed: verdicts.filter(({ rule }) => !COMING_AND_GOING.has(rule)).map(({ message }) => message),
        problems: [...(conflicts.get(name) ?? []), ...refusalsIn(name, verdicts)],
      };
    });
    placeProducts(
      content,
      known,
      products.filter(({ ledger }) => ledger === file),
    );
    const places = (name: string): string[] => {
      const stack = content.get(name)?.stack;
      return stack === known?.get(name)?.stack ? [] : [`stands in nested stack ${stack} of its domain`];
    };
    const rendered = renderLedger(content);
    return {
      file,
      holds: 'table',
      tables: plans.map((plan) => ({ ...plan, changed: [...plan.changed, ...places(plan.table)] })),
      undeclared: undeclaredIn(known, tables),
      ...(rendered === text ? {} : { content: rendered }),
    };
  });
}

const COMING_AND_GOING = new Set(['add-column', 'drop-column', 'add-partition-field', 'remove-partition-field']);

function comingAndGoing(before: LedgerTable | undefined, after: LedgerTable): Pick<TablePlan, 'added' | 'retired'> {
  const names = (entry: LedgerTable | undefined): Map<number, string> =>
    new Map([
      ...(entry?.columns ?? []).map(({ id, path }) => [-id, path] as const),
      // Columns and partition fields are counted apart, so that their ids may meet.
      ...(entry?.partitions ?? []).map(({ id, name }) => [id, `partition ${name}`] as const),
    ]);
  const [then, now] = [names(before), names(after)];
  return {
    added: [...now].filter(([id]) => !then.has(id)).map(([, name]) => name),
    retired: [...then].filter(([id]) => !now.has(id)).map(([, name]) => name),
  };
}

interface LedgerGroup {
  readonly file: string;
  /** Declared tables, sorted by name, each once. */
  readonly tables: TableOutline[];
  /** What is to be said of tables that are declared twice and not alike. */
  readonly conflicts: Map<string, Finding[]>;
  /** What the file holds; undefined when there is none. */
  readonly known?: LedgerContent;
  /** The file as it was read. */
  readonly text?: string;
}

function groups(declarations: Declaration[]): LedgerGroup[] {
  const files = [...new Set(declarations.map(({ ledger }) => ledger))].sort();
  return files.map((file) => ({
    file,
    ...distinctTables(declarations.filter(({ ledger }) => ledger === file)),
    ...readKnown(file),
  }));
}

/** A ledger that cannot be read is an input error here: nothing can be said about any table. */
function readKnown(file: string): Pick<LedgerGroup, 'known' | 'text'> {
  try {
    const ledger = readLedgerFile(file);
    return { known: ledger?.content, text: ledger?.text };
  } catch (error) {
    throw error instanceof LedgerError ? new UserError(error.message) : error;
  }
}

/** One table may be declared by several stacks (stages, for one), but only in one way. */
function distinctTables(declarations: Declaration[]): Pick<LedgerGroup, 'tables' | 'conflicts'> {
  const first = new Map<string, Declaration>();
  const conflicts = new Map<string, Finding[]>();
  for (const declaration of declarations) {
    const { name } = declaration.table;
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, declaration);
    } else if (JSON.stringify(other.table) !== JSON.stringify(declaration.table)) {
      const conflict: Finding = {
        rule: 'one-declaration',
        subject: name,
        message: `${other.construct} and ${declaration.construct} declare it differently`,
        remedy: 'make them alike, or give one another ledger.',
      };
      conflicts.set(name, [...(conflicts.get(name) ?? []), conflict]);
    }
  }
  const tables = [...first.values()].map(({ table }) => table).sort((a, b) => (a.name < b.name ? -1 : 1));
  return { tables, conflicts };
}

function undeclaredIn(known: LedgerContent | undefined, tables: readonly TableOutline[]): string[] {
  const declared = new Set(tables.map(({ name }) => name));
  return [...(known?.keys() ?? [])].filter((name) => !declared.has(name)).sort();
}

function assignDrops(ledgers: readonly LedgerGroup[], drops: readonly string[]): Map<TableOutline, string[]> {
  const assigned = new Map<TableOutline, string[]>();
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
      assigned.set(table, [...(assigned.get(table) ?? []), column]);
    }
  }
  return assigned;
}

function checkDrop({ file, known }: LedgerGroup, table: TableOutline, column: string): void {
  const entry = known?.get(table.name);
  const dropped = entry?.columns.find(({ path }) => path === column);
  if (entry === undefined || dropped === undefined) {
    throw new UserError(
      `--allow-drop ${table.name}.${column}: ${displayPath(file)} has no such column; name one that it has, or leave the option out.`,
    );
  }
  const { entry: wanted, verdicts } = lockTable(table, entry);
  const declared = wanted.columns.find(({ id }) => id === dropped.id)?.path;
  const isRefused = verdicts.some(({ legal, subject }) => !legal && `${subject}.`.startsWith(`${declared}.`));
  if (declared !== undefined && !isRefused) {
    throw new UserError(
      `--allow-drop ${table.name}.${column}: the column is still declared; remove it from the code first, or leave the option out.`,
    );
  }
}
