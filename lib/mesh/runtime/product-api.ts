import { BadRequestError } from './bad-request';
import {
  isFilter,
  jsonOf,
  parameterOf,
  placeholderOf,
  quotedName,
  selectionOf,
  type ServedColumn,
} from './served-values';

/** What an API serves; it lies beside the function's code. */
export interface ServedProduct {
  /** `domain.product`. */
  readonly product: string;
  readonly version: string;
  readonly databaseName: string;
  readonly tableName: string;
  readonly columns: readonly ServedColumn[];
  /** The columns that tell rows apart, by which they are ordered. */
  readonly key: readonly string[];
}

/** A query with the values of its question marks. */
export interface Question {
  readonly sql: string;
  /** Literals of text. */
  readonly parameters: readonly string[];
}

/** Rows of a query, as text; undefined is NULL. */
export type Ask = (question: Question) => Promise<(string | undefined)[][]>;

/** An answer of an HTTP API. */
export interface ApiAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Rows of a page when nobody asks for another number. */
export const PAGE_SIZE = 100;
/** Most rows of a page: with the line of names they are one page of Athena's results, which has 1,000 at most. */
export const MOST_ROWS = 500;
// Six megabytes less what is around it; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (2026-11-28)
const LARGEST_ANSWER = 5_500_000;

/** How a parameter of a request compares, by what stands after the column's name. */
export const COMPARISONS: { readonly [suffix: string]: string } = {
  '': '=',
  '.gt': '>',
  '.gte': '>=',
  '.lt': '<',
  '.lte': '<=',
};

/** Answers a request for rows. */
export async function rowsAnswer(served: ServedProduct, rawQuery: string, ask: Ask): Promise<ApiAnswer> {
  try {
    const { question, pageSize } = questionOf(served, rawQuery);
    const rows = await ask(question);
    return pageOf(served, rows, pageSize);
  } catch (error) {
    if (!(error instanceof BadRequestError)) throw error;
    return problem(400, error.message);
  }
}

/** An answer that is a sentence. */
export function problem(statusCode: number, message: string): ApiAnswer {
  return json(statusCode, JSON.stringify({ message }));
}

/** An answer that is JSON already. */
export function json(statusCode: number, body: string): ApiAnswer {
  return { statusCode, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}

/**
 * The query for a request. Names come from the product alone and values go in as parameters, so that nothing of a
 * request is ever read as SQL.
 *
 * @throws BadRequestError for what the product does not know
 */
export function questionOf(served: ServedProduct, rawQuery: string): { question: Question; pageSize: number } {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery)) {
    if (given.has(name)) throw new BadRequestError(`'${name}' is there twice; send it once`);
    given.set(name, value);
  }
  const pageSize = pageSizeOf(given.get('pageSize'));
  const conditions: Question[] = [];
  for (const [name, value] of given) {
    if (name !== 'pageSize' && name !== 'pageToken') conditions.push(conditionOf(served, name, value));
  }
  const token = given.get('pageToken');
  if (token !== undefined) conditions.push(after(served, token));
  const sql = [
    `SELECT ${served.columns.map(selectionOf).join(', ')}`,
    `FROM ${quotedName(served.databaseName)}.${quotedName(served.tableName)}`,
    ...(conditions.length === 0 ? [] : [`WHERE ${conditions.map((each) => each.sql).join(' AND ')}`]),
    `ORDER BY ${served.key.map((column) => `${quotedName(served.tableName)}.${quotedName(column)}`).join(', ')}`,
    // One more tells whether there is another page.
    `LIMIT ${pageSize + 1}`,
  ].join('\n');
  return { question: { sql, parameters: conditions.flatMap((each) => each.parameters) }, pageSize };
}

function pageSizeOf(text: string | undefined): number {
  if (text === undefined) return PAGE_SIZE;
  const size = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > MOST_ROWS) {
    throw new BadRequestError(`'pageSize' must be a whole number from 1 to ${MOST_ROWS}`);
  }
  return size;
}

function conditionOf(served: ServedProduct, name: string, value: string): Question {
  const [, columnName, suffix] = /^(.*?)(\.gte?|\.lte?)?$/s.exec(name) as RegExpExecArray;
  const column = served.columns.find((each) => each.name === columnName);
  const filters = served.columns.filter(isFilter);
  if (column === undefined || !isFilter(column)) {
    const known = ['pageSize', 'pageToken', ...filters.map((each) => each.name)].join(', ');
    throw new BadRequestError(
      `'${name.slice(0, 100)}' is nothing to ask for; there are: ${known}, and columns with .gt, .gte, .lt and .lte`,
    );
  }
  return compared(served, column, COMPARISONS[suffix ?? ''], value, name);
}

function compared(
  { tableName }: ServedProduct,
  column: ServedColumn,
  comparison: string,
  value: string,
  name: string,
): Question {
  return {
    // With the table, for the alias of a column is its text.
    sql: `${quotedName(tableName)}.${quotedName(column.name)} ${comparison} ${placeholderOf(column)}`,
    parameters: [parameterOf(column, value, name)],
  };
}

/**
 * Rows that come after one of which the key is known: the next page is right whatever has been added before it, and a
 * token needs no secret, for it says nothing that a filter could not say.
 */
function after(served: ServedProduct, token: string): Question {
  const values = keyIn(token);
  if (values?.length !== served.key.length)
    throw new BadRequestError("'pageToken' is none that was given; leave it out");
  const columns = served.key.map((name) => served.columns.find((each) => each.name === name) as ServedColumn);
  const steps = columns.map((_, last): Question => {
    const parts = columns
      .slice(0, last + 1)
      .map((column, index) => compared(served, column, index === last ? '>' : '=', values[index], 'pageToken'));
    return { sql: parts.map(({ sql }) => sql).join(' AND '), parameters: parts.flatMap((each) => each.parameters) };
  });
  return {
    sql: `(${steps.map(({ sql }) => `(${sql})`).join(' OR ')})`,
    parameters: steps.flatMap((each) => each.parameters),
  };
}

function keyIn(token: string): string[] | undefined {
  try {
    const values: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    return Array.isArray(values) && values.every((each) => typeof each === 'string') ? values : undefined;
  } catch {
    return undefined;
  }
}

function pageOf(served: ServedProduct, rows: readonly (string | undefined)[][], pageSize: number): ApiAnswer {
  const texts = rows.slice(0, pageSize).map((row) => {
    const values = served.columns.map((column, index) => jsonOf(column, row[index]));
    return `{${served.columns.map(({ name }, index) => `${JSON.stringify(name)}:${values[index]}`).join(',')}}`;
  });
  const parts = [
    `"product":${JSON.stringify(served.product)}`,
    `"version":${JSON.stringify(served.version)}`,
    `"rows":[${texts.join(',')}]`,
    ...(rows.length > pageSize ? [`"nextPageToken":${JSON.stringify(tokenOf(served, rows[pageSize - 1]))}`] : []),
  ];
  const body = `{${parts.join(',')}}`;
  if (Buffer.byteLength(body) > LARGEST_ANSWER) {
    throw new BadRequestError(`${texts.length} rows are more than one answer holds; send a smaller 'pageSize'`);
  }
  return json(200, body);
}

/** The key of a row, in the words of a request. */
function tokenOf(served: ServedProduct, row: readonly (string | undefined)[]): string {
  const values = served.key.map((name) => {
    const index = served.columns.findIndex((each) => each.name === name);
    const value = JSON.parse(jsonOf(served.columns[index], row[index])) as unknown;
    // A number of 64 bits would lose digits on its way through JSON.
    return typeof value === 'string' ? value : row[index];
  });
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}
