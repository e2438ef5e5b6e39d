import { readFileSync } from 'fs';
import { LedgerError } from './errors';
import { lineAt, lineOfJsonError } from './json-line';
import { RESTORE, TAKE_ONE_SIDE, isObject } from './ledger-checks';
import { displayPath } from './ledger-file';
import type { TopicVersions } from './topic-compatibility';

/** Versions by the name of the schema. */
export type TopicLedgerContent = Map<string, TopicVersions>;

const LAYOUT = 1;

/**
 * Reads a ledger of topics; undefined when there is no such file.
 *
 * @throws LedgerError when it cannot be read
 */
export function readTopicLedger(file: string): TopicLedgerContent | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LedgerError(`${displayPath(file)}: cannot be read (${(error as Error).message}); make it readable.`);
  }
  return parse(text, displayPath(file));
}

/** Renders a ledger: schemas sorted by name, a version a line, the same bytes for the same content. */
export function renderTopicLedger(content: TopicLedgerContent): string {
  const schemas = [...content.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(renderSchema);
  return `{\n  "version": ${LAYOUT},\n  "topics": {\n${schemas.join(',\n')}\n  }\n}\n`;
}

function renderSchema([name, { key, versions }]: [string, TopicVersions]): string {
  const lines = versions.map((version) => `        ${JSON.stringify(version)}`);
  return (
    `    ${JSON.stringify(name)}: {\n      "key": ${JSON.stringify(key)},\n` +
    `      "versions": [\n${lines.join(',\n')}\n      ]\n    }`
  );
}

function parse(text: string, file: string): TopicLedgerContent {
  const conflict = /^(<{7}|={7}|>{7})/m.exec(text);
  if (conflict !== null) {
    const line = lineAt(text, conflict.index);
    throw new LedgerError(`${file}:${line}: has an unresolved merge conflict; ${TAKE_ONE_SIDE}`);
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    const line = lineOfJsonError(text, error);
    throw new LedgerError(`${file}${line === undefined ? '' : `:${line}`}: is not valid JSON; ${RESTORE}`);
  }
  if (!isObject(document) || document.version !== LAYOUT || !isObject(document.topics)) {
    throw new LedgerError(
      `${file}: is not a ledger of topics ("version": ${LAYOUT} and "topics" expected); ${RESTORE}`,
    );
  }
  const content: TopicLedgerContent = new Map();
  for (const [name, schema] of Object.entries(document.topics)) {
    if (!isObject(schema) || !Array.isArray(schema.key) || !Array.isArray(schema.versions)) {
      throw new LedgerError(`${file}: ${name}: has no "key" and "versions"; ${RESTORE}`);
    }
    content.set(name, schema as unknown as TopicVersions);
  }
  return content;
}
