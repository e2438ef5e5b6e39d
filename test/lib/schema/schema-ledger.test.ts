import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Column,
  ColumnType,
  PartitionTransform,
  RecordSchema,
  SchemaLedger,
  TableDeclaration,
} from '../../../lib/schema';
import { lockTable } from '../../../lib/schema/private/ledger-diff';
import { LedgerTable, renderLedger } from '../../../lib/schema/private/ledger-file';
import { outlineOf } from '../../../lib/schema/private/outline';
import { EVERYTHING, SILVER } from './tables';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  file = join(folder, 'schemas.lock.json');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const ID: Column = { name: 'id', type: ColumnType.STRING };
const PRICE: Column = { name: 'price', type: ColumnType.decimal(18, 8) };
const AT: Column = { name: 'at', type: ColumnType.TIMESTAMPTZ };

const table = (columns: Column[], partitionedBy: PartitionTransform[] = []): TableDeclaration => ({
  name: 'silver.t',
  schema: new RecordSchema({ name: 't', columns }),
  partitionedBy,
});

const lock = (declaration: TableDeclaration, known?: LedgerTable, drops: string[] = []) =>
  lockTable(outlineOf(declaration), known, new Set(drops));

function ledgerWith(...declarations: TableDeclaration[]): SchemaLedger {
  writeFileSync(file, renderLedger(new Map(declarations.map((each) => [each.name, lock(each).entry]))));
  return SchemaLedger.fromFile(file);
}

describe('resolving', () => {
  test('gives a locked table its ids', () => {
    expect(ledgerWith(EVERYTHING).resolve(EVERYTHING)).toEqual(SchemaLedger.provisional(EVERYTHING));
  });

  test('keeps ids when code puts columns in another order', () => {
    const ledger = ledgerWith(table([ID, PRICE]));
    expect(ledger.resolve(table([PRICE, ID])).schema.fields.map(({ id, name }) => [id, name])).toEqual([
      [2, 'price'],
      [1, 'id'],
    ]);
  });

  test('reads the file when it is asked, not before', () => {
    expect(() => SchemaLedger.fromFile(join(folder, 'none.json'))).not.toThrow();
  });

  test('takes thirty tables in a few milliseconds', () => {
    const tables = Array.from({ length: 30 }, (_, index) => ({ ...EVERYTHING, name: `silver.t${index}` }));
    const ledger = ledgerWith(...tables);
    ledger.resolve(tables[0] as TableDeclaration);
    const start = performance.now();
    tables.forEach((each) => ledger.resolve(each));
    // Measured at 3 ms; the margin is for a busy machine.
    expect(performance.now() - start).toBeLessThan(60);
  });
});

describe('synth fails, with file, table, subject and remedy,', () => {
  const REMEDY = "run 'npx data-patterns schema lock' and commit the file.";

  test('without a ledger', () => {
    expect(() => SchemaLedger.fromFile(file).resolve(SILVER)).toThrow(
      `${file}: there is no such schema ledger; ${REMEDY}`,
    );
  });

  test.each<[string, TableDeclaration, TableDeclaration, string]>([
    [
      'for a table without ids',
      table([ID]),
      { ...table([ID]), name: 'silver.u' },
      `silver.u: has no ids yet; ${REMEDY}`,
    ],
    ['for a new column', table([ID]), table([ID, PRICE]), `silver.t: column 'price' has no id yet; ${REMEDY}`],
    [
      'for a column that is gone',
      table([ID, PRICE]),
      table([ID]),
      "silver.t: column 'price' (id 2) is no longer declared, and a rename would lose its data; declare it again, or give it up for good with 'npx data-patterns schema lock --allow-drop silver.t.price'.",
    ],
    [
      'for another type',
      table([PRICE]),
      table([{ ...PRICE, type: ColumnType.decimal(10, 2) }]),
      "silver.t: column 'price' is decimal(18, 8) in the ledger and decimal(10, 2) in code; put the type back",
    ],
    [
      'for another type inside a list',
      table([{ name: 'l', type: ColumnType.list(ColumnType.INT) }]),
      table([{ name: 'l', type: ColumnType.list(ColumnType.STRING) }]),
      "silver.t: column 'l.element' is int in the ledger and string in code",
    ],
    [
      'for a column that became required',
      table([ID]),
      table([{ ...ID, required: true }]),
      "silver.t: column 'id' is optional in the ledger and required in code; put 'required' back to false.",
    ],
    [
      'for a name in another case',
      table([ID]),
      table([{ ...ID, name: 'Id' }]),
      "silver.t: column 'id' (id 1) is no longer declared",
    ],
    [
      'for a new partition field',
      table([AT]),
      table([AT], [PartitionTransform.day('at')]),
      `silver.t: partition field 'at_day' has no id yet; ${REMEDY}`,
    ],
    [
      'for a partition field that is gone',
      table([AT], [PartitionTransform.day('at')]),
      table([AT]),
      "silver.t: partition field 'at_day' (id 1000, day) is no longer declared, and data files are laid out by it; declare it again.",
    ],
    [
      'for another number of buckets',
      table([ID], [PartitionTransform.bucket('id', 8)]),
      table([ID], [PartitionTransform.bucket('id', 16)]),
      "silver.t: partition field 'id_bucket' is bucket[8] in the ledger and bucket[16] in code; put bucket[8] back.",
    ],
  ])('%s', (_, locked, declared, message) => {
    expect(() => ledgerWith(locked).resolve(declared)).toThrow(`${file}: ${message}`);
  });
});

describe('locking', () => {
  test('appends new columns and partition fields after every id that was given', () => {
    const first = lock(table([ID, { name: 'l', type: ColumnType.list(ColumnType.INT) }])).entry;
    const { entry, added } = lock(
      table([PRICE, ID, { name: 'l', type: ColumnType.list(ColumnType.INT) }, AT], [PartitionTransform.day('at')]),
      first,
    );
    expect(added).toEqual(['price', 'at', 'partition at_day']);
    expect(entry.columns.map(({ id, path }) => [id, path])).toEqual([
      [1, 'id'],
      [2, 'l'],
      [3, 'l.element'],
      [4, 'price'],
      [5, 'at'],
    ]);
    expect(entry.partitions).toEqual([{ id: 1000, name: 'at_day', transform: 'day', source: 5 }]);
  });

  test('gives a new field of a known struct an id', () => {
    const struct = (...columns: Column[]) => table([{ name: 's', type: ColumnType.struct(columns) }]);
    const { entry } = lock(struct(ID, PRICE), lock(struct(ID)).entry);
    expect(entry.columns.map(({ id, path }) => [id, path])).toEqual([
      [1, 's'],
      [2, 's.id'],
      [3, 's.price'],
    ]);
  });

  test('refuses a new required column, because old rows have no value', () => {
    const { refusals } = lock(table([ID, { ...PRICE, required: true }]), lock(table([ID])).entry);
    expect(refusals).toEqual([
      "silver.t: column 'price' is new and required, but rows written before have no value for it; declare it without 'required'.",
    ]);
  });

  test('takes a required field inside a new optional struct', () => {
    const added: Column = { name: 's', type: ColumnType.struct([{ ...ID, required: true }]) };
    expect(lock(table([ID, added]), lock(table([ID])).entry).refusals).toEqual([]);
  });

  test('changes nothing when it refuses anything', () => {
    const before = lock(table([ID, PRICE])).entry;
    const { entry, added, refusals } = lock(table([ID, AT]), before);
    expect(refusals).toHaveLength(1);
    expect({ entry, added }).toEqual({ entry: before, added: [] });
  });

  test('refuses a rename once, for the column and not for what is nested in it', () => {
    const listed = (name: string) => table([{ name, type: ColumnType.list(ColumnType.struct([ID])) }]);
    expect(lock(listed('b'), lock(listed('a')).entry).refusals).toHaveLength(1);
  });

  test('says nothing about the elements when a list becomes text', () => {
    const before = lock(table([{ name: 'l', type: ColumnType.list(ColumnType.INT) }])).entry;
    expect(lock(table([{ name: 'l', type: ColumnType.STRING }]), before).refusals).toEqual([
      expect.stringContaining("column 'l' is list in the ledger and string in code"),
    ]);
  });
});

describe('dropping with leave', () => {
  test('retires the id, which a column of the same name never gets again', () => {
    const dropped = lock(table([ID]), lock(table([ID, PRICE])).entry, ['price']);
    expect(dropped.retired).toEqual(['price']);
    expect(lock(table([ID, PRICE]), dropped.entry).entry).toMatchObject({
      columns: [{ id: 1 }, { id: 3, path: 'price' }],
      retiredColumns: [{ id: 2, path: 'price' }],
      lastColumnId: 3,
    });
  });

  test('retires what is nested in the column too', () => {
    const before = lock(table([ID, { name: 'l', type: ColumnType.list(ColumnType.INT) }])).entry;
    expect(lock(table([ID]), before, ['l']).entry.retiredColumns.map(({ id }) => id)).toEqual([2, 3]);
  });

  test('leaves a column whose name only begins alike', () => {
    const before = lock(table([ID, PRICE, { ...PRICE, name: 'price2' }])).entry;
    expect(lock(table([ID, { ...PRICE, name: 'price2' }]), before, ['price']).retired).toEqual(['price']);
  });

  test('gives a column of another type a new id', () => {
    const { entry } = lock(table([{ ...PRICE, type: ColumnType.STRING }]), lock(table([PRICE])).entry, ['price']);
    expect(entry).toMatchObject({
      columns: [{ id: 2, path: 'price', type: 'string' }],
      retiredColumns: [{ id: 1, path: 'price', type: 'decimal(18, 8)' }],
    });
  });

  test('refuses a column that still partitions', () => {
    const before = lock(table([ID, AT], [PartitionTransform.day('at')])).entry;
    expect(lock(table([ID]), before, ['at']).refusals).toEqual([
      expect.stringContaining("partition field 'at_day' (id 1000, day) is no longer declared"),
      "silver.t: column 'at' cannot be dropped, because partition field 'at_day' is computed from it and Iceberg would no longer open the table; declare it again.",
    ]);
  });
});
