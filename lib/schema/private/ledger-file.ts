import { readFileSync } from 'fs';
import { isAbsolute, relative } from 'path';
import { LedgerError } from './errors';
import { lineAt, lineOfJsonError } from './json-line';

/** Version of the file's layout that this code reads and writes. */
export const LEDGER_VERSION = 1;
/** Iceberg counts partition fields from 1000. */
export const FIRST_PARTITION_ID = 1000;

export interface LedgerColumn {
  readonly id: number;
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
}

export interface LedgerPartition {
  readonly id: number;
  readonly name: string;
  readonly transform: string;
  /** Id of the column that the transform reads. */
  readonly source: number;
}

/** What the ledger knows of one table. */
export interface LedgerTable {
  /** Highest column id ever given, so that not even a line deleted by hand brings one back. */
  readonly lastColumnId: number;
  /** Highest partition-field id ever given; 999 when there was none. */
  readonly lastPartitionId: number;
  /** Columns in the order of their ids. */
  readonly columns: LedgerColumn[];
  readonly partitions: LedgerPartition[];
  /** Columns given up; their ids are never given again. */
  readonly retiredColumns: LedgerColumn[];
  /** Partition fields given up; their ids are never given again. */
  readonly retiredPartitions: LedgerPartition[];
}

/** The file's content: tables by name. */
export type LedgerContent = Map<string, LedgerTable>;

export const EMPTY_TABLE: LedgerTable = {
  lastColumnId: 0,
  lastPartitionId: FIRST_PARTITION_ID - 1,
  columns: [],
  partitions: [],
  retiredColumns: [],
  retiredPartitions: [],
};

/** Reads a ledger; undefined when there is no such file. */
export function readLedgerFile(file: string): LedgerContent | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new LedgerError(`${displayPath(file)}: cannot be read (${(error as Error).message}); make it readable.`);
  }
  return parseLedger(text, displayPath(file));
}

/** How messages name a file: relative to the working folder where it lies inside it. */
export function displayPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path === '' || path.startsWith('..') || isAbsolute(path) ? file : path;
}

/**
 * Parses and checks a ledger.
 *
 * @param text content of the file
 * @param file how messages name it
 */
export function parseLedger(text: string, file: string): LedgerContent {
  const document = parseJson(text, file);
  if (!isObject(document) || !isObject(document.tables)) {
    throw new LedgerError(`${file}: is not a schema ledger ("version" and "tables" expected); ${RESTORE}`);
  }
  if (document.version !== LEDGER_VERSION) {
    throw new LedgerError(
      `${file}: has layout version ${JSON.stringify(document.version)} and this release reads version ${LEDGER_VERSION}; install the release of cdk-data-patterns that wrote it.`,
    );
  }
  const content: LedgerContent = new Map();
  for (const [name, table] of Object.entries(document.tables)) {
    content.set(name, checkedTable(table, new Place(text, file, name)));
  }
  return content;
}

/** Renders a ledger: tables sorted, columns by id, one a line, the same bytes for the same content. */
export function renderLedger(content: LedgerContent): string {
  const tables = [...content.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(renderTable);
  const body = tables.length === 0 ? '{}' : `{\n${tables.join(',\n')}\n  }`;
  return `{\n  "version": ${LEDGER_VERSION},\n  "tables": ${body}\n}\n`;
}

const RESTORE = "restore it from version control, then run 'npx data-patterns schema lock'.";

function renderTable([name, table]: [string, LedgerTable]): string {
  const members = [
    `"lastColumnId": ${table.lastColumnId}`,
    `"lastPartitionId": ${table.lastPartitionId}`,
    `"columns": ${renderLines(table.columns.map(columnJson))}`,
    `"partitions": ${renderLines(table.partitions)}`,
    `"retiredColumns": ${renderLines(table.retiredColumns.map(columnJson))}`,
    `"retiredPartitions": ${renderLines(table.retiredPartitions)}`,
  ];
  return `    ${JSON.stringify(name)}: {\n      ${members.join(',\n      ')}\n    }`;
}

function columnJson(column: LedgerColumn): object {
  const { id, path, type, required } = column;
  return required ? { id, path, type, required } : { id, path, type };
}

function renderLines(items: readonly object[]): string {
  if (items.length === 0) {
    return '[]';
  }
  const lines = items.map((item) => {
    const members = Object.entries(item).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return `        { ${members.join(', ')} }`;
  });
  return `[\n${lines.join(',\n')}\n      ]`;
}

function parseJson(text: string, file: string): unknown {
  const conflict = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7})/.test(line));
  if (conflict >= 0) {
    throw new LedgerError(
      `${file}:${conflict + 1}: has an unresolved merge conflict; take one side's lines, then run 'npx data-patterns schema lock' to add the other side's columns.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const line = lineOfJsonError(text, error);
    throw new LedgerError(`${file}${line === undefined ? '' : `:${line}`}: is not valid JSON; ${RESTORE}`);
  }
}

/** Where in a file a table stands, so that a message can give the line. */
class Place {
  public constructor(
    private readonly text: string,
    private readonly file: string,
    private readonly table: string,
  ) {}

  /** An error about the table, with the line of the last item that has this id where one is given. */
  public error(what: string, id?: number): LedgerError {
    return new LedgerError(`${this.file}${this.lineOf(id)}: ${this.table}: ${what}`);
  }

  private lineOf(id: number | undefined): string {
    const start = this.text.indexOf(`${JSON.stringify(this.table)}:`);
    if (id === undefined || start < 0) {
      return '';
    }
    const end = this.text.indexOf('\n    }', start);
    const entry = this.text.slice(start, end < 0 ? undefined : end);
    const last = [...entry.matchAll(new RegExp(`"id":\\s*${id}\\b`, 'g'))].pop();
    return last === undefined ? '' : `:${lineAt(this.text, start + last.index)}`;
  }
}

function checkedTable(value: unknown, place: Place): LedgerTable {
  if (!isObject(value)) {
    throw place.error(`is not an object; ${RESTORE}`);
  }
  const table: LedgerTable = {
    lastColumnId: wholeNumber(value.lastColumnId, 'lastColumnId', 0, place),
    lastPartitionId: wholeNumber(value.lastPartitionId, 'lastPartitionId', FIRST_PARTITION_ID - 1, place),
    columns: listOf(value.columns, 'columns', place).map((item) => checkedColumn(item, place)),
    partitions: listOf(value.partitions, 'partitions', place).map((item) => checkedPartition(item, place)),
    retiredColumns: listOf(value.retiredColumns, 'retiredColumns', place).map((item) => checkedColumn(item, place)),
    retiredPartitions: listOf(value.retiredPartitions, 'retiredPartitions', place).map((item) =>
      checkedPartition(item, place),
    ),
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
  return table;
}

function checkedColumn(value: unknown, place: Place): LedgerColumn {
  if (!isObject(value) || typeof value.path !== 'string' || value.path === '' || typeof value.type !== 'string') {
    throw place.error(`a column lacks its "path" or "type"; ${RESTORE}`);
  }
  const id = wholeNumber(value.id, `the id of column '${value.path}'`, 1, place);
  if (value.required !== undefined && typeof value.required !== 'boolean') {
    throw place.error(`column '${value.path}': "required" is neither true nor false; ${RESTORE}`, id);
  }
  return { id, path: value.path, type: value.type, required: value.required ?? false };
}

function checkedPartition(value: unknown, place: Place): LedgerPartition {
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
  place: Place,
): void {
  const owners = new Map<number, string>();
  for (const { id, path } of items) {
    const owner = owners.get(id);
    if (owner !== undefined) {
      throw place.error(
        `${what}s '${owner}' and '${path}' both have id ${id}, so that one would read the other's data; ${RESTORE}`,
        id,
      );
    }
    owners.set(id, path);
    if (id > last) {
      throw place.error(`${what} '${path}' has id ${id} above "${lastName}" ${last}; ${RESTORE}`, id);
    }
  }
}

function checkPaths(columns: readonly LedgerColumn[], place: Place): void {
  const paths = new Set<string>();
  for (const { id, path } of columns) {
    if (paths.has(path)) {
      throw place.error(`column '${path}' stands there twice; ${RESTORE}`, id);
    }
    paths.add(path);
  }
}

function checkSources(table: LedgerTable, place: Place): void {
  const live = new Set(table.columns.map((column) => column.id));
  const names = new Set<string>();
  for (const partition of table.partitions) {
    if (!live.has(partition.source)) {
      throw place.error(
        `partition field '${partition.name}' reads column id ${partition.source}, which is no column; ${RESTORE}`,
        partition.id,
      );
    }
    if (names.has(partition.name)) {
      throw place.error(`partition field '${partition.name}' stands there twice; ${RESTORE}`, partition.id);
    }
    names.add(partition.name);
  }
}

function wholeNumber(value: unknown, what: string, least: number, place: Place): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > 0x7fffffff) {
    throw place.error(`${what} is ${JSON.stringify(value)}, not a whole number of at least ${least}; ${RESTORE}`);
  }
  return value;
}

function listOf(value: unknown, what: string, place: Place): unknown[] {
  if (!Array.isArray(value)) {
    throw place.error(`"${what}" is not a list; ${RESTORE}`);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
