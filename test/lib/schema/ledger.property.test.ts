import * as fc from 'fast-check';
import {
  Column,
  ColumnType,
  PartitionTransform,
  RecordSchema,
  SchemaLedger,
  TableDeclaration,
} from '../../../lib/schema';
import { lockTable } from '../../../lib/schema/private/ledger-lock';
import { LedgerTable } from '../../../lib/schema/private/ledger-entry';
import { parseLedger } from '../../../lib/schema/private/ledger-file';
import { renderLedger } from '../../../lib/schema/private/ledger-text';
import { outlineOf } from '../../../lib/schema/private/declaration';

const primitive = fc.constantFrom(
  ColumnType.BOOLEAN,
  ColumnType.INT,
  ColumnType.DOUBLE,
  ColumnType.STRING,
  ColumnType.TIMESTAMPTZ,
  ColumnType.decimal(18, 8),
  ColumnType.fixed(4),
);

// Names that nested paths use themselves are among them on purpose.
const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'element', 'key', 'value', 'a b', '__proto__', 'constructor');

const { columns } = fc.letrec<{ type: ColumnType; columns: Column[] }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    primitive,
    tie('type').map((element) => ColumnType.list(element)),
    fc.tuple(tie('type'), tie('type')).map(([key, value]) => ColumnType.map(key, value)),
    tie('columns').map((fields) => ColumnType.struct(fields)),
  ),
  columns: fc.uniqueArray(fc.record({ name, type: tie('type') }), {
    selector: (column) => column.name,
    minLength: 1,
    maxLength: 5,
  }),
}));

const tableOf = (fields: Column[], partitionedBy: PartitionTransform[] = []): TableDeclaration => ({
  name: 'silver.t',
  schema: new RecordSchema({ name: 't', columns: fields }),
  partitionedBy,
});

const lock = (table: TableDeclaration, known?: LedgerTable, drops: string[] = []): LedgerTable => {
  const { entry, verdicts } = lockTable(outlineOf(table), known, drops);
  expect(verdicts.filter(({ legal }) => !legal)).toEqual([]);
  return entry;
};

/** Every id in Iceberg's JSON of a type or schema, nested ones included. */
function idsIn(value: unknown): number[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === 'number' && /^(id|element-id|key-id|value-id)$/.test(key) ? [member] : idsIn(member),
  );
}

/** A column to add or, when the table has it already, to drop: a life of a table in steps. */
const steps = fc.array(fc.record({ name, type: columns.map((fields) => ColumnType.struct(fields)) }), {
  maxLength: 12,
});

test('the ids of a schema are 1 to the last, each once, however deeply nested', () => {
  fc.assert(
    fc.property(columns, (fields) => {
      const shape = SchemaLedger.provisional(tableOf(fields));
      const ids = idsIn(shape.schema).sort((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: shape.lastColumnId }, (_, index) => index + 1));
    }),
  );
});

test('no id changes while columns come', () => {
  fc.assert(
    fc.property(columns, columns, (before, more) => {
      const known = lock(tableOf(before));
      const names = new Set(before.map((column) => column.name));
      const after = lock(tableOf([...more.filter((column) => !names.has(column.name)), ...before]), known);
      expect(after.columns.slice(0, known.columns.length)).toEqual(known.columns);
    }),
  );
});

test('no id is given twice in a table’s life, whatever comes, goes and comes back', () => {
  fc.assert(
    fc.property(columns, steps, (initial, life) => {
      let live = initial;
      let entry = lock(tableOf(live));
      const owners = new Map(entry.columns.map((column) => [column.id, column.path]));
      for (const step of life) {
        const known = new Set(entry.columns.map((column) => column.id));
        const goes = live.length > 1 && live.some((column) => column.name === step.name);
        const stays = live.filter((column) => column.name !== step.name);
        live = goes ? stays : [...stays, live.find((column) => column.name === step.name) ?? step];
        entry = lock(tableOf(live), entry, goes ? [step.name] : []);
        for (const { id, path } of entry.columns) {
          expect(owners.has(id)).toBe(known.has(id));
          expect(owners.get(id) ?? path).toBe(path);
          owners.set(id, path);
        }
        const everGiven = [...entry.columns, ...entry.retiredColumns].map(({ id }) => id).sort((a, b) => a - b);
        expect(everGiven).toEqual([...owners.keys()].sort((a, b) => a - b));
      }
    }),
  );
});

test('partition ids count on from 1000 in the order in which the fields came', () => {
  const order = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { minLength: 1 });
  const fields = ['a', 'b', 'c', 'd', 'e'].map((each) => ({ name: each, type: ColumnType.INT }));
  fc.assert(
    fc.property(order, (sources) => {
      let entry: LedgerTable | undefined;
      for (let count = 1; count <= sources.length; count += 1) {
        const transforms = sources.slice(0, count).map((source) => PartitionTransform.identity(source));
        entry = lock(tableOf(fields, transforms.reverse()), entry);
      }
      const given = entry?.partitions.map(({ id, name: field }) => [id, field]);
      expect(given).toEqual(sources.map((source, index) => [1000 + index, source]));
    }),
  );
});

test('a ledger is read back as it was written, and written again to the byte', () => {
  const tableName = fc.constantFrom('bronze.a', 'silver.a', 'silver.b', 'gold.a', 'gold.a-b');
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(tableName, columns), { selector: ([table]) => table }), (tables) => {
      const content = new Map(tables.map(([table, fields]) => [table, lock(tableOf(fields))]));
      const text = renderLedger(content);
      expect(parseLedger(text, 'f')).toEqual(new Map([...content.entries()].sort(([a], [b]) => (a < b ? -1 : 1))));
      expect(renderLedger(new Map([...content.entries()].reverse()))).toBe(text);
    }),
  );
});

test('locking what is locked changes nothing', () => {
  fc.assert(
    fc.property(columns, (fields) => {
      const entry = lock(tableOf(fields));
      expect(lock(tableOf(fields), entry)).toEqual(entry);
    }),
  );
});
