import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import * as fc from 'fast-check';
import { type Column, ColumnType, RecordSchema } from '../../../lib/schema';
import { declaredTopic, incompatibilities, type TopicVersions } from '../../../lib/schema/private/topic-compatibility';

const { STRING, INT, LONG, DOUBLE, BOOLEAN, TIMESTAMPTZ } = ColumnType;
const STRUCT = ColumnType.struct([{ name: 'a', type: INT }]);
const ID: Column = { name: 'id', type: STRING, required: true };

const declared = (columns: readonly Column[], key = ['id']) =>
  declaredTopic(new RecordSchema({ name: 'event', key, columns: [ID, ...columns] }));
const locked = (...versions: readonly (readonly Column[])[]): TopicVersions => ({
  key: ['id'],
  versions: versions.map((each) => declared(each).version),
});

describe('a change that older messages survive', () => {
  const SECTOR: Column = { name: 'sector', type: STRING };
  const COUNT: Column = { name: 'count', type: INT, required: true };

  test.each<[string, readonly Column[], readonly Column[]]>([
    ['nothing', [COUNT], [COUNT]],
    ['an optional field is added', [], [SECTOR]],
    ['a field goes', [SECTOR], []],
    ['a field becomes optional', [COUNT], [{ ...COUNT, required: false }]],
    ['a whole number becomes wider', [COUNT], [{ ...COUNT, type: LONG }]],
    ['a number need not be positive any more', [{ ...COUNT, positive: true }], [COUNT]],
    ['another description', [{ ...SECTOR, doc: 'Of the symbol.' }], [{ ...SECTOR, doc: 'Branch.' }]],
    [
      'an optional field is added inside of a field',
      [{ name: 'fees', type: ColumnType.struct([ID]) }],
      [{ name: 'fees', type: ColumnType.struct([ID, SECTOR]) }],
    ],
  ])('%s', (_, before, now) => {
    expect(incompatibilities(locked(before), declared(now))).toEqual([]);
  });
});

describe('a change that breaks older messages is told with field and remedy', () => {
  const X: Column = { name: 'x', type: INT };
  const fees = (field: Column) => [{ name: 'fees', type: ColumnType.struct([field]) }];

  test.each<[string, readonly Column[], readonly Column[], string]>([
    ['new and required', [], [{ ...X, required: true }], "field 'x' is new and required"],
    ['becomes required', [X], [{ ...X, required: true }], "field 'x' becomes required"],
    ['another type', [X], [{ ...X, type: BOOLEAN }], "field 'x' accepts less than before (type"],
    ['narrower', [{ ...X, type: LONG }], [X], 'field \'x\' accepts less than before (minimum "any" to -2147483648'],
    ['positive', [X], [{ ...X, positive: true }], 'field \'x\' accepts less than before (exclusiveMinimum "any" to 0)'],
    ['inside of a field', fees(X), fees({ ...X, type: BOOLEAN }), "field 'fees.x' accepts less"],
    ['inside of a list', [list(LONG)], [list(INT)], "field 'xs[]' accepts less"],
    ['elements of a list', [list(INT)], [list(INT, true)], "field 'xs[]' accepts less"],
    ['elements that are structs', [list(STRUCT)], [list(STRUCT, true)], "field 'xs[]' accepts less"],
    ['values of a map that are structs', [map(STRUCT)], [map(STRUCT, true)], "field 'xs{}' accepts less"],
  ])('%s', (_, before, now, message) => {
    const [problem, ...others] = incompatibilities(locked(before), declared(now));
    expect(problem).toContain(message);
    expect(problem).toMatch(/; (make it optional|leave it optional|add a new field instead)$/);
    expect(others).toEqual([]);
  });

  test('the key stays, for messages are spread and compacted by it', () => {
    const changed = declared([{ name: 'x', type: INT, required: true }], ['id', 'x']);
    expect(incompatibilities(locked([{ name: 'x', type: INT, required: true }]), changed)).toEqual([
      'its key goes from (id) to (id, x), and the messages that are there are spread and compacted by the old one; ' +
        'give the records a topic of their own',
    ]);
  });

  test('a field that has gone comes back only as what it was in any version', () => {
    const versions = locked([X], []);
    expect(incompatibilities(versions, declared([X]))).toEqual([]);
    expect(incompatibilities(versions, declared([{ ...X, type: BOOLEAN }]))).toEqual([
      expect.stringContaining("field 'x' accepts less than before"),
    ]);
  });

  test('is told once, however many versions it breaks', () => {
    expect(incompatibilities(locked([X], [X]), declared([{ ...X, type: BOOLEAN }]))).toHaveLength(1);
  });
});

function list(type: ColumnType, elementRequired = false): Column {
  return { name: 'xs', type: ColumnType.list(type, { elementRequired }) };
}

function map(type: ColumnType, valueRequired = false): Column {
  return { name: 'xs', type: ColumnType.map(STRING, type, { valueRequired }) };
}

// A type before and now, beside the messages that it admitted.
interface Change {
  readonly before: ColumnType;
  readonly now: ColumnType;
  readonly values: fc.Arbitrary<unknown>;
}
const same = (type: ColumnType, ...values: readonly unknown[]): Change => ({
  before: type,
  now: type,
  values: fc.constantFrom(...values),
});
const PRIMITIVES: readonly Change[] = [
  same(STRING, 'x', 7),
  same(INT, -3, 0, 2 ** 31 - 1),
  same(LONG, -1, 2 ** 40),
  same(DOUBLE, 1.5, -2),
  same(BOOLEAN, true, false),
  same(TIMESTAMPTZ, '2026-11-28T10:00Z', 0),
  same(ColumnType.decimal(18, 8), '1.25', -1, '.5e3'),
];

interface FieldChange {
  readonly name: string;
  readonly type: Change;
  readonly required: readonly [before: boolean, now: boolean];
  readonly there: 'both' | 'before' | 'now';
}

const flags = fc.oneof(
  { weight: 3, arbitrary: fc.boolean().map((each) => [each, each] as const) },
  fc.tuple(fc.boolean(), fc.boolean()),
);
const name = fc.constantFrom('a', 'b', 'c', 'd', 'description');
const primitive = fc.constantFrom(...PRIMITIVES);
const { fields } = fc.letrec<{ type: Change; fields: FieldChange[] }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    primitive,
    fc.tuple(primitive, primitive).map(([one, other]) => ({ ...one, now: other.now })),
    fc.tuple(tie('type'), flags).map(([{ before, now, values }, [was, is]]) => ({
      before: ColumnType.list(before, { elementRequired: was }),
      now: ColumnType.list(now, { elementRequired: is }),
      values: fc.array(orNull(values, was), { maxLength: 2 }),
    })),
    fc.tuple(tie('type'), flags).map(([{ before, now, values }, [was, is]]) => ({
      before: ColumnType.map(STRING, before, { valueRequired: was }),
      now: ColumnType.map(STRING, now, { valueRequired: is }),
      values: fc.dictionary(name, orNull(values, was), { maxKeys: 2, noNullPrototype: true }),
    })),
    tie('fields').map((inner) => ({
      before: ColumnType.struct(columnsOf(inner, 'before')),
      now: ColumnType.struct(columnsOf(inner, 'now')),
      values: messagesOf(inner),
    })),
  ),
  fields: fc
    .uniqueArray(
      fc.record({ name, type: tie('type'), required: flags, there: fc.constantFrom('both', 'both', 'before', 'now') }),
      { selector: (each) => each.name, minLength: 1, maxLength: 3 },
    )
    // A struct has one field at least.
    .map(([first, ...others]) => [{ ...first, there: 'both' }, ...others] as FieldChange[]),
}));

function columnsOf(changes: readonly FieldChange[], side: 'before' | 'now'): Column[] {
  return changes
    .filter(({ there }) => there === 'both' || there === side)
    .map(({ name: column, type, required: [was, is] }) => ({
      name: column,
      type: type[side],
      required: side === 'before' ? was : is,
    }));
}

function orNull(values: fc.Arbitrary<unknown>, required: boolean): fc.Arbitrary<unknown> {
  return required ? values : fc.option(values);
}

function messagesOf(changes: readonly FieldChange[]): fc.Arbitrary<Record<string, unknown>> {
  const before = changes.filter(({ there }) => there !== 'now');
  const model = before.map(({ name: column, type, required: [was] }) => [column, orNull(type.values, was)]);
  return fc.record(Object.fromEntries(model) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: before.filter(({ required: [was] }) => was).map((each) => each.name),
    noNullPrototype: true,
  });
}

const ajv = new Ajv({ strict: false, allowUnionTypes: true });
addFormats(ajv);

test('a change that is let through admits every message of before', () => {
  let admitted = 0;
  const topic = (changes: readonly FieldChange[], side: 'before' | 'now') =>
    declaredTopic(new RecordSchema({ name: 'event', columns: columnsOf(changes, side) }));
  const changed = fields.chain((changes) =>
    fc.tuple(fc.constant(changes), fc.array(messagesOf(changes), { minLength: 4, maxLength: 4 })),
  );
  fc.assert(
    fc.property(changed, ([changes, messages]) => {
      const [before, now] = [topic(changes, 'before'), topic(changes, 'now')];
      const letThrough = incompatibilities({ key: [], versions: [before.version] }, now).length === 0;
      admitted += Number(letThrough);
      for (const message of messages) {
        expect(ajv.validate(before.version, message)).toBe(true);
        if (letThrough) expect(ajv.validate(now.version, message)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
  expect(admitted).toBeGreaterThan(20);
});
