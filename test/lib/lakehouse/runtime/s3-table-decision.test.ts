import { guardTable } from '../../../../lib/lakehouse/runtime/table-guard';
import type { TableState } from '../../../../lib/schema/private/evolution';
import { event } from '../../foundation/runtime/answers';
import { FakeAws, column, declared, metadataFile, partition } from './guarded-table';

const BUCKET = 'arn:aws:s3tables:eu-central-1:111122223333:bucket/lake';
const FIELDS = declared().fields.slice();
const TABLE = declared({ location: undefined });
const WIDER = { ...TABLE, fields: [...FIELDS, column(4, 'venue')], lastColumnId: 4 };

/** What CloudFormation tells the guard of a table that it creates, or (false) that exists. */
function said(table: TableState, creates: boolean, others: object = {}): Record<string, unknown> {
  return {
    TableBucketArn: BUCKET,
    DatabaseName: 'silver',
    TableName: 'trades',
    LedgerName: 'silver.trades',
    Creates: String(creates),
    Keeps: 'true',
    Table: JSON.stringify(table),
    ...others,
  };
}

/** `passes`, or the sentence with which a deployment is refused; the first one when nothing was deployed before. */
async function deploy(aws: FakeAws, now: Record<string, unknown>, before?: Record<string, unknown>): Promise<string> {
  const request = before
    ? event('Update', 'https://unused', now, 'silver.trades', before)
    : event('Create', 'https://unused', now);
  return guardTable(aws, request).then(
    () => 'passes',
    (error: Error) => error.message,
  );
}

beforeEach(() => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
});

describe('a table that CloudFormation creates', () => {
  const aws = new FakeAws();

  test('is created', async () => {
    expect(await deploy(aws, said(TABLE, true))).toBe('passes');
  });

  test('may be renamed, which S3 Tables does in place, and left as it is', async () => {
    const renamed = said(TABLE, true, { DatabaseName: 'gold', TableName: 'trade' });
    expect(await deploy(aws, renamed, said(TABLE, true))).toBe('passes');
    const retired = { ...TABLE, lastColumnId: 9 };
    expect(await deploy(aws, said(retired, true), said(TABLE, true))).toBe('passes');
  });

  test.each<[string, Partial<TableState>, RegExp]>([
    [
      'a column',
      { fields: WIDER.fields },
      /column 'venue' is new \(id 4\), which .* ADD COLUMN\) and give existingTable/,
    ],
    [
      'a wider type',
      { fields: FIELDS.map((each) => (each.id === 2 ? column(2, 'quantity', 'long') : each)) },
      /from int to long, which .* by replacing it with an empty one; put it back, or .* ALTER COLUMN \.\.\. TYPE\)/,
    ],
    [
      'another name of a column',
      { fields: FIELDS.map((each) => (each.id === 2 ? column(2, 'amount', 'int') : each)) },
      /renamed to 'amount', which .* RENAME COLUMN\)/,
    ],
    [
      'a partition field',
      { partitionFields: [...TABLE.partitionFields, partition(1001, 'trade_id_bucket', 'bucket[4]', 1)] },
      /'trade_id_bucket' .* ADD PARTITION FIELD\)/,
    ],
    ['a property', { properties: { 'write.format.default': 'orc' } }, /SET TBLPROPERTIES\)/],
    [
      'a write order',
      { sortFields: [{ sourceId: 1, transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }] },
      /WRITE ORDERED BY\)/,
    ],
  ])('is not replaced for %s', async (_, change, sentence) => {
    expect(await deploy(aws, said({ ...TABLE, ...change }, true), said(TABLE, true))).toMatch(sentence);
  });

  test('is refused what the rules refuse, by their own sentence', async () => {
    const narrowed = {
      ...TABLE,
      fields: FIELDS.map((each) => (each.id === 2 ? column(2, 'quantity', 'string') : each)),
    };
    const sentence = await deploy(aws, said(narrowed, true), said(TABLE, true));
    expect(sentence).toMatch(
      /^silver\.trades: column 'quantity' \(id 2\) changes from int to string, and Iceberg cannot/,
    );
  });

  test('does not move to another bucket', async () => {
    const moved = said(TABLE, true, { TableBucketArn: `${BUCKET}2` });
    expect(await deploy(aws, moved, said(TABLE, true))).toMatch(/as a new and empty table; put the bucket back/);
  });

  test('goes back when the deployment of a change is rolled back', async () => {
    const failing = new FakeAws();
    failing.status = 'UPDATE_ROLLBACK_IN_PROGRESS';
    expect(await deploy(failing, said(TABLE, true), said(WIDER, true))).toBe('passes');
  });
});

describe('a table that CloudFormation lets go of', () => {
  const evolved = () => new FakeAws(metadataFile([FIELDS, WIDER.fields as typeof FIELDS]));

  test('passes when it has become in an engine what code says', async () => {
    expect(await deploy(evolved(), said(WIDER, false), said(TABLE, true))).toBe('passes');
  });

  test('is not let go of where that means its deletion', async () => {
    const sandbox = said(TABLE, true, { Keeps: 'false' });
    expect(await deploy(evolved(), said(WIDER, false), sandbox)).toMatch(
      /lets go of it by deleting it, rows and all.*DeploymentProfile\.PRODUCTION/,
    );
  });

  test('is not created again', async () => {
    expect(await deploy(evolved(), said(WIDER, true), said(WIDER, false))).toMatch(
      /it exists; give existingTable again/,
    );
  });
});

describe('a table that exists', () => {
  const existing = () => new FakeAws(metadataFile([FIELDS]));

  test('evolves before the code does', async () => {
    expect(await deploy(existing(), said(WIDER, false), said(TABLE, false))).toMatch(
      /'venue' is new \(id 4\), and the table is not so yet; change the table itself \(in Spark: ALTER TABLE silver\.trades ADD COLUMN\), and deploy again\./,
    );
  });

  test('may have more than the code knows, other properties and another order of columns', async () => {
    const [first, ...rest] = FIELDS;
    const fields = [...rest, first!, column(4, 'note')];
    const aws = new FakeAws(metadataFile([FIELDS, fields], undefined, { properties: { owner: 'x' } }));
    expect(await deploy(aws, said(TABLE, false), said(TABLE, false))).toBe('passes');
  });

  test('has its own id for a column that the ledger gave another', async () => {
    const aws = new FakeAws(metadataFile([FIELDS, [...FIELDS, column(4, 'note')], [...FIELDS, column(5, 'venue')]]));
    const desired = { ...TABLE, fields: [...FIELDS, column(6, 'venue')], lastColumnId: 6 };
    expect(await deploy(aws, said(desired, false), said(TABLE, false))).toMatch(
      /'venue' is new \(id 6\), and the table has a column of that name with id 5; .* schema adopt silver\.trades --metadata/,
    );
  });

  test('is refused what the rules refuse', async () => {
    const desired = {
      ...TABLE,
      fields: FIELDS.map((each) => (each.id === 2 ? column(2, 'quantity', 'string') : each)),
    };
    expect(await deploy(existing(), said(desired, false))).toMatch(/changes from int to string, and Iceberg cannot/);
  });

  test('is missing', async () => {
    expect(await deploy(new FakeAws(), said(TABLE, false))).toMatch(/there is no such table with columns in arn:/);
  });

  test('may not be read', async () => {
    const aws = existing();
    aws.deniedTables = Infinity;
    expect(await deploy(aws, said(TABLE, false))).toMatch(/allow its role s3tables:GetTableMetadataLocation/);
  });

  test('has a metadata file that is gone', async () => {
    const aws = existing();
    aws.files.clear();
    expect(await deploy(aws, said(TABLE, false))).toMatch(/its metadata file .* is gone/);
  });

  test('is let alone when its stack goes', async () => {
    const request = event('Delete', 'https://unused', said(TABLE, false), 'silver.trades');
    await expect(guardTable(new FakeAws(), request)).resolves.toEqual({ physicalResourceId: 'silver.trades' });
  });
});
