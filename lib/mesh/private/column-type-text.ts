import { ColumnType } from '../../schema';
import { SchemaError } from '../../schema/private/errors';

const SIMPLE: { readonly [name: string]: ColumnType } = {
  boolean: ColumnType.BOOLEAN,
  int: ColumnType.INT,
  long: ColumnType.LONG,
  float: ColumnType.FLOAT,
  double: ColumnType.DOUBLE,
  date: ColumnType.DATE,
  time: ColumnType.TIME,
  timestamp: ColumnType.TIMESTAMP,
  timestamptz: ColumnType.TIMESTAMPTZ,
  string: ColumnType.STRING,
  uuid: ColumnType.UUID,
  binary: ColumnType.BINARY,
};

/** The primitive types as a contract writes them, for messages. */
export const SIMPLE_TYPES: readonly string[] = Object.keys(SIMPLE);

/**
 * The type that a text names, as `ColumnType.toString` writes it: `decimal(18, 8)`, `list<string>`,
 * `map<string, long>`, `struct<name: string, size: int>`.
 *
 * @throws SchemaError when it names none
 */
export function columnTypeOf(text: string): ColumnType {
  const type = text.trim();
  const simple = Object.hasOwn(SIMPLE, type) ? SIMPLE[type] : undefined;
  if (simple) return simple;
  const sized = /^(decimal|fixed)\s*[([]\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?[)\]]$/.exec(type);
  if (sized?.[1] === 'fixed' && sized[3] === undefined) return ColumnType.fixed(Number(sized[2]));
  if (sized?.[1] === 'decimal' && sized[3] !== undefined) return ColumnType.decimal(Number(sized[2]), Number(sized[3]));
  const nested = /^(list|map|struct)\s*<(.*)>$/s.exec(type);
  const parts = nested ? partsOf(nested[2]) : [];
  if (nested?.[1] === 'list' && parts.length === 1) return ColumnType.list(columnTypeOf(parts[0]));
  if (nested?.[1] === 'map' && parts.length === 2) {
    return ColumnType.map(columnTypeOf(parts[0]), columnTypeOf(parts[1]));
  }
  if (nested?.[1] === 'struct') return ColumnType.struct(parts.map(fieldOf));
  throw new SchemaError(
    `'${type}' is no type; use one of: ${SIMPLE_TYPES.join(', ')}, decimal(18, 8), fixed[16], list<string>, map<string, long>, struct<name: string>`,
  );
}

function fieldOf(text: string): { name: string; type: ColumnType } {
  const colon = text.indexOf(':');
  if (colon < 0) throw new SchemaError(`'${text.trim()}' is no field of a struct; write it as name: type`);
  return { name: text.slice(0, colon).trim(), type: columnTypeOf(text.slice(colon + 1)) };
}

/** What stands between the commas that are in no bracket. */
function partsOf(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('<(['.includes(character)) depth += 1;
    if ('>)]'.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
