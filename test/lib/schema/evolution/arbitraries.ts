import * as fc from 'fast-check';
import type { IcebergType } from '../../../../lib/schema/private/evolution';
import { Edit, NAMES, numbered } from './change';
import { COLUMN_CHANGES, PRIMITIVES } from './column-changes';
import { Draft, Metadata, created } from './metadata';
import { slotsOf } from './slots';
import { TABLE_CHANGES } from './table-changes';

export const CHANGES = { ...COLUMN_CHANGES, ...TABLE_CHANGES };
export type ChangeName = string;

/** A change still without its object: what it is, and the numbers that decide what it is made on. */
export interface PlannedChange {
  readonly name: ChangeName;
  readonly choices: number[];
  readonly types: IcebergType[];
}

const ID_TO_COME = 0;

const { type: typeArbitrary } = fc.letrec<{ type: IcebergType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 5, arbitrary: fc.constantFrom(...PRIMITIVES) },
    {
      weight: 1,
      arbitrary: fc
        .record({ element: tie('type'), required: fc.boolean() })
        .map(({ element, required }): IcebergType => ({
          type: 'list',
          'element-id': ID_TO_COME,
          'element-required': required,
          element,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ key: tie('type'), value: tie('type'), required: fc.boolean() })
        .map(({ key, value, required }): IcebergType => ({
          type: 'map',
          'key-id': ID_TO_COME,
          key,
          'value-id': ID_TO_COME,
          'value-required': required,
          value,
        })),
    },
    {
      weight: 2,
      arbitrary: fc
        .uniqueArray(
          fc.record({
            id: fc.constant(ID_TO_COME),
            name: fc.constantFrom(...NAMES),
            required: fc.boolean(),
            type: tie('type'),
          }),
          { selector: (field) => field.name, minLength: 1, maxLength: 4 },
        )
        .map((fields): IcebergType => ({ type: 'struct', fields })),
    },
  ),
}));

/** A new table: columns however nested, then partition fields, a sort order and identifiers where they fit. */
export const table: fc.Arbitrary<Metadata> = fc
  .record({
    columns: fc.uniqueArray(
      fc.record({ name: fc.constantFrom(...NAMES), required: fc.boolean(), type: typeArbitrary }),
      { selector: (column) => column.name, minLength: 1, maxLength: 6 },
    ),
    extras: fc.array(fc.constantFrom('add partition field', 'sort otherwise', 'identify', 'set property'), {
      maxLength: 4,
    }),
    choices: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
  })
  .map(({ columns, extras, choices }) => {
    const draft = emptyDraft();
    const nextId = () => (draft.lastColumnId += 1);
    draft.fields = columns.map((column) => ({ id: nextId(), ...column }));
    for (const field of draft.fields) field.type = numbered(field.type, nextId);
    const edit = new Edit(created(draft), draft, choices, []);
    for (const name of extras) CHANGES[name](edit);
    draft.partitions = withoutClashes(draft);
    return created(draft);
  });

/** One step of a table's life: mostly one change, at times several at once. */
export const step: fc.Arbitrary<PlannedChange[]> = fc.oneof(
  { weight: 3, arbitrary: change().map((one) => [one]) },
  { weight: 1, arbitrary: fc.array(change(), { minLength: 2, maxLength: 4 }) },
);

/** A table and what is asked of it, one step after the other. */
export const life = fc.record({ table, steps: fc.array(step, { minLength: 1, maxLength: 6 }) });

function change(): fc.Arbitrary<PlannedChange> {
  return fc.record({
    name: fc.constantFrom(...Object.keys(CHANGES)),
    choices: fc.array(fc.nat(), { minLength: 4, maxLength: 4 }),
    types: fc.array(typeArbitrary, { minLength: 1, maxLength: 2 }),
  });
}

function emptyDraft(): Draft {
  return {
    formatVersion: 2,
    location: 'memory://lake/t',
    fields: [],
    identifierFieldIds: [],
    partitions: [],
    order: [],
    properties: {},
    lastColumnId: 0,
    lastPartitionId: 999,
  };
}

/** A new table has no partition fields that Iceberg calls redundant or that are called as a column is. */
function withoutClashes({ partitions, fields }: Draft): Draft['partitions'] {
  const paths = new Set(slotsOf(fields).map(({ path }) => path));
  const timed = /^(year|month|day|hour)$/;
  return partitions.filter(
    (field, index) =>
      (field.transform === 'identity' || !paths.has(field.name)) &&
      !partitions
        .slice(0, index)
        .some(
          (other) =>
            other.name === field.name ||
            (other['source-id'] === field['source-id'] &&
              (other.transform === field.transform || (timed.test(other.transform) && timed.test(field.transform)))),
        ),
  );
}
