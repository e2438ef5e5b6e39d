import { Change, Edit } from './change';
import { PartitionField } from './metadata';
import { Slot } from './slots';

const TRANSFORMS = ['identity', 'year', 'month', 'day', 'hour', 'bucket[4]', 'bucket[16]', 'truncate[4]'];
/** How Iceberg's own libraries name a partition field. */
const SUFFIXES: Record<string, string> = { identity: '', truncate: '_trunc' };

/** Which transforms take a type: https://iceberg.apache.org/spec/#partition-transforms */
function takes(type: string): string[] {
  if (type.startsWith('timestamp')) return TRANSFORMS.filter((each) => each !== 'truncate[4]');
  if (type === 'date') return ['identity', 'year', 'month', 'day', 'bucket[4]', 'bucket[16]'];
  if (/^(int|long|string|binary|decimal)/.test(type)) return ['identity', 'bucket[4]', 'bucket[16]', 'truncate[4]'];
  if (/^(time|uuid|fixed)/.test(type)) return ['identity', 'bucket[4]', 'bucket[16]'];
  return ['identity'];
}

const isSource = (slot: Slot) => slot.isPrimitive && slot.kind === 'field' && !slot.around.repeated;

/** Changes of partitions, write order, identifiers, properties and the table itself. */
export const TABLE_CHANGES: Record<string, Change> = {
  'add partition field': (edit) => addPartition(edit, (type) => takes(type)),
  'add partition field that its source cannot have': (edit) =>
    addPartition(edit, (type) => TRANSFORMS.filter((each) => !takes(type).includes(each))),
  'remove partition field': (edit) => {
    const field = edit.pick(edit.draft.partitions);
    edit.draft.partitions = edit.draft.partitions.filter((each) => each !== field);
    return field !== undefined;
  },
  'replace partition field': (edit) => {
    const field = edit.pick(edit.draft.partitions);
    edit.draft.partitions = edit.draft.partitions.filter((each) => each !== field);
    return field !== undefined && addPartition(edit, (type) => takes(type));
  },
  'rename partition field': (edit) => {
    const field = edit.pick(edit.draft.partitions);
    if (field === undefined) return false;
    field.name = `p${edit.number(9)}_${field['field-id']}`;
    return true;
  },
  'reorder partition fields': (edit) => {
    edit.draft.partitions.reverse();
    return edit.draft.partitions.length > 1;
  },
  'bring a retired partition field back': (edit) => {
    const retired = edit.pick(retiredPartitions(edit));
    if (retired === undefined || edit.draft.partitions.some((field) => field.name === retired.name)) return false;
    edit.draft.partitions.push({ ...retired });
    return true;
  },
  'bring a retired partition field back under a new id': (edit) => {
    const retired = edit.pick(retiredPartitions(edit));
    if (retired === undefined || edit.draft.partitions.some((field) => field.name === retired.name)) return false;
    edit.draft.lastPartitionId += 1;
    edit.draft.partitions.push({ ...retired, 'field-id': edit.draft.lastPartitionId });
    return true;
  },
  'add partition field with a retired id': (edit) => {
    const retired = edit.pick(retiredPartitions(edit));
    return retired !== undefined && addPartition(edit, (type) => takes(type), retired['field-id']);
  },
  'add partition field with a live id': (edit) => {
    const live = edit.pick(edit.draft.partitions);
    return live !== undefined && addPartition(edit, (type) => takes(type), live['field-id']);
  },
  'compute a partition field otherwise': (edit) => {
    const field = edit.pick(edit.draft.partitions);
    const type = edit.slots((slot) => slot.id === field?.['source-id'])[0]?.type;
    if (field === undefined || typeof type !== 'string') return false;
    const transform = edit.pick(takes(type).filter((each) => each !== field.transform));
    if (transform === undefined) return false;
    field.transform = transform;
    return true;
  },
  'sort otherwise': (edit) => {
    const slot = edit.pick(edit.slots(isSource));
    if (slot === undefined) return false;
    const [direction, nullOrder] = edit.pick([
      ['asc', 'nulls-first'],
      ['desc', 'nulls-last'],
      ['asc', 'nulls-last'],
    ])!;
    edit.draft.order = [{ transform: 'identity', 'source-id': slot.id, direction, 'null-order': nullOrder }];
    return true;
  },
  'sort no more': (edit) => {
    const sorted = edit.draft.order.length > 0;
    edit.draft.order = [];
    return sorted;
  },
  'sort by no column': (edit) => {
    edit.draft.order = [{ transform: 'identity', 'source-id': 9999, direction: 'asc', 'null-order': 'nulls-first' }];
    return true;
  },
  identify: (edit) => identify(edit, (slot) => slot.required && slot.around.alwaysThere && !isFloating(slot)),
  'identify by what cannot': (edit) =>
    identify(edit, (slot) => !slot.required || !slot.around.alwaysThere || isFloating(slot)),
  'identify no more': (edit) => {
    const identified = edit.draft.identifierFieldIds.length > 0;
    edit.draft.identifierFieldIds = [];
    return identified;
  },
  'set property': (edit) => {
    const [name, value] = edit.pick([
      ['write.parquet.compression-codec', 'zstd'],
      ['write.target-file-size-bytes', '134217728'],
      ['owner.note', 'x'],
    ])!;
    edit.draft.properties[name] = `${value}`;
    return true;
  },
  'set reserved property': (edit) => {
    edit.draft.properties['current-snapshot-id'] = '1';
    return true;
  },
  'change name mapping': (edit) => {
    const known = 'schema.name-mapping.default' in edit.draft.properties;
    edit.draft.properties['schema.name-mapping.default'] = known ? '[]' : '[{"field-id":1,"names":["a"]}]';
    return true;
  },
  'remove property': (edit) => {
    const name = edit.pick(Object.keys(edit.draft.properties));
    if (name !== undefined) delete edit.draft.properties[name];
    return name !== undefined;
  },
  'change format version': (edit) => {
    edit.draft.formatVersion = 3;
    return true;
  },
  'change location': (edit) => {
    edit.draft.location += '-moved';
    return true;
  },
};

function addPartition(edit: Edit, transformsOf: (type: string) => string[], id?: number): boolean {
  const slot = edit.pick(edit.slots((each) => isSource(each) && transformsOf(each.type as string).length > 0));
  if (slot === undefined) return false;
  const transform = edit.pick(transformsOf(slot.type as string))!;
  edit.draft.lastPartitionId += id === undefined ? 1 : 0;
  const kind = transform.replace(/\[.*/, '');
  edit.draft.partitions.push({
    name: slot.path + (SUFFIXES[kind] ?? `_${kind}`),
    transform,
    'source-id': slot.id,
    'field-id': id ?? edit.draft.lastPartitionId,
  });
  return true;
}

function retiredPartitions({ before, draft }: Edit): PartitionField[] {
  const live = new Set(draft.partitions.map((field) => field['field-id']));
  const retired = before['partition-specs']
    .flatMap((spec) => spec.fields)
    .filter((field) => !live.has(field['field-id']));
  return [...new Map(retired.map((field) => [field['field-id'], field])).values()];
}

function identify(edit: Edit, condition: (slot: Slot) => boolean): boolean {
  const slot = edit.pick(edit.slots((each) => each.kind === 'field' && each.isPrimitive && condition(each)));
  if (slot !== undefined) edit.draft.identifierFieldIds = [slot.id];
  return slot !== undefined;
}

function isFloating({ type }: Slot): boolean {
  return type === 'float' || type === 'double';
}
