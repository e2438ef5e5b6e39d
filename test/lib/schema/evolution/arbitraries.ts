import * as fc from 'fast-check';
import type { IcebergType } from '../../../../lib/schema/private/evolution';
import { Edit, NAMES, numbered } from './change';
import { COLUMN_CHANGES, PRIMITIVES } from './column-changes';
import { Draft, Field, Metadata, created } from './metadata';
import { slotsOf } from './slots';
import { TABLE_CHANGES } from './table-changes';

export const CHANGES = { ...COLUMN_CHANGES, ...TABLE_CHANGES };
/** A change still without its object: what it is, and the numbers that decide what it is made on. */
export interface PlannedChange {
  readonly name: string;
  readonly choices: number[];
  readonly types: IcebergType[];
}

/** What the tables of a run are made of. */
export interface Material {
  readonly primitives: readonly string[];
  /** Types of a map's keys; any type, nested ones included, when left out. */
  readonly keys?: readonly string[];
  readonly maxSteps: number;
}

/** All that Iceberg knows. */
export const EVERYTHING: Material = { primitives: PRIMITIVES, maxSteps: 6 };

/** What Spark can write and Python read: Spark knows no time of day, and Python no map whose keys are bytes. */
export const WRITABLE: Material = {
  primitives: PRIMITIVES.filter((type) => type !== 'time'),
  keys: PRIMITIVES.filter((type) => !/^(time|fixed|binary)/.test(type) || type.startsWith('timestamp')),
  maxSteps: 3,
};

/** A table and what is asked of it, one step after the other. */
export function lives(material: Material): fc.Arbitrary<Life> {
  const types = typesOf(material);
  return fc.record({
    table: tables(types),
    steps: fc.array(steps(types), { minLength: 1, maxLength: material.maxSteps }),
  });
}

export interface Life {
  readonly table: Metadata;
  readonly steps: readonly PlannedChange[][];
}

function typesOf({ primitives, keys }: Material): fc.Arbitrary<IcebergType> {
  const primitive = fc.constantFrom<IcebergType>(...primitives);
  return fc.letrec<{ type: IcebergType }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 5, arbitrary: primitive },
      { weight: 1, arbitrary: fc.record({ element: tie('type'), required: fc.boolean() }).map(listOf) },
      {
        weight: 1,
        arbitrary: fc
          .record({
            key: keys ? fc.constantFrom<IcebergType>(...keys) : tie('type'),
            value: tie('type'),
            required: fc.boolean(),
          })
          .map(mapOf),
      },
      { weight: 2, arbitrary: fieldsOf(tie('type'), 4).map((fields): IcebergType => ({ type: 'struct', fields })) },
    ),
  })).type;
}

const ID_TO_COME = 0;

function listOf({ element, required }: { element: IcebergType; required: boolean }): IcebergType {
  return { type: 'list', 'element-id': ID_TO_COME, 'element-required': required, element };
}

function mapOf({ key, value, required }: { key: IcebergType; value: IcebergType; required: boolean }): IcebergType {
  return { type: 'map', 'key-id': ID_TO_COME, key, 'value-id': ID_TO_COME, 'value-required': required, value };
}

function fieldsOf(type: fc.Arbitrary<IcebergType>, maxLength: number): fc.Arbitrary<Field[]> {
  return fc.uniqueArray(
    fc.record({ id: fc.constant(ID_TO_COME), name: fc.constantFrom(...NAMES), required: fc.boolean(), type }),
    { selector: (field) => field.name, minLength: 1, maxLength },
  );
}

/** A new table: columns however nested, then partition fields, a sort order and identifiers where they fit. */
function tables(types: fc.Arbitrary<IcebergType>): fc.Arbitrary<Metadata> {
  const extras = fc.constantFrom('add partition field', 'sort otherwise', 'identify', 'set property');
  return fc
    .record({ fields: fieldsOf(types, 6), extras: fc.array(extras, { maxLength: 4 }), choices })
    .map(({ fields, extras: names, choices: numbers }) => {
      const draft = emptyDraft();
      const nextId = () => (draft.lastColumnId += 1);
      draft.fields = fields.map((field) => ({ ...field, id: nextId() }));
      for (const field of draft.fields) field.type = numbered(field.type, nextId);
      const edit = new Edit(created(draft), draft, numbers, []);
      for (const name of names) CHANGES[name](edit);
      draft.partitions = withoutClashes(draft);
      return created(draft);
    });
}

const choices = fc.array(fc.nat(), { minLength: 4, maxLength: 4 });

/** Mostly one change, at times several at once. */
function steps(types: fc.Arbitrary<IcebergType>): fc.Arbitrary<PlannedChange[]> {
  const change = fc.record({
    name: fc.constantFrom(...Object.keys(CHANGES)),
    choices,
    types: fc.array(types, { minLength: 1, maxLength: 2 }),
  });
  return fc.oneof(
    { weight: 3, arbitrary: change.map((one) => [one]) },
    { weight: 1, arbitrary: fc.array(change, { minLength: 2, maxLength: 4 }) },
  );
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
