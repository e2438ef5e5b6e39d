import { Column, ColumnType, PartitionTransform, RecordSchema, TableDeclaration } from '../../../lib/schema';
import { outlineOf } from '../../../lib/schema/private/declaration';
import { LedgerTable } from '../../../lib/schema/private/ledger-entry';
import { lockTable, refusalsIn } from '../../../lib/schema/private/ledger-lock';

const ID: Column = { name: 'id', type: ColumnType.STRING };
const PRICE: Column = { name: 'price', type: ColumnType.decimal(18, 8) };
const AT: Column = { name: 'at', type: ColumnType.TIMESTAMPTZ };

const table = (columns: Column[], partitionedBy: PartitionTransform[] = [], key: string[] = []): TableDeclaration => ({
  name: 'silver.t',
  schema: new RecordSchema({ name: 't', columns, key }),
  partitionedBy,
});

/** The entry after a change, and rule and subject of what stands against it. */
function lock(declaration: TableDeclaration, known?: LedgerTable, drops: string[] = []) {
  const { entry, verdicts } = lockTable(outlineOf(declaration), known, drops);
  const refused = refusalsIn(declaration.name, verdicts).map(({ rule, subject }) => `${rule} ${subject}`);
  const allowed = verdicts.filter(({ legal }) => legal).map(({ rule, subject }) => `${rule} ${subject}`);
  return { entry, refused, allowed, ids: entry.columns.map(({ id, path }) => [id, path]) };
}

test('new columns and partition fields come after every id that was given', () => {
  const list: Column = { name: 'l', type: ColumnType.list(ColumnType.INT) };
  const first = lock(table([ID, list])).entry;
  const { entry, allowed, ids } = lock(table([PRICE, ID, list, AT], [PartitionTransform.day('at')]), first);
  expect(allowed).toEqual(['add-column price', 'add-column at', 'add-partition-field at_day']);
  expect(ids).toEqual([
    [1, 'id'],
    [2, 'l'],
    [3, 'l.element'],
    [4, 'price'],
    [5, 'at'],
  ]);
  expect(entry.partitions).toEqual([{ id: 1000, name: 'at_day', transform: 'day', source: 5 }]);
});

test('a new field of a known struct gets an id', () => {
  const struct = (...columns: Column[]) => table([{ name: 's', type: ColumnType.struct(columns) }]);
  expect(lock(struct(ID, PRICE), lock(struct(ID)).entry).ids).toEqual([
    [1, 's'],
    [2, 's.id'],
    [3, 's.price'],
  ]);
});

test('columns in another order change nothing', () => {
  const before = lock(table([ID, PRICE])).entry;
  expect(lock(table([PRICE, ID]), before)).toMatchObject({ entry: before, allowed: [], refused: [] });
});

test('a new required column is refused, a required field inside a new optional struct is not', () => {
  const before = lock(table([ID])).entry;
  expect(lock(table([ID, { ...PRICE, required: true }]), before).refused).toEqual(['add-required-column price']);
  const struct: Column = { name: 's', type: ColumnType.struct([{ ...PRICE, required: true }]) };
  expect(lock(table([ID, struct]), before).refused).toEqual([]);
});

describe('a rename', () => {
  const COST: Column = { ...PRICE, name: 'cost' };
  const before = lock(table([ID, PRICE])).entry;

  test('that is not declared is a drop, which is refused', () => {
    expect(lock(table([ID, COST]), before).refused).toEqual(['drop-column price']);
  });

  test('that is declared keeps the id', () => {
    const { ids, refused, allowed } = lock(table([ID, { ...COST, renamedFrom: ['price'] }]), before);
    expect({ ids, refused, allowed }).toEqual({
      ids: [
        [1, 'id'],
        [2, 'cost'],
      ],
      refused: [],
      allowed: ['rename-column cost'],
    });
  });

  test('may stay declared, or be left out, once it is locked', () => {
    const renamed = table([ID, { ...COST, renamedFrom: ['price'] }]);
    const { entry } = lock(renamed, before);
    expect(lock(renamed, entry).allowed).toEqual([]);
    expect(lock(table([ID, COST]), entry)).toMatchObject({ entry, allowed: [], refused: [] });
  });

  test('over two names at once finds the older one', () => {
    const twice: Column = { ...PRICE, name: 'amount', renamedFrom: ['price', 'cost'] };
    expect(lock(table([ID, twice]), before).ids).toEqual([
      [1, 'id'],
      [2, 'amount'],
    ]);
  });

  test('of a struct keeps what is nested in it, a field that is renamed in turn too', () => {
    const struct = (name: string, field: Column, renamedFrom?: string[]) =>
      table([{ name, type: ColumnType.struct([field]), ...(renamedFrom && { renamedFrom }) }]);
    const known = lock(struct('s', PRICE)).entry;
    const { ids, allowed } = lock(struct('z', { ...COST, renamedFrom: ['price'] }, ['s']), known);
    expect(ids).toEqual([
      [1, 'z'],
      [2, 'z.cost'],
    ]);
    expect(allowed).toEqual(['rename-column z', 'rename-column z.cost']);
  });

  test('from a name that the ledger does not have is a new column', () => {
    expect(lock(table([ID, PRICE, { ...COST, renamedFrom: ['amount'] }]), before).allowed).toEqual(['add-column cost']);
  });

  test('leaves the old name to a new column with an id of its own', () => {
    const { entry } = lock(table([ID, { ...COST, renamedFrom: ['price'] }]), before);
    expect(lock(table([ID, COST, PRICE]), entry).ids).toEqual([
      [1, 'id'],
      [2, 'cost'],
      [3, 'price'],
    ]);
  });

  test('keeps the name of the partition field', () => {
    const known = lock(table([AT], [PartitionTransform.day('at')])).entry;
    const moved: Column = { ...AT, name: 'when', renamedFrom: ['at'] };
    const { entry, allowed } = lock(table([moved], [PartitionTransform.day('when')]), known);
    expect(entry.partitions).toEqual(known.partitions);
    expect(allowed).toEqual(['rename-column when']);
  });
});

describe('dropping with leave', () => {
  test('retires the id, which a column of the same name never gets again', () => {
    const { entry, refused } = lock(table([ID]), lock(table([ID, PRICE])).entry, ['price']);
    expect(refused).toEqual([]);
    expect(lock(table([ID, PRICE]), entry).entry).toMatchObject({
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
    const { entry } = lock(table([ID, { ...PRICE, name: 'price2' }]), before, ['price']);
    expect(entry.retiredColumns.map(({ path }) => path)).toEqual(['price']);
  });

  test('gives a column of another type a new id', () => {
    const { entry } = lock(table([{ ...PRICE, type: ColumnType.STRING }]), lock(table([PRICE])).entry, ['price']);
    expect(entry).toMatchObject({
      columns: [{ id: 2, path: 'price', type: 'string' }],
      retiredColumns: [{ id: 1, path: 'price', type: 'decimal(18, 8)' }],
    });
  });

  test('refuses a column that still partitions, also in the step that removes the partition field, and ever after', () => {
    const before = lock(table([ID, AT], [PartitionTransform.day('at')])).entry;
    expect(lock(table([ID]), before, ['at']).refused).toEqual(['drop-partition-source at']);
    const unpartitioned = lock(table([ID, AT]), before);
    expect(unpartitioned.refused).toEqual([]);
    expect(lock(table([ID]), unpartitioned.entry, ['at']).refused).toEqual(['drop-partition-source at']);
  });

  test('refuses a column that identifies rows until it is taken out of the key', () => {
    const key: Column = { ...ID, required: true };
    const before = lock(table([key, PRICE], [], ['id'])).entry;
    expect(before.identifierFields).toEqual([1]);
    expect(lock(table([PRICE]), before, ['id']).refused).toEqual(['drop-identifier-field id']);
    const freed = lock(table([key, PRICE]), before);
    expect(freed.allowed).toEqual(['identifier-fields identifier-fields']);
    expect(lock(table([PRICE]), freed.entry, ['id']).refused).toEqual([]);
  });
});

describe('partition fields', () => {
  const bucket = (buckets: number) => table([ID], [PartitionTransform.bucket('id', buckets)]);
  const before = lock(bucket(8)).entry;

  test('a removed one is retired', () => {
    expect(lock(table([ID]), before)).toMatchObject({
      entry: { partitions: [], retiredPartitions: [{ id: 1000, transform: 'bucket[8]' }], lastPartitionId: 1000 },
      allowed: ['remove-partition-field id_bucket'],
      refused: [],
    });
  });

  test('one that replaces another gets an id and a name of its own', () => {
    const { entry, refused } = lock(bucket(16), before);
    expect(refused).toEqual([]);
    expect(entry.partitions).toEqual([{ id: 1001, name: 'id_bucket_1001', transform: 'bucket[16]', source: 1 }]);
    expect(entry.retiredPartitions).toEqual([{ id: 1000, name: 'id_bucket', transform: 'bucket[8]', source: 1 }]);
  });

  test('one that comes back is the same again, as the specification demands, and no other gets its id', () => {
    const replaced = lock(bucket(16), before).entry;
    const { entry, allowed } = lock(bucket(8), replaced);
    expect(entry.partitions).toEqual(before.partitions);
    expect(entry.retiredPartitions).toEqual(replaced.partitions);
    expect(entry.lastPartitionId).toBe(1001);
    expect(allowed).toEqual(['remove-partition-field id_bucket_1001', 'restore-partition-field id_bucket']);
    expect(lock(bucket(4), entry).entry.partitions).toMatchObject([{ id: 1002 }]);
  });
});
