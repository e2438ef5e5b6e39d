import { FlatColumn, isPrimitive } from './columns';
import { Verdict, illegal, legal } from './verdict';

/**
 * Columns that identify a row: primitive, required, neither float nor double, and in nothing that can be null or
 * repeated. https://iceberg.apache.org/spec/#identifier-field-ids
 */
export function judgeIdentifiers(
  before: readonly number[],
  after: readonly number[],
  columns: ReadonlyMap<number, FlatColumn>,
): Verdict[] {
  const faults = identifierFaults(after, columns);
  if (faults.length > 0 || sameIds(before, after)) {
    return faults;
  }
  const names = after.map((id) => columns.get(id)?.path).join(', ');
  return [
    legal(
      'identifier-fields',
      'identifier-fields',
      names === '' ? 'rows are identified by no column' : `rows are identified by ${names}`,
    ),
  ];
}

/** What makes identifiers impossible, whatever was before. */
export function identifierFaults(ids: readonly number[], columns: ReadonlyMap<number, FlatColumn>): Verdict[] {
  return ids.flatMap((id) => identifierFault(id, columns.get(id)));
}

function identifierFault(id: number, column: FlatColumn | undefined): Verdict[] {
  if (column === undefined) {
    return [fault(`identifier-fields`, `rows are identified by column id ${id}, which no column has`)];
  }
  const { path, type, required } = column;
  if (!isPrimitive(column) || type === 'float' || type === 'double') {
    return [fault(path, `column '${path}' identifies rows and is a ${type}, whose values have no exact equality`)];
  }
  if (!required) {
    return [fault(path, `column '${path}' identifies rows and is optional, so that rows may have no identity`)];
  }
  for (let { parent } = column; parent !== undefined; parent = parent.parent) {
    if (parent.type !== 'struct' || !parent.required) {
      const what = parent.type === 'struct' ? 'an optional struct' : `a ${parent.type}`;
      return [fault(path, `column '${path}' identifies rows and stands in '${parent.path}', ${what}`)];
    }
  }
  return [];
}

function fault(subject: string, message: string): Verdict {
  return illegal('identifier-fields', subject, message, 'take it out of the key.');
}

function sameIds(before: readonly number[], after: readonly number[]): boolean {
  return before.length === after.length && after.every((id) => before.includes(id));
}
