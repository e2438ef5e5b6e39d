import type { IcebergType } from '../../../../lib/schema/private/evolution';
import type { Field } from './metadata';

const KEYS = {
  field: { id: 'id', type: 'type', required: 'required' },
  element: { id: 'element-id', type: 'element', required: 'element-required' },
  key: { id: 'key-id', type: 'key', required: undefined },
  value: { id: 'value-id', type: 'value', required: 'value-required' },
} as const;

interface Surroundings {
  /** The fields of the struct, or of the table, that hold this one; undefined for an element, a key, a value. */
  readonly siblings?: Field[];
  /** Whether it is a map's key, or inside one. */
  readonly inKey: boolean;
  /** Whether it is inside a list or map, where no partition, order or identifier may reach. */
  readonly repeated: boolean;
  /** Whether every struct around it is required. */
  readonly alwaysThere: boolean;
}

/** A place in a schema that has an id: a column, a struct's field, an element, a key or a value. Setting changes the schema. */
export class Slot {
  public constructor(
    public readonly path: string,
    public readonly kind: keyof typeof KEYS,
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- one of four JSON objects, see KEYS
    private readonly holder: any,
    public readonly around: Surroundings,
  ) {}

  public get id(): number {
    return this.holder[KEYS[this.kind].id];
  }

  public set id(id: number) {
    this.holder[KEYS[this.kind].id] = id;
  }

  public get type(): IcebergType {
    return this.holder[KEYS[this.kind].type];
  }

  public set type(type: IcebergType) {
    this.holder[KEYS[this.kind].type] = type;
  }

  public get required(): boolean {
    const key = KEYS[this.kind].required;
    return key === undefined || this.holder[key];
  }

  public set required(required: boolean) {
    const key = KEYS[this.kind].required;
    if (key !== undefined) this.holder[key] = required;
  }

  /** The field itself, where it is one. */
  public get field(): Field {
    return this.holder;
  }

  public get isPrimitive(): boolean {
    return typeof this.type === 'string';
  }
}

const TABLE: Surroundings = { inKey: false, repeated: false, alwaysThere: true };

/** Every place of a schema, outer ones before what is nested in them. */
export function slotsOf(fields: Field[], prefix = '', around: Surroundings = TABLE): Slot[] {
  return fields.flatMap((field) => {
    const slot = new Slot(prefix + field.name, 'field', field, { ...around, siblings: fields });
    return [slot, ...nestedSlots(slot)];
  });
}

/** The places inside a slot's type. */
export function nestedSlots(slot: Slot): Slot[] {
  const { type, path } = slot;
  if (typeof type === 'string') return [];
  if (type.type === 'struct') {
    const alwaysThere = slot.around.alwaysThere && slot.required;
    return slotsOf(type.fields as Field[], `${path}.`, { ...slot.around, siblings: undefined, alwaysThere });
  }
  const inside = { ...slot.around, siblings: undefined, repeated: true, alwaysThere: false };
  const parts =
    type.type === 'list'
      ? [new Slot(`${path}.element`, 'element', type, inside)]
      : [
          new Slot(`${path}.key`, 'key', type, { ...inside, inKey: true }),
          new Slot(`${path}.value`, 'value', type, inside),
        ];
  return parts.flatMap((part) => [part, ...nestedSlots(part)]);
}
