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
import { lockTable } from '../../../lib/schema/private/ledger-lock';
import { renderLedger } from '../../../lib/schema/private/ledger-text';
import { outlineOf } from '../../../lib/schema/private/declaration';
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

const lock = (declaration: TableDeclaration) => lockTable(outlineOf(declaration));

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
});

describe('synth fails, with file, table, subject and remedy,', () => {
  const REMEDY = "run 'npx data-patterns schema lock' and commit the file.";
  const drop = (path: string) => `give it up for good: npx data-patterns schema lock --allow-drop silver.t.${path}.`;

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
      `silver.u: has no ids yet; ${REMEDY} [not-locked]`,
    ],
    [
      'for a new column',
      table([ID]),
      table([ID, PRICE]),
      `silver.t: column 'price' is new (id 2); ${REMEDY} [add-column]`,
    ],
    [
      'for a column that is gone',
      table([ID, PRICE]),
      table([ID]),
      `silver.t: column 'price' (id 2) is no longer declared, and a rename that is not declared would lose its data; declare it again, declare its new name with renamedFrom: ['price'], or ${drop('price')} [drop-column]`,
    ],
    [
      'for a wider type, until it is locked',
      table([{ ...PRICE, type: ColumnType.INT }]),
      table([{ ...PRICE, type: ColumnType.LONG }]),
      `silver.t: column 'price' (id 1) changes from int to long; ${REMEDY} [widen-type]`,
    ],
    [
      'for a narrower type',
      table([PRICE]),
      table([{ ...PRICE, type: ColumnType.decimal(10, 2) }]),
      "silver.t: column 'price' (id 1) changes from decimal(18, 8) to decimal(10, 2), and Iceberg cannot read the old files with it; put decimal(18, 8) back and add a new column, or give up the old values for good: npx data-patterns schema lock --allow-drop silver.t.price. [change-type]",
    ],
    [
      'for another type inside a list, which can go only whole',
      table([{ name: 'l', type: ColumnType.list(ColumnType.INT) }]),
      table([{ name: 'l', type: ColumnType.list(ColumnType.STRING) }]),
      "silver.t: column 'l.element' (id 2) changes from int to string, and Iceberg cannot read the old files with it; put int back and add a new column, or give up the old values for good: npx data-patterns schema lock --allow-drop silver.t.l. [change-type]",
    ],
    [
      'for a column that became required',
      table([ID]),
      table([{ ...ID, required: true }]),
      "silver.t: column 'id' (id 1) becomes required, but rows written before may lack its value; declare it without 'required', and refuse nulls where the table is written. [require-column]",
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
      `silver.t: partition field 'at_day' (id 1000, day) is new; files of the past stay as they are; ${REMEDY} [add-partition-field]`,
    ],
    [
      'for a partition field that is gone',
      table([AT], [PartitionTransform.day('at')]),
      table([AT]),
      `silver.t: partition field 'at_day' (id 1000, day) is removed; files of the past stay laid out by it; ${REMEDY} [remove-partition-field]`,
    ],
    [
      'for another format version',
      table([ID]),
      { ...table([ID]), formatVersion: 3 },
      'silver.t: format version changes from 2 to 3, which Athena does not read, and there is no way back; keep version 2, or copy the rows into a new table. [format-version]',
    ],
  ])('%s', (_, locked, declared, message) => {
    expect(() => ledgerWith(locked).resolve(declared)).toThrow(`${file}: ${message}`);
  });
});
