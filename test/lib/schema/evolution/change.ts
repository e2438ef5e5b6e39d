import type { IcebergType } from '../../../../lib/schema/private/evolution';
import { Draft, Field, Metadata } from './metadata';
import { Slot, nestedSlots, slotsOf } from './slots';

/** A change of a table under way: what stood before, what is wished, what was declared beside it. */
export class Edit {
  /** Columns that may go. */
  public readonly drops: string[] = [];
  /** Columns that may be called otherwise, by their path before and their path after. */
  public readonly renames: { readonly from: string; readonly to: string }[] = [];
  /** Where a column comes from, if not from the one with its id: from another, or (null) from nowhere. */
  public readonly lineage = new Map<number, number | null>();
  private at = 0;

  /**
   * @param choices numbers that decide what is changed; used in turn
   * @param types types that new columns have, ids not yet given
   */
  public constructor(
    public readonly before: Metadata,
    public readonly draft: Draft,
    private readonly choices: readonly number[],
    private readonly types: readonly IcebergType[],
  ) {}

  public number(below: number): number {
    this.at += 1;
    return this.choices[this.at % this.choices.length] % below;
  }

  public pick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : items[this.number(items.length)];
  }

  /** The places of the wished schema that fulfil a condition. */
  public slots(condition: (slot: Slot) => boolean = () => true): Slot[] {
    return slotsOf(this.draft.fields).filter(condition);
  }

  /** Lists of fields into which a field can be put: the table's and those of its structs. */
  public structs(condition: (slot: Slot) => boolean = () => true): Field[][] {
    const nested = this.slots(condition).flatMap(({ type }) =>
      typeof type === 'object' && type.type === 'struct' ? [type.fields as Field[]] : [],
    );
    return [this.draft.fields, ...nested];
  }

  /** A type with new ids, and the id of the column that has it. */
  public newType(): { id: number; type: IcebergType } {
    const nextId = () => (this.draft.lastColumnId += 1);
    return { id: nextId(), type: numbered(this.types[this.number(this.types.length)], nextId) };
  }

  /** A name that no field beside it has; of fields that are gone, the names come back. */
  public newName(siblings: readonly Field[]): string {
    const taken = new Set(siblings.map((field) => field.name));
    return this.pick(NAMES.filter((name) => !taken.has(name))) ?? `n${this.draft.lastColumnId}`;
  }

  /** The fields that once stood in this table and do so no more, with the types they had last. */
  public retired(): Field[] {
    const live = new Set(slotsOf(this.draft.fields).map((slot) => slot.id));
    const gone = this.before.schemas
      .flatMap((schema) => slotsOf(schema.fields))
      .filter((slot) => slot.kind === 'field' && !live.has(slot.id));
    return [...new Map(gone.map((slot) => [slot.id, slot.field])).values()];
  }

  /** Takes a field out of the schema, with its part in identifiers, sort order and (unless they are kept) partitions. */
  public remove(slot: Slot, keepPartitions = false): void {
    const { siblings } = slot.around;
    const ids = new Set([slot, ...nestedSlots(slot)].map((each) => each.id));
    siblings!.splice(siblings!.indexOf(slot.field), 1);
    const { draft } = this;
    draft.identifierFieldIds = draft.identifierFieldIds.filter((id) => !ids.has(id));
    draft.order = draft.order.filter((field) => !ids.has(field['source-id']));
    if (!keepPartitions) {
      draft.partitions = draft.partitions.filter((field) => !ids.has(field['source-id']));
    }
  }
}

/** A kind of change: makes it and says true, or says false when this table has nothing that it could change. */
export type Change = (edit: Edit) => boolean;

// Names that nested paths use themselves are among them on purpose.
export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'element', 'key', 'value', 'fields', 'a_day', 'b_bucket'];

export function numbered(type: IcebergType, nextId: () => number): IcebergType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'list':
      return { ...type, 'element-id': nextId(), element: numbered(type.element, nextId) };
    case 'map':
      return {
        ...type,
        'key-id': nextId(),
        'value-id': nextId(),
        key: numbered(type.key, nextId),
        value: numbered(type.value, nextId),
      };
    case 'struct':
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, id: nextId(), type: numbered(field.type, nextId) })),
      };
  }
}
