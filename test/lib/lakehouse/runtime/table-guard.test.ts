import { gzipSync } from 'node:zlib';
import { type GuardSources, guardTable } from '../../../../lib/lakehouse/runtime/table-guard';
import type { TableState } from '../../../../lib/schema/private/evolution';
import { event } from '../../foundation/runtime/answers';
import { FakeAws, LOCATION, METADATA_FILE, column, declared, metadataFile, partition } from './guarded-table';

const FIELDS = declared().fields.slice();
const NAMED = { CatalogId: '111122223333', DatabaseName: 'silver', TableName: 'trades', LedgerName: 'layer.ledger' };

const properties = (table: TableState, named: object = NAMED) => ({ ...named, Table: JSON.stringify(table) });

/** `passes`, or the sentence with which the first deployment of a table is refused. */
function create(aws: GuardSources, desired: TableState): Promise<string> {
  return outcome(aws, event('Create', 'https://unused', properties(desired)));
}

/** `passes`, or the sentence with which a later deployment is refused. */
function update(aws: GuardSources, deployed: TableState, desired: TableState): Promise<string> {
  return outcome(aws, event('Update', 'https://unused', properties(desired), 'silver.trades', properties(deployed)));
}

async function outcome(aws: GuardSources, request: ReturnType<typeof event>): Promise<string> {
  try {
    const { physicalResourceId } = await guardTable(aws, request);
    return physicalResourceId === 'silver.trades' ? 'passes' : physicalResourceId;
  } catch (error) {
    return (error as Error).message;
  }
}

beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

const without = (name: string) => FIELDS.filter((field) => field.name !== name);
const replaced = (name: string, field: ReturnType<typeof column>) =>
  FIELDS.map((each) => (each.name === name ? field : each));

describe('passes', () => {
  test('the first deployment of a table', async () => {
    expect(await create(new FakeAws(), declared())).toBe('passes');
  });

  test('a deployment that changes nothing', async () => {
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), declared())).toBe('passes');
  });

  test('the adoption of a table whose columns have the ids of the ledger', async () => {
    expect(await create(new FakeAws(metadataFile([FIELDS])), declared())).toBe('passes');
  });

  test('a column that is added', async () => {
    const desired = declared({ fields: [...FIELDS, column(4, 'venue')], lastColumnId: 4 });
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), desired)).toBe('passes');
  });

  test('a column that is widened', async () => {
    const desired = declared({ fields: replaced('quantity', column(2, 'quantity', 'long')) });
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), desired)).toBe('passes');
  });

  test('a column that the ledger has retired', async () => {
    const desired = declared({ fields: without('quantity'), retiredColumns: [{ id: 2, path: 'quantity' }] });
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), desired)).toBe('passes');
  });

  test('a column that is renamed, its id kept by the ledger', async () => {
    const desired = declared({ fields: replaced('quantity', column(2, 'amount', 'int')) });
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), desired)).toBe('passes');
  });

  test('what a writer did and the ledger took over', async () => {
    const fields = [...FIELDS, column(4, 'note')];
    const aws = new FakeAws(metadataFile([FIELDS, fields]));
    expect(await update(aws, declared(), declared({ fields, lastColumnId: 4 }))).toBe('passes');
  });

  test('a property that only a writer has set, for it stays', async () => {
    const properties = { 'write.format.default': 'parquet', 'schema.name-mapping.default': '[]' };
    const aws = new FakeAws(metadataFile([FIELDS], undefined, { properties }));
    expect(await update(aws, declared(), declared({ properties: { 'write.format.default': 'orc' } }))).toBe('passes');
  });

  test('a column that a deployment had added before it was rolled back', async () => {
    const added = [...FIELDS, column(4, 'venue')];
    const aws = new FakeAws(metadataFile([FIELDS, added, FIELDS]));
    expect(await update(aws, declared(), declared({ fields: added, lastColumnId: 4 }))).toBe('passes');
  });

  test('a partition field that a deployment had added before it was rolled back', async () => {
    const [day] = declared().partitionFields;
    const both = [day, partition(1001, 'trade_id_bucket', 'bucket[4]', 1)];
    const aws = new FakeAws(metadataFile([FIELDS], [[day], both, [day]]));
    expect(await update(aws, declared(), declared({ partitionFields: both, lastPartitionId: 1001 }))).toBe('passes');
  });

  test('a table of another name, whatever became of the first', async () => {
    const old = properties(declared(), { ...NAMED, TableName: 'other' });
    const request = event('Update', 'https://unused', properties(declared()), 'silver.other', old);
    expect(await outcome(new FakeAws(), request)).toBe('passes');
  });

  test('the deletion of the stack, without a look at the table', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.getTable = () => Promise.reject(new Error('asked'));
    const request = event('Delete', 'https://unused', properties(declared()), 'silver.trades');
    expect(await outcome(aws, request)).toBe('passes');
  });
});

describe('refuses by the rules of Iceberg', () => {
  test.each([
    [
      'a narrowed type',
      { fields: replaced('quantity', column(2, 'quantity', 'string')) },
      /^silver\.trades: column 'quantity' \(id 2\) changes from int to string, .*; put int back/,
    ],
    [
      'a new required column',
      { fields: [...FIELDS, column(4, 'venue', 'string', true)] },
      /'venue' is new and required/,
    ],
    ['an id of the past', { fields: [...without('quantity'), column(2, 'venue')] }, /id 2/],
    ['a source of a partition that goes', { fields: without('traded_at') }, /'traded_at'/],
    ['another location', { location: 's3://lake/silver/trades2' }, /absolute path/],
    ['format version 3', { formatVersion: 3 }, /format version changes from 2 to 3, which Athena does not read/],
    [
      'another meaning of a partition field id',
      { partitionFields: [partition(1000, 'traded_at_month', 'month', 3)] },
      /partition field 'traded_at_month' \(id 1000\) changes from day of column id 3 to month/,
    ],
  ])('%s', async (_, changes, sentence) => {
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), declared(changes))).toMatch(sentence);
  });

  test('an id that a column of the past had, whose values would reappear under another name', async () => {
    const past = [...FIELDS, column(4, 'venue')];
    const aws = new FakeAws(metadataFile([FIELDS, past, FIELDS]));
    const desired = declared({ fields: [...FIELDS, column(4, 'broker')], lastColumnId: 4 });
    expect(await update(aws, declared(), desired)).toMatch(/'broker' has id 4, which belonged to 'venue'/);
  });

  test('an id of the past that comes back under its name with another type', async () => {
    const aws = new FakeAws(metadataFile([FIELDS, [...FIELDS, column(4, 'venue')], FIELDS]));
    const desired = declared({ fields: [...FIELDS, column(4, 'venue', 'int')], lastColumnId: 4 });
    expect(await update(aws, declared(), desired)).toMatch(/'venue' has id 4, which belonged to 'venue'/);
  });

  test('a column that leaves the code and not the ledger', async () => {
    const desired = declared({ fields: without('quantity') });
    expect(await update(new FakeAws(metadataFile([FIELDS])), declared(), desired)).toMatch(
      /column 'quantity' \(id 2\) is no longer declared/,
    );
  });

  test('several at once, three of them told', async () => {
    const fields = FIELDS.map(({ id, name }) => column(id, name, 'binary')).concat(column(4, 'venue', 'int', true));
    const message = await update(new FakeAws(metadataFile([FIELDS])), declared(), declared({ fields }));
    expect(message.match(/changes from/g)).toHaveLength(3);
    expect(message).toContain('And 2 more, which the log of');
  });
});

describe('notices what a writer did between two deployments, and undoes none of it', () => {
  const renamed = replaced('quantity', column(2, 'amount', 'int'));
  const [day] = declared().partitionFields;
  const bucket = partition(1001, 'trade_id_bucket', 'bucket[4]', 1);
  const touched = declared({ properties: { 'write.format.default': 'orc' } });

  test.each([
    [
      'a column that a writer added',
      metadataFile([FIELDS, [...FIELDS, column(4, 'note')]]),
      /^silver\.trades: column 'note' \(id 4\) was added to the table by a writer, and this deployment would drop it; take it over with 'npx data-patterns schema adopt layer\.ledger' .* ALTER TABLE/,
    ],
    ['a column that a writer renamed', metadataFile([FIELDS, renamed]), /'amount' in the table and 'quantity' in this/],
    [
      'a column that a writer dropped',
      metadataFile([FIELDS, without('quantity')]),
      /'quantity' \(id 2\) was dropped from the table by a writer, .* --allow-drop layer\.ledger\.quantity'/,
    ],
    [
      'a column that a writer widened',
      metadataFile([FIELDS, replaced('quantity', column(2, 'quantity', 'long'))]),
      /'quantity' \(id 2\) changes from long to int/,
    ],
    [
      'a partition field that a writer added',
      metadataFile([FIELDS], [[day], [day, bucket]]),
      /'trade_id_bucket' \(id 1001\) was added to the table by a writer/,
    ],
    [
      'a partition field that a writer removed',
      metadataFile([FIELDS], [[day], []]),
      /'traded_at_day' \(id 1000\) was removed from the table by a writer/,
    ],
  ])('%s', async (_, metadata, sentence) => {
    expect(await update(new FakeAws(metadata), declared(), touched)).toMatch(sentence);
  });

  test('a partition field of the past that a writer brought back', async () => {
    const past = declared({ retiredPartitions: [bucket], lastPartitionId: 1001 });
    const aws = new FakeAws(metadataFile([FIELDS], [[day, bucket], [day], [day, bucket]]));
    expect(await update(aws, past, { ...past, properties: {} })).toMatch(
      /'trade_id_bucket' \(id 1001\) was added to the table by a writer/,
    );
  });

  test('but not a partition field that the ledger took over and has given up since', async () => {
    const aws = new FakeAws(metadataFile([FIELDS], [[day], [day, bucket]]));
    expect(await update(aws, declared(), declared({ retiredPartitions: [bucket], lastPartitionId: 1001 }))).toBe(
      'passes',
    );
  });

  test('a column that a writer added, whose id the ledger gives to another', async () => {
    const aws = new FakeAws(metadataFile([FIELDS, [...FIELDS, column(4, 'note')]]));
    const desired = declared({ fields: [...FIELDS, column(4, 'venue')], lastColumnId: 4 });
    expect(await update(aws, declared(), desired)).toMatch(
      /column id 4 is called 'note' in the table and 'venue' in this deployment, which would rename it; .*schema adopt/,
    );
  });

  test('a struct that a writer added, told once', async () => {
    const type = { type: 'struct' as const, fields: [column(5, 'street')] };
    const aws = new FakeAws(metadataFile([FIELDS, [...FIELDS, { id: 4, name: 'address', type, required: false }]]));
    expect((await update(aws, declared(), touched)).match(/was added/g)).toHaveLength(1);
  });

  test('a column that a writer renamed, inside a struct that may be dropped', async () => {
    const address = (name: string) => ({
      ...column(4, 'address'),
      type: { type: 'struct' as const, fields: [column(5, name)] },
    });
    const deployed = declared({ fields: [...FIELDS, address('street')], lastColumnId: 5 });
    const retiredColumns = [
      { id: 4, path: 'address' },
      { id: 5, path: 'address.street' },
    ];
    const dropped = declared({ lastColumnId: 5, retiredColumns });
    const renamedByWriter = new FakeAws(
      metadataFile([
        [...FIELDS, address('street')],
        [...FIELDS, address('road')],
      ]),
    );
    expect(await update(renamedByWriter, deployed, dropped)).toMatch(
      /'address\.road' \(id 5\) was renamed by a writer \(it was 'address\.street'\), and this deployment would drop it/,
    );
    expect(await update(new FakeAws(metadataFile([[...FIELDS, address('street')]])), deployed, dropped)).toBe('passes');
  });

  test('a column of a table that is adopted and that the ledger does not know', async () => {
    const aws = new FakeAws(metadataFile([[...FIELDS, column(4, 'note')]]));
    expect(await create(aws, declared())).toMatch(/'note' \(id 4\).*schema adopt/);
  });
});

describe('a rollback', () => {
  const narrowed = () => ({
    aws: new FakeAws(metadataFile([FIELDS, replaced('quantity', column(2, 'quantity', 'long'))])),
    from: declared({ fields: replaced('quantity', column(2, 'quantity', 'long')) }),
    to: declared(),
  });

  test('of a change that could not be deployed is let through', async () => {
    const { aws, from, to } = narrowed();
    aws.status = 'UPDATE_ROLLBACK_IN_PROGRESS';
    expect(await update(aws, from, to)).toBe('passes');
  });

  test('is no deployment of the same change', async () => {
    const { aws, from, to } = narrowed();
    expect(await update(aws, from, to)).toMatch(/changes from long to int/);
  });

  test('is let through when the table cannot be read', async () => {
    const aws = new FakeAws();
    aws.status = 'UPDATE_ROLLBACK_IN_PROGRESS';
    expect(await update(aws, declared(), declared())).toBe('passes');
  });

  test('is taken for a deployment when the stack does not tell', async () => {
    const { aws, from, to } = narrowed();
    aws.status = '';
    expect(await update(aws, from, to)).toMatch(/changes from long to int/);
  });
});

describe('a table that cannot be judged', () => {
  test('is gone from the catalog', async () => {
    expect(await update(new FakeAws(), declared(), declared())).toMatch(
      /^silver\.trades: an earlier deployment created it, and it is not in the Glue catalog any more; register/,
    );
  });

  test('is of another format', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.parameters = { classification: 'parquet' };
    expect(await create(aws, declared())).toMatch(/is not an Iceberg table; give the new one another name/);
  });

  test('has its metadata somewhere else', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.parameters = { table_type: 'ICEBERG', metadata_location: 's3://other/t/metadata/1.metadata.json' };
    expect(await update(aws, declared(), declared())).toContain(
      `its metadata is s3://other/t/metadata/1.metadata.json and the deployment says ${LOCATION}/metadata/; Iceberg`,
    );
  });

  test('lost its metadata file', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.files.clear();
    expect(await update(aws, declared(), declared())).toMatch(
      /its metadata file .* is gone; bring the deleted version/,
    );
  });

  test.each([
    ['no JSON', Buffer.from('{')],
    ['other JSON', Buffer.from('[]')],
    ['no text', Buffer.from([0xc3, 0x28])],
    ['half a gzip', gzipSync('{}').subarray(0, 12)],
  ])('has a metadata file that is %s', async (_, content) => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.files.set(METADATA_FILE, content);
    expect(await update(aws, declared(), declared())).toMatch(/is not Iceberg metadata; point the catalog to/);
  });

  test('has metadata with a member that cannot be', async () => {
    const aws = new FakeAws(metadataFile([FIELDS], undefined, { 'current-schema-id': 9 }));
    expect(await update(aws, declared(), declared())).toMatch(/^silver\.trades: Iceberg metadata: current-schema-id/);
  });

  test('is read when its metadata is compressed', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.files.set(METADATA_FILE, gzipSync(JSON.stringify(metadataFile([without('quantity')]))));
    expect(await update(aws, declared(), declared())).not.toBe('passes');
  });
});

describe('a permission that is missing', () => {
  test('may be on its way to everywhere, so the guard waits for it', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.deniedTables = 2;
    aws.deniedObjects = 2;
    expect(await update(aws, declared(), declared())).toBe('passes');
    expect(aws.pauses).toEqual([1000, 2000, 1000, 2000]);
  });

  test('on the catalog is told with what to allow', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.deniedTables = Infinity;
    expect(await update(aws, declared(), declared())).toMatch(
      /may not read it in the Glue catalog \(User is not authorized\); allow its role glue:GetTable, and DESCRIBE/,
    );
  });

  test('on the metadata file is told with what to allow', async () => {
    const aws = new FakeAws(metadataFile([FIELDS]));
    aws.deniedObjects = Infinity;
    expect(await update(aws, declared(), declared())).toMatch(
      /is gone or the guard may not read it .*; restore the file, or allow the guard's role s3:GetObject/,
    );
  });
});
