import type { FlatColumn, FlatTable } from './columns';
import type { PartitionFieldState } from './table-state';
import { transformFault } from './transforms';
import { Verdict, illegal, legal } from './verdict';

type Columns = ReadonlyMap<number, FlatColumn>;

/** Partition fields by their ids: https://iceberg.apache.org/spec/#partition-evolution */
export function judgePartitions(before: FlatTable, after: FlatTable, columns: Columns): Verdict[] {
  const known = new Map(before.partitionFields.map((field) => [field.fieldId, field]));
  const remaining = new Set(after.partitionFields.map(({ fieldId }) => fieldId));
  const former = formerFields(before, after);
  return [
    ...before.partitionFields
      .filter(({ fieldId }) => !remaining.has(fieldId))
      .map((field) => judgeRemoval(field, before.formatVersion)),
    ...after.partitionFields.flatMap((field) => {
      const earlier = known.get(field.fieldId);
      return earlier === undefined ? [judgeAddition(field, before, former)] : judgeChange(earlier, field);
    }),
    ...judgeNames(before, after),
    ...judgeFormerSources(before, after, columns),
    ...judgeFormerNames(before, after),
    ...judgeOrder(before.partitionFields, after.partitionFields),
    ...partitionFaults(after, columns),
  ];
}

function judgeRemoval({ name, fieldId, transform }: PartitionFieldState, formatVersion: number): Verdict {
  const message = `partition field '${name}' (id ${fieldId}, ${transform}) is removed`;
  return formatVersion < 2
    ? illegal(
        'remove-partition-field',
        name,
        `${message}, and format version 1 knows partition fields by their position`,
        'declare it again; tables of format version 2 can do without it.',
      )
    : legal('remove-partition-field', name, `${message}; files of the past stay laid out by it`);
}

function judgeAddition(field: PartitionFieldState, before: FlatTable, former: readonly PartitionFieldState[]): Verdict {
  const { name, fieldId, transform } = field;
  // Iceberg knows such a field again by any name that it ever had, the ledger by what it means: one meaning, one id.
  const equivalent = former.find((each) => isSameMeaning(each, field));
  const owner = before.retiredPartitions.find((each) => each.fieldId === fieldId);
  if (owner !== undefined && isSameMeaning(owner, field)) {
    return legal('restore-partition-field', name, `partition field '${name}' (id ${fieldId}, ${transform}) is back`);
  }
  if (owner !== undefined || fieldId <= before.lastPartitionId) {
    const was = owner === undefined ? 'was given before' : `belonged to '${owner.name}' (${owner.transform})`;
    return illegal(
      'reuse-partition-field-id',
      name,
      `partition field '${name}' has id ${fieldId}, which ${was}, and engines refuse a table with two meanings of one id`,
      `give it an id above ${before.lastPartitionId}.`,
    );
  }
  if (equivalent !== undefined) {
    return illegal(
      'restore-partition-field',
      name,
      `partition field '${name}' (${transform}) comes back with id ${fieldId}, and Iceberg knows it as ${equivalent.fieldId}`,
      `give it id ${equivalent.fieldId} again.`,
    );
  }
  return legal(
    'add-partition-field',
    name,
    `partition field '${name}' (id ${fieldId}, ${transform}) is new; files of the past stay as they are`,
  );
}

function isSameMeaning(one: PartitionFieldState, other: PartitionFieldState): boolean {
  return one.sourceId === other.sourceId && one.transform === other.transform;
}

function judgeChange(before: PartitionFieldState, after: PartitionFieldState): Verdict[] {
  const { fieldId, name } = after;
  if (!isSameMeaning(before, after)) {
    return [
      illegal(
        'change-partition-field',
        name,
        `partition field '${name}' (id ${fieldId}) changes from ${before.transform} of column id ${before.sourceId} to ${after.transform} of column id ${after.sourceId}, and files of the past carry the old values under that id`,
        'give the new one an id of its own.',
      ),
    ];
  }
  if (before.name !== name) {
    return [
      legal('rename-partition-field', name, `partition field '${before.name}' (id ${fieldId}) is renamed to '${name}'`),
    ];
  }
  return [];
}

/**
 * Iceberg's Java library puts the fields of all specs side by side, by their latest names, in every metadata table and
 * wherever it changes rows: two of one name make Spark fail there (seen with 1.10.0).
 */
function judgeNames(before: FlatTable, after: FlatTable): Verdict[] {
  const past = [...before.retiredPartitions, ...before.partitionFields];
  return after.partitionFields.flatMap(({ name, fieldId }) => {
    const owner = past.find((field) => field.name === name && field.fieldId !== fieldId);
    return owner === undefined
      ? []
      : [
          illegal(
            'reuse-partition-name',
            name,
            `partition field '${name}' (id ${fieldId}) has the name of another one (id ${owner.fieldId}, ${owner.transform}), and Spark can no longer change rows of a table with two of one name`,
            `name it '${name}_${fieldId}'.`,
          ),
        ];
  });
}

/**
 * Files of the past stay laid out by the fields of the past. Without the column Iceberg's Java library knows no type
 * for the values, and deletes, merges and rewrites of manifests fail (seen with 1.10.0; apache/iceberg issue 10234).
 */
function judgeFormerSources(before: FlatTable, after: FlatTable, columns: Columns): Verdict[] {
  const known = new Map(before.columns.map((column) => [column.id, column]));
  return formerFields(before, after).flatMap(({ name, fieldId, sourceId }) => {
    const source = known.get(sourceId);
    return source === undefined || columns.has(sourceId)
      ? []
      : [
          illegal(
            'drop-partition-source',
            source.path,
            `column '${source.path}' (id ${sourceId}) cannot go, because partition field '${name}' (id ${fieldId}) was once computed from it, and rows could no longer be deleted or merged`,
            'declare it again; copy the rows into a new table if it must go.',
          ),
        ];
  });
}

/**
 * Iceberg reads the specs of the past with the columns of today, and does not open a table in which another column has
 * the name of a field of the past (seen with 1.10.0: "Cannot create identity partition sourced from different field").
 */
function judgeFormerNames(before: FlatTable, after: FlatTable): Verdict[] {
  const named = new Map(after.columns.map((column) => [column.path, column]));
  return formerFields(before, after).flatMap(({ name, fieldId, transform, sourceId }) => {
    const column = named.get(name);
    return column === undefined || column.id === sourceId
      ? []
      : [
          illegal(
            'former-partition-name',
            column.path,
            `column '${name}' has the name of a partition field of the past (id ${fieldId}, ${transform}), and Iceberg would no longer open the table`,
            'give the column another name.',
          ),
        ];
  });
}

function formerFields(before: FlatTable, after: FlatTable): PartitionFieldState[] {
  const remaining = new Set(after.partitionFields.map(({ fieldId }) => fieldId));
  return [...before.retiredPartitions, ...before.partitionFields].filter(({ fieldId }) => !remaining.has(fieldId));
}

function judgeOrder(before: readonly PartitionFieldState[], after: readonly PartitionFieldState[]): Verdict[] {
  const survivors = new Set(after.map(({ fieldId }) => fieldId));
  const then = before.map(({ fieldId }) => fieldId).filter((id) => survivors.has(id));
  const known = new Set(then);
  const now = after.map(({ fieldId }) => fieldId).filter((id) => known.has(id));
  return now.every((id, index) => id === then[index])
    ? []
    : [
        legal(
          'reorder-partition-fields',
          after.map(({ name }) => name).join(', '),
          'partition fields stand in another order; files are read by id',
        ),
      ];
}

/** What makes a partition spec impossible, whatever was before. */
export function partitionFaults(state: FlatTable, columns: Columns): Verdict[] {
  const seen: PartitionFieldState[] = [];
  const named = new Map(state.columns.map(({ path, id }) => [path, id]));
  return state.partitionFields.flatMap((field) => {
    const faults = fieldFaults(field, seen, named, columns);
    seen.push(field);
    return faults.slice(0, 1);
  });
}

const TIME_TRANSFORMS = new Set(['year', 'month', 'day', 'hour']);

function fieldFaults(
  field: PartitionFieldState,
  seen: readonly PartitionFieldState[],
  named: ReadonlyMap<string, number>,
  columns: Columns,
): Verdict[] {
  const { name, fieldId, sourceId, transform } = field;
  const faults: Verdict[] = [];
  const source = columns.get(sourceId);
  if (source === undefined) {
    faults.push(
      illegal(
        'drop-partition-source',
        name,
        `partition field '${name}' (id ${fieldId}) is computed from column id ${sourceId}, which is no column, and Iceberg would no longer open the table`,
        'declare the column again.',
      ),
    );
  } else {
    const fault = transformFault('partitionedBy', transform, source);
    faults.push(...(fault === undefined ? [] : [illegal('partition-transform', name, fault.message, fault.remedy)]));
  }
  const clash = (message: string, remedy: string) => faults.push(illegal('partition-name', name, message, remedy));
  if (seen.some((other) => other.name === name)) {
    clash(`two partition fields are named '${name}'`, 'keep one of them.');
  }
  if (seen.some((other) => other.fieldId === fieldId)) {
    clash(`two partition fields have id ${fieldId}`, 'give the newer one an id of its own.');
  }
  const namesake = named.get(name);
  if (namesake !== undefined && !(transform === 'identity' && namesake === sourceId)) {
    clash(`partition field '${name}' has the name of a column, which Iceberg refuses`, 'rename the column.');
  }
  faults.push(...redundancy(field, seen, source));
  return faults;
}

/** Iceberg's API refuses the first; its builder, which creates tables, counts all times of one column as one. */
function redundancy(
  field: PartitionFieldState,
  seen: readonly PartitionFieldState[],
  source: FlatColumn | undefined,
): Verdict[] {
  const { name, sourceId, transform } = field;
  const redundant = (message: string, remedy: string) => [
    illegal('redundant-partition', name, `column '${source?.path ?? sourceId}' is partitioned ${message}`, remedy),
  ];
  const twin = seen.find((other) => isSameMeaning(other, field));
  if (twin !== undefined) {
    return redundant(`by ${transform} twice, as '${twin.name}' and as '${name}'`, 'keep one of them.');
  }
  const isTimed = (each: PartitionFieldState) => TIME_TRANSFORMS.has(each.transform);
  return isTimed(field) && seen.some((other) => other.sourceId === sourceId && isTimed(other))
    ? redundant('by time twice, which Iceberg calls redundant', 'keep the finer transform.')
    : [];
}
