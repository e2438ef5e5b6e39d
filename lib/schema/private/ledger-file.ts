import { readFileSync } from 'fs';
import { isAbsolute, relative } from 'path';
import { LedgerError } from './errors';
import { lineAt, lineOfJsonError } from './json-line';
import { LedgerPlace, RESTORE, TAKE_ONE_SIDE, checkedTable, isObject } from './ledger-checks';
import type { LedgerContent } from './ledger-entry';
import { LEDGER_VERSION } from './ledger-text';

/** A ledger as it was read. */
export interface LedgerFile {
  readonly text: string;
  readonly content: LedgerContent;
}

/** Reads a ledger; undefined when there is no such file. */
export function readLedgerFile(file: string): LedgerFile | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw new LedgerError(`${displayPath(file)}: cannot be read (${(error as Error).message}); make it readable.`);
  }
  return { text, content: parseLedger(text, displayPath(file)) };
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
  const { version } = document;
  if (version !== LEDGER_VERSION) {
    throw new LedgerError(
      `${file}: has layout version ${JSON.stringify(version)} and this release reads version ${LEDGER_VERSION}; if a hand edit changed it, ${RESTORE} If not, install the release of cdk-data-patterns that wrote it.`,
    );
  }
  checkTablesOnce(text, file);
  const content: LedgerContent = new Map();
  for (const [name, table] of Object.entries(document.tables)) {
    content.set(name, checkedTable(table, new LedgerPlace(text, file, name)));
  }
  return content;
}

function parseJson(text: string, file: string): unknown {
  const conflict = /^(<{7}|={7}|>{7})/m.exec(text);
  if (conflict !== null) {
    throw new LedgerError(
      `${file}:${lineAt(text, conflict.index)}: has an unresolved merge conflict; ${TAKE_ONE_SIDE}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const line = lineOfJsonError(text, error);
    throw new LedgerError(`${file}${line === undefined ? '' : `:${line}`}: is not valid JSON; ${RESTORE}`);
  }
}

/** Of two members of one name JSON keeps the last, so that a merge could lose a table's ids without a word. */
function checkTablesOnce(text: string, file: string): void {
  const seen = new Set<string>();
  for (const match of text.matchAll(/^ *"([^"\n]+\.[^"\n]+)": *\{$/gm)) {
    const name = match[1] as string;
    if (seen.has(name)) {
      throw new LedgerError(`${file}:${lineAt(text, match.index)}: ${name}: stands there twice; ${TAKE_ONE_SIDE}`);
    }
    seen.add(name);
  }
}
