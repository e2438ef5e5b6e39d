import type { FlatColumn } from './columns';
import type { PartitionFieldState, TableState } from './table-state';
import { transformFault } from './transforms';
import { Verdict, illegal, legal } from './verdict';

type Columns = ReadonlyMap<number, FlatColumn>;

/** Partition fields by their ids: https://iceberg.apache.org/spec/#partition-evolution */
export function judgePartitions(before: TableState, after: TableState, columns: Columns): Verdict[] {
  const known = new Map(before.partitionFields.map((field) => [field.fieldId, field]));
  const remaining = new Set(after.partitionFields.map(({ fieldId }) => fieldId));
  return [
    ...before.partitionFields
      .filter(({ fieldId }) => !remaining.has(fieldId))
      .map((field) => judgeRemoval(field, before.formatVersion)),
    ...after.partitionFields.flatMap((field) => {
      const earlier = known.get(field.fieldId);
      return earlier === undefined ? [judgeAddition(field, before)] : judgeChange(earlier, field);
    }),
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

function judgeAddition(field: PartitionFieldState, before: TableState): Verdict {
  const { name, fieldId, transform } = field;
  const equivalent = before.retiredPartitions.find((each) => isEquivalent(each, field));
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

/** Iceberg's own word: such a field keeps its id when it comes back. */
function isEquivalent(one: PartitionFieldState, other: PartitionFieldState): boolean {
  return isSameMeaning(one, other) && one.name === other.name;
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
export function partitionFaults(state: TableState, columns: Columns): Verdict[] {
  const seen: PartitionFieldState[] = [];
  const topLevel = new Map(state.fields.map(({ name, id }) => [name, id]));
  return state.partitionFields.flatMap((field) => {
    const faults = fieldFaults(field, seen, topLevel, columns);
    seen.push(field);
    return faults.slice(0, 1);
  });
}

const TIME_TRANSFORMS = new Set(['year', 'month', 'day', 'hour']);

function fieldFaults(
  field: PartitionFieldState,
  seen: readonly PartitionFieldState[],
  topLevel: ReadonlyMap<string, number>,
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
        'declare the column again, or remove the partition field first.',
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
  const namesake = topLevel.get(name);
  if (namesake !== undefined && !(transform === 'identity' && namesake === sourceId)) {
    clash(`partition field '${name}' has the name of a column, which Iceberg refuses`, 'rename the column.');
  }
  // Iceberg's builder counts year, month, day and hour of one column as one and the same.
  const isTimed = (each: PartitionFieldState) => TIME_TRANSFORMS.has(each.transform);
  if (isTimed(field) && seen.some((other) => other.sourceId === sourceId && isTimed(other))) {
    faults.push(
      illegal(
        'redundant-partition',
        name,
        `column '${source?.path ?? sourceId}' is partitioned by time twice, which Iceberg calls redundant`,
        'keep the finer transform.',
      ),
    );
  }
  return faults;
}
