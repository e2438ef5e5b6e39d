import type { Column, RecordSchema } from '../../schema';

/** Bounds on what arrived last. */
export interface ArrivalBounds {
  readonly maxInvalidShare: number;
  readonly freshnessHours: number;
}

/**
 * The rules on the rows of a conformed table: some rows, a key that is unique, and valid rows that are as the record
 * says. Rows that are invalid break a rule by definition and are counted by the rules on arrivals.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/dqdl.html (2026-11-24)
 */
export function tableRules(record: RecordSchema, minimumRows: number): string[] {
  const required = record.columns.filter((column) => column.required);
  const positive = record.columns.filter((column) => column.positive);
  return [
    `RowCount >= ${minimumRows}`,
    ...keyRules(record),
    ...required.map((column) => `IsComplete ${quoted(column.name)} where "is_valid"`),
    ...positive.map((column) => `ColumnValues ${quoted(column.name)} > 0 where "is_valid"`),
  ];
}

/** The rules on the figures that the gate gathers about what arrived last. */
export function arrivalRules({ maxInvalidShare, freshnessHours }: ArrivalBounds): string[] {
  return [
    `ColumnValues "hours_since_arrival" <= ${plain(freshnessHours)}`,
    `ColumnValues "invalid_share" <= ${plain(maxInvalidShare)}`,
  ];
}

/** A DQDL document. */
export function ruleset(rules: string[]): string {
  return `Rules = [\n${rules.map((rule) => `    ${rule}`).join(',\n')}\n]`;
}

/** Rows without an id are nobody's version: they may stand side by side. */
function keyRules({ key }: RecordSchema): string[] {
  if (key.length === 0) return [];
  if (key.length === 1) return [`IsUnique ${quoted(key[0])} where "${key[0]} is not null"`];
  return [`IsPrimaryKey ${key.map(quoted).join(' ')} where "is_valid"`];
}

/** Without an exponent, which DQDL does not know. */
function plain(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}

function quoted(name: Column['name']): string {
  return `"${name}"`;
}
