/** A table as a Spark `CREATE TABLE` statement declares it, free of layout and comments. */
export interface DeclaredTable {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly format: string;
  /** e.g. `days(traded_at)`, `date`. */
  readonly partitions: readonly string[];
}

/** All `CREATE TABLE` statements of a script, in order. */
export function parseCreateTables(script: string): DeclaredTable[] {
  return withoutComments(script)
    .split(';')
    .map((statement) => statement.trim())
    .filter(Boolean)
    .map(parseCreateTable);
}

function parseCreateTable(statement: string): DeclaredTable {
  const head = /^CREATE TABLE\s+([\w.`]+)\s*\(/i.exec(statement);
  if (!head) throw new Error(`not a CREATE TABLE statement: ${statement.slice(0, 60)}`);
  const end = closing(statement, head[0].length - 1);
  const tail = /^\s*USING\s+(\w+)(?:\s+PARTITIONED BY\s*\((.*)\))?\s*$/is.exec(statement.slice(end + 1));
  if (!tail) throw new Error(`${head[1]}: cannot read what follows its columns: ${statement.slice(end + 1)}`);
  return {
    table: unquoted(head[1]),
    columns: splitAtCommas(statement.slice(head[0].length, end)).map(parseColumn),
    format: tail[1].toLowerCase(),
    partitions: splitAtCommas(tail[2] ?? '').map((each) => unquoted(each).replace(/\s+/g, '').toLowerCase()),
  };
}

function parseColumn(text: string): DeclaredTable['columns'][number] {
  const match = /^(\S+)\s+(.+?)(\s+NOT NULL)?$/is.exec(text);
  if (!match) throw new Error(`not a column: ${text}`);
  return { name: unquoted(match[1]), type: match[2].replace(/\s+/g, '').toUpperCase(), nullable: !match[3] };
}

/** Without the columns' comments, which may hold anything, and without the script's own. */
function withoutComments(script: string): string {
  return script.replace(/\s+COMMENT\s+'(?:[^'\\]|\\.)*'/gis, '').replace(/--[^\n]*/g, '');
}

function unquoted(name: string): string {
  return name.trim().replaceAll('`', '');
}

function closing(text: string, opening: number): number {
  let depth = 0;
  for (let index = opening; index < text.length; index++) {
    if (text[index] === '(') depth++;
    if (text[index] === ')' && --depth === 0) return index;
  }
  throw new Error(`a parenthesis is never closed: ${text.slice(opening, opening + 40)}`);
}

/** Splits at the commas that stand in no bracket. */
function splitAtCommas(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if ('(<'.includes(char)) depth++;
    if (')>'.includes(char)) depth--;
    if (char === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts.map((part) => part.trim()).filter(Boolean);
}
