import { Change, Edit } from './change';
import { Field } from './metadata';
import { Slot, nestedSlots } from './slots';

const isField = (slot: Slot) => slot.kind === 'field';
const outsideKeys = (slot: Slot) => !slot.around.inKey;

/** Changes of columns, in Iceberg's words; which are legal is for the judges to say. */
export const COLUMN_CHANGES: Record<string, Change> = {
  'add column': (edit) => add(edit, edit.draft.fields, { required: false }),
  'add nested field': (edit) => add(edit, edit.pick(edit.structs(outsideKeys).slice(1)), { required: false }),
  'add required column': (edit) => add(edit, edit.pick(edit.structs(outsideKeys)), { required: true }),
  'add field to map key': (edit) =>
    add(edit, edit.pick(edit.structs((slot) => slot.around.inKey).slice(1)), { required: false }),
  'add column with a live id': (edit) => {
    const live = edit.pick(edit.slots());
    return live !== undefined && add(edit, edit.draft.fields, { required: false, id: live.id });
  },
  'add column with a retired id': (edit) => {
    const retired = edit.pick(edit.retired());
    return retired !== undefined && add(edit, edit.draft.fields, { required: false, id: retired.id });
  },
  'add column with a default': (edit) => {
    edit.draft.lastColumnId += 1;
    const name = edit.newName(edit.draft.fields);
    const field = { id: edit.draft.lastColumnId, name, required: false, type: 'int', 'initial-default': 7 };
    edit.draft.fields.push(field);
    return true;
  },
  'bring a retired column back': (edit) => {
    const retired = edit.pick(edit.retired());
    if (retired === undefined || edit.draft.fields.some((field) => field.name === retired.name)) return false;
    edit.draft.fields.push({ ...structuredClone(retired), required: false });
    return true;
  },
  'drop column': (edit) => drop(edit, edit.draft.fields.length > 1 ? edit.slots(isTop(edit)) : [], true),
  'drop nested field': (edit) => drop(edit, edit.slots(isNestedField), true),
  'drop undeclared': (edit) => drop(edit, edit.draft.fields.length > 1 ? edit.slots(isTop(edit)) : [], false),
  'drop partition source': (edit) => {
    const sources = new Set(edit.draft.partitions.map((field) => field['source-id']));
    const slot = edit.pick(edit.slots((each) => isField(each) && sources.has(each.id)));
    if (slot === undefined || slot.around.siblings!.length === 1) return false;
    edit.drops.push(slot.path);
    edit.remove(slot, true);
    return true;
  },
  rename: (edit) =>
    rename(
      edit,
      edit.slots((slot) => isField(slot) && outsideKeys(slot)),
      true,
    ),
  'rename undeclared': (edit) =>
    rename(
      edit,
      edit.slots((slot) => isField(slot) && outsideKeys(slot)),
      false,
    ),
  'rename in map key': (edit) =>
    rename(
      edit,
      edit.slots((slot) => isField(slot) && slot.around.inKey),
      true,
    ),
  'swap names': (edit) => {
    const [a, b] = edit.pick(edit.structs(outsideKeys).filter((fields) => fields.length > 1)) ?? [];
    if (a === undefined) return false;
    declareRename(edit, a, b.name);
    declareRename(edit, b, a.name);
    [a.name, b.name] = [b.name, a.name];
    return true;
  },
  'rename to a twin': (edit) => {
    const [a, b] = edit.pick(edit.structs(outsideKeys).filter((fields) => fields.length > 1)) ?? [];
    if (a === undefined) return false;
    declareRename(edit, b, a.name);
    b.name = a.name;
    return true;
  },
  reorder: (edit) => {
    const fields = edit.pick(edit.structs(outsideKeys).filter((each) => each.length > 1));
    if (fields === undefined) return false;
    fields.push(fields.splice(edit.number(fields.length - 1), 1)[0]);
    return true;
  },
  'change doc': (edit) => {
    const slot = edit.pick(edit.slots((each) => isField(each) && outsideKeys(each)));
    if (slot === undefined) return false;
    slot.field.doc = `doc ${edit.number(3)}`;
    return true;
  },
  widen: (edit) => retype(edit, edit.slots(outsideKeys), WIDER),
  'widen map key': (edit) =>
    retype(
      edit,
      edit.slots((slot) => slot.around.inKey),
      WIDER,
    ),
  narrow: (edit) => retype(edit, edit.slots(outsideKeys), NARROWER),
  'change decimal scale': (edit) => retype(edit, edit.slots(outsideKeys), RESCALED),
  'change type': (edit) => {
    const slot = edit.pick(edit.slots((each) => each.isPrimitive && outsideKeys(each)));
    const type = edit.pick(PRIMITIVES.filter((each) => each !== slot?.type));
    if (slot === undefined || type === undefined) return false;
    slot.type = type;
    return true;
  },
  'nest a primitive': (edit) => {
    const slot = edit.pick(edit.slots((each) => each.isPrimitive && outsideKeys(each)));
    if (slot === undefined) return false;
    edit.draft.lastColumnId += 1;
    slot.type = {
      type: 'list',
      'element-id': edit.draft.lastColumnId,
      'element-required': false,
      element: slot.type,
    };
    return true;
  },
  'flatten a nested column': (edit) => {
    const slot = edit.pick(edit.slots((each) => !each.isPrimitive && outsideKeys(each)));
    if (slot === undefined) return false;
    slot.type = 'string';
    return true;
  },
  'renumber nested ids': (edit) => {
    const slot = edit.pick(edit.slots((each) => !isField(each)));
    if (slot === undefined) return false;
    edit.draft.lastColumnId += 1;
    edit.lineage.set(edit.draft.lastColumnId, slot.id);
    slot.id = edit.draft.lastColumnId;
    return true;
  },
  'move to another struct': (edit) => {
    const slot = edit.pick(edit.slots((each) => isNestedField(each)));
    if (slot === undefined || edit.draft.fields.some((field) => field.name === slot.field.name)) return false;
    const { siblings } = slot.around;
    siblings!.splice(siblings!.indexOf(slot.field), 1);
    edit.draft.fields.push(slot.field);
    return true;
  },
  'make optional': (edit) => {
    const identifiers = new Set(edit.draft.identifierFieldIds);
    const slot = edit.pick(
      edit.slots(
        (each) =>
          each.required &&
          each.kind !== 'key' &&
          outsideKeys(each) &&
          ![each, ...nestedSlots(each)].some(({ id }) => identifiers.has(id)),
      ),
    );
    if (slot === undefined) return false;
    slot.required = false;
    return true;
  },
  'make identifier optional': (edit) => {
    const slot = edit.pick(edit.slots((each) => edit.draft.identifierFieldIds.includes(each.id)));
    if (slot === undefined) return false;
    slot.required = false;
    return true;
  },
  'make required': (edit) => {
    const slot = edit.pick(edit.slots((each) => !each.required));
    if (slot === undefined) return false;
    slot.required = true;
    return true;
  },
};

export const PRIMITIVES = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'decimal(9, 2)',
  'decimal(18, 8)',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'uuid',
  'fixed[4]',
  'fixed[16]',
  'binary',
];

const WIDER: Record<string, string> = {
  int: 'long',
  float: 'double',
  'decimal(9, 2)': 'decimal(12, 2)',
  'decimal(12, 2)': 'decimal(38, 2)',
  'decimal(18, 8)': 'decimal(20, 8)',
};
const NARROWER = Object.fromEntries(Object.entries(WIDER).map(([narrow, wide]) => [wide, narrow]));
const RESCALED: Record<string, string> = { 'decimal(9, 2)': 'decimal(10, 3)', 'decimal(18, 8)': 'decimal(18, 2)' };

const isNestedField = (slot: Slot) =>
  isField(slot) && slot.around.siblings!.length > 1 && slot.path.includes('.') && outsideKeys(slot);

function isTop({ draft }: Edit): (slot: Slot) => boolean {
  return (slot) => slot.around.siblings === draft.fields;
}

function declareRename(edit: Edit, field: Field, name: string): void {
  const from = edit.slots((slot) => isField(slot) && slot.field === field)[0].path;
  edit.renames.push({ from, to: from.slice(0, from.length - field.name.length) + name });
}

function add(edit: Edit, into: Field[] | undefined, options: { required: boolean; id?: number }): boolean {
  if (into === undefined) return false;
  const { id, type } = edit.newType();
  const field = { id: options.id ?? id, name: edit.newName(into), required: options.required, type };
  edit.lineage.set(field.id, null);
  into.splice(edit.number(into.length + 1), 0, field);
  return true;
}

function drop(edit: Edit, candidates: Slot[], declared: boolean): boolean {
  const slot = edit.pick(candidates);
  if (slot === undefined) return false;
  if (declared) edit.drops.push(slot.path);
  edit.remove(slot);
  return true;
}

function rename(edit: Edit, candidates: Slot[], declared: boolean): boolean {
  const slot = edit.pick(candidates);
  if (slot === undefined) return false;
  const name = edit.newName(slot.around.siblings!);
  if (declared) declareRename(edit, slot.field, name);
  slot.field.name = name;
  return true;
}

function retype(edit: Edit, candidates: Slot[], table: Record<string, string>): boolean {
  const slot = edit.pick(candidates.filter(({ type }) => typeof type === 'string' && type in table));
  if (slot === undefined) return false;
  slot.type = table[slot.type as string];
  return true;
}
