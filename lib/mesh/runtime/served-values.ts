import { BadRequestError } from './bad-request';

/** A column as an API gives it. */
export interface ServedColumn {
  readonly name: string;
  /** Iceberg's name of the type without its arguments; `nested` for lists, maps and structs. */
  readonly base: string;
  /** Total digits of a decimal. */
  readonly precision?: number;
  /** Decimals of a decimal. */
  readonly scale?: number;
}

/** How a type goes from a request into a query, and from its result into an answer. */
interface Kind {
  /** The value of a request as text of Athena's; undefined when it is none of the type. */
  readonly read?: (text: string, column: ServedColumn) => string | undefined;
  /** What a request must send. */
  readonly expected: string;
  /** Makes the type of the text in a query; as it stands when left out. */
  readonly cast?: (placeholder: string, column: ServedColumn) => string;
  /** Text of the column in a query; a cast to varchar when left out. */
  readonly select?: (quoted: string) => string;
  /** The column's text as JSON; a string when left out. */
  readonly write?: (text: string) => string;
}

const LONGEST_TEXT = 1024;

const as = (type: string) => (placeholder: string) => `CAST(${placeholder} AS ${type})`;
const whole = (bits: bigint): Kind => ({
  read: (text) => {
    if (!/^-?\d{1,19}$/.test(text)) return undefined;
    return BigInt.asIntN(Number(bits), BigInt(text)) === BigInt(text) ? text : undefined;
  },
  expected: `a whole number of ${bits} bits`,
  cast: as(bits === 32n ? 'integer' : 'bigint'),
  write: (text) => text,
});
const approximate = (type: string): Kind => ({
  read: (text) => (/^-?\d{1,40}(\.\d{1,40})?([eE][+-]?\d{1,3})?$/.test(text) ? text : undefined),
  expected: 'a number',
  cast: as(type),
  // JSON has no word for infinity and for what is no number.
  write: (text) => (Number.isFinite(Number(text)) ? JSON.stringify(Number(text)) : 'null'),
});
const bytes: Kind = { expected: '', select: (quoted) => `to_base64(${quoted})` };

const KINDS: { readonly [base: string]: Kind } = {
  boolean: {
    read: (text) => (/^(true|false)$/.test(text) ? text : undefined),
    expected: 'true or false',
    cast: as('boolean'),
    write: (text) => text,
  },
  int: whole(32n),
  long: whole(64n),
  float: approximate('real'),
  double: approximate('double'),
  decimal: {
    read: (text, { precision = 38, scale = 0 }) => {
      const [, digits, fraction = ''] = /^-?(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
      return digits !== undefined && digits.length <= precision - scale && fraction.length <= scale ? text : undefined;
    },
    expected: 'a number that fits its type, such as 12.5',
    cast: (placeholder, { precision, scale }) => as(`decimal(${precision}, ${scale})`)(placeholder),
  },
  date: { read: dayOf, expected: 'a day such as 2026-11-28', cast: as('date') },
  time: {
    read: (text) => (/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?$/.test(text) ? text : undefined),
    expected: 'a time of day such as 09:30:00',
    cast: as('time(6)'),
  },
  timestamp: {
    read: (text) => instantOf(text, /^$/),
    expected: 'a moment without zone such as 2026-11-28T09:30:00',
    cast: as('timestamp(6)'),
    write: (text) => JSON.stringify(momentOf(text)),
  },
  timestamptz: {
    read: (text) => suffixed(instantOf(text, /^Z?$/), ' UTC'),
    expected: 'a moment in UTC such as 2026-11-28T09:30:00Z',
    cast: as('timestamp(6) with time zone'),
    write: (text) => JSON.stringify(`${momentOf(text)}Z`),
  },
  string: {
    read: (text) => (text.length <= LONGEST_TEXT && !text.includes('\0') ? text : undefined),
    expected: `a text of at most ${LONGEST_TEXT} characters`,
  },
  uuid: {
    read: (text) => (/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text : undefined),
    expected: 'a UUID',
    cast: as('uuid'),
  },
  fixed: bytes,
  binary: bytes,
  nested: { expected: '', select: (quoted) => `json_format(CAST(${quoted} AS JSON))`, write: (text) => text },
};

/** Whether rows can be asked for by the column. */
export function isFilter({ base }: ServedColumn): boolean {
  return KINDS[base].read !== undefined;
}

/**
 * The parameter of a query for a value of a request: a literal of text, whatever the type, so that there is one way to
 * quote.
 *
 * @throws BadRequestError when it is no value of the column's type
 */
export function parameterOf(column: ServedColumn, text: string, name: string): string {
  const { read, expected } = KINDS[column.base];
  const value = read?.(text, column);
  if (value === undefined) throw new BadRequestError(`'${name}' is no ${column.base}; send ${expected}`);
  return `'${value.replaceAll("'", "''")}'`;
}

/** The place of a parameter in a query, in the column's type. */
export function placeholderOf(column: ServedColumn): string {
  return KINDS[column.base].cast?.('?', column) ?? '?';
}

/** The column as text, which no client of Athena spells in its own way. */
export function selectionOf({ name, base }: ServedColumn): string {
  const { select = (quoted: string) => `CAST(${quoted} AS varchar)` } = KINDS[base];
  return `${select(quotedName(name))} AS ${quotedName(name)}`;
}

/** The value as JSON: decimals as strings, for JSON's readers lose digits, and moments as ISO 8601. */
export function jsonOf({ base }: ServedColumn, text: string | undefined): string {
  if (text === undefined) return 'null';
  return (KINDS[base].write ?? ((value) => JSON.stringify(value)))(text);
}

export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function dayOf(text: string): string | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text ? undefined : text;
}

/** A moment as Athena's text; with at most six decimals, beyond which the column has nothing. */
function instantOf(text: string, zone: RegExp): string | undefined {
  const [, day, time, rest] = /^(\d{4}-\d\d-\d\d)[T ]([\d:]+(?:\.\d{1,6})?)(.*)$/.exec(text) ?? [];
  if (day === undefined || dayOf(day) === undefined || !zone.test(rest)) return undefined;
  return KINDS.time.read?.(time, { name: '', base: 'time' }) && `${day} ${time}`;
}

function suffixed(text: string | undefined, suffix: string): string | undefined {
  return text && text + suffix;
}

/** `2026-11-28 09:30:00.250000 UTC` as `2026-11-28T09:30:00.25`. */
function momentOf(text: string): string {
  const [, day, time, fraction = ''] = /^(\S+)[ T]([\d:]+)(?:\.(\d+))?/.exec(text) ?? [];
  const digits = fraction.replace(/0+$/, '');
  return `${day}T${time}${digits && `.${digits}`}`;
}
