import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { Column, ColumnType } from '../../../../lib/schema';
import { LEDGER, enterProject, leaveProject, project, run, table } from './schema-project';

beforeEach(() => {
  enterProject();
});

afterEach(leaveProject);

/** A table that lost the column `venue` and the partition field `id_bucket`, in the form of the specification. */
const METADATA = {
  'format-version': 2,
  'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
  location: 's3://lake/silver/t',
  'last-column-id': 6,
  'current-schema-id': 1,
  schemas: [
    {
      type: 'struct',
      'schema-id': 0,
      fields: [
        { id: 1, name: 'id', required: false, type: 'string' },
        { id: 2, name: 'venue', required: false, type: 'string' },
      ],
    },
    {
      type: 'struct',
      'schema-id': 1,
      fields: [
        { id: 1, name: 'id', required: false, type: 'string' },
        { id: 5, name: 'price', required: false, type: 'decimal(18,8)' },
        {
          id: 3,
          name: 'tags',
          required: false,
          type: { type: 'list', 'element-id': 4, 'element-required': false, element: 'string' },
        },
      ],
    },
  ],
  'partition-specs': [
    { 'spec-id': 0, fields: [{ 'source-id': 1, 'field-id': 1000, name: 'id_bucket', transform: 'bucket[4]' }] },
    { 'spec-id': 1, fields: [{ 'source-id': 1, 'field-id': 1001, name: 'id', transform: 'identity' }] },
  ],
  'default-spec-id': 1,
  'last-partition-id': 1001,
};

const COLUMNS: Column[] = [
  { name: 'id', type: ColumnType.STRING },
  { name: 'price', type: ColumnType.decimal(18, 8) },
  { name: 'tags', type: ColumnType.list(ColumnType.STRING) },
];

const save = (metadata: object, name = 'm.metadata.json') => writeFileSync(name, JSON.stringify(metadata));
const entry = () => JSON.parse(readFileSync(LEDGER, 'utf8')).tables['silver.t'];
const adopt = (...args: string[]) => run('adopt', 'silver.t', '--metadata', 'm.metadata.json', ...args);

test('a table gets the ids of its files, and what it gave up stays given up', async () => {
  save(METADATA);
  expect(await adopt()).toMatchObject({
    status: 0,
    stdout: `${LEDGER}: silver.t: adopted m.metadata.json: 4 column(s), 1 partition field(s), 1 retired column(s), 1 retired partition field(s)\n${LEDGER}: written; declare the table in code and run 'npx data-patterns schema check'.\n`,
  });
  expect(entry()).toMatchObject({
    formatVersion: 2,
    lastColumnId: 6,
    lastPartitionId: 1001,
    columns: [
      { id: 1, path: 'id', type: 'string' },
      { id: 3, path: 'tags', type: 'list' },
      { id: 4, path: 'tags.element', type: 'string' },
      { id: 5, path: 'price', type: 'decimal(18, 8)' },
    ],
    partitions: [{ id: 1001, name: 'id', transform: 'identity', source: 1 }],
    retiredColumns: [{ id: 2, path: 'venue' }],
    retiredPartitions: [{ id: 1000, name: 'id_bucket', transform: 'bucket[4]', source: 1 }],
  });
});

test('code that declares the table agrees with it, and a new column comes after every id', async () => {
  save(METADATA);
  await adopt();
  const unpartitioned = { ...table([...COLUMNS, { name: 'venue', type: ColumnType.STRING }]) };
  project([unpartitioned]);
  expect((await run('lock')).status).toBe(0);
  expect(entry().columns).toContainEqual({ id: 7, path: 'venue', type: 'string' });
});

test('a second adoption changes nothing, and says so', async () => {
  save(METADATA);
  await adopt();
  const before = readFileSync(LEDGER);
  expect(JSON.parse((await adopt('--json')).stdout)).toMatchObject({ command: 'adopt', ok: true, written: false });
  expect(readFileSync(LEDGER)).toEqual(before);
});

test("a writer's own column is taken in, and one that is not deployed yet keeps its higher id", async () => {
  save(METADATA);
  await adopt();
  project([table([...COLUMNS, { name: 'x', type: ColumnType.INT }, { name: 'y', type: ColumnType.INT }])]);
  await run('lock');
  const [older, newer] = METADATA.schemas;
  const fields = [...(newer?.fields ?? []), { id: 7, name: 'theirs', required: false, type: 'int' }];
  save({ ...METADATA, 'last-column-id': 7, schemas: [older, { ...newer, fields }] });
  await adopt();
  expect(entry().columns.slice(-2)).toEqual([
    { id: 7, path: 'theirs', type: 'int' },
    { id: 8, path: 'y', type: 'int' },
  ]);
});

test('a column that the ledger has retired does not come back', async () => {
  save(METADATA);
  await adopt();
  project([table(COLUMNS.filter(({ name }) => name !== 'price'))]);
  await run('lock', '--allow-drop', 'silver.t.price');
  await adopt();
  expect(entry().retiredColumns.map(({ id }: { id: number }) => id)).toEqual([2, 5]);
});

test('a compressed metadata file is read too', async () => {
  writeFileSync('m.metadata.json', gzipSync(JSON.stringify(METADATA)));
  expect((await adopt()).status).toBe(0);
});

describe('refused with exit status 2, one line and no ledger:', () => {
  async function expectRefusal(message: RegExp): Promise<void> {
    const { status, stdout, stderr } = await adopt();
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(existsSync(LEDGER)).toBe(false);
  }

  test('no such file', async () => {
    await expectRefusal(/^m\.metadata\.json: cannot be read \(ENOENT.*; name the table's metadata file\.$/);
  });

  test('no JSON, with its line', async () => {
    writeFileSync('m.metadata.json', '{\n "format-version": 2,\n}');
    await expectRefusal(/^m\.metadata\.json:3: is not valid JSON; name the table's newest/);
  });

  test('neither text nor compressed text', async () => {
    writeFileSync('m.metadata.json', Buffer.from([0x1f, 0x8b, 1, 2, 3]));
    await expectRefusal(/^m\.metadata\.json: is neither text nor compressed text;/);
  });

  const [first, second] = METADATA.schemas;
  const withField = (field: object) => ({ ...METADATA, schemas: [first, { ...second, fields: [field] }] });

  test.each<[string, unknown, RegExp]>([
    ['a list', [], /^m\.metadata\.json: Iceberg metadata: the metadata is \[\], which cannot be; /],
    ['another document', { name: 'x' }, /: Iceberg metadata: a schema is missing; give the metadata file/],
    ['no format version', { ...METADATA, 'format-version': undefined }, /: format-version is missing;/],
    ['no location', { ...METADATA, location: 7 }, /: location is 7, which cannot be;/],
    ['a current schema that is not there', { ...METADATA, 'current-schema-id': 9 }, /: current-schema-id is 9,/],
    ['a current spec that is not there', { ...METADATA, 'default-spec-id': 9 }, /: default-spec-id is 9,/],
    ['a column without id', withField({ name: 'a', required: false, type: 'int' }), /the id of field 'a' is missing;/],
    ['a column with text as id', withField({ id: '1', name: 'a', required: false, type: 'int' }), /field 'a' is "1",/],
    ['a column without type', withField({ id: 1, name: 'a', required: false }), /the type of field 'a' is missing;/],
    [
      'a list without element id',
      withField({ id: 1, name: 'a', required: false, type: { type: 'list', element: 'int' } }),
      /'element-id' of field 'a' is missing;/,
    ],
    [
      'a name that code cannot declare',
      withField({ id: 1, name: 'a.b', required: false, type: 'int' }),
      /^m\.metadata\.json: column "a\.b" has a name that no RecordSchema can have; rename it/,
    ],
    [
      'a type that code cannot declare',
      withField({ id: 1, name: 'a', required: false, type: 'variant' }),
      /^m\.metadata\.json: column 'a' has type variant, which no RecordSchema can have;/,
    ],
  ])('%s', async (_, metadata, message) => {
    writeFileSync('m.metadata.json', JSON.stringify(metadata));
    await expectRefusal(message);
  });

  test('a name that cannot stand in the ledger', async () => {
    save(METADATA);
    expect(await run('adopt', 'Trades', '--metadata', 'm.metadata.json')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^Table "Trades": a name in the ledger is 'layer\.table'/),
    });
  });
});
