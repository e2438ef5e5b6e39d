// A table of S3 Tables through the real CDK CLI: what the emulator can show of it, see docs/s3-tables.md.
import { GetTableCommand, S3TablesClient } from '@aws-sdk/client-s3tables';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { spawnSync } from 'child_process';
import { join } from 'path';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import { EmulatedAccount } from './emulated-account';

const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);
const ROOT = join(__dirname, '..', '..');
const STACK = 'Tables';

const APP = `
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import {
  ColumnType, DeploymentProfile, PartitionTransform, RecordSchema, S3Table, S3TableBucket, S3TableNamespace, SchemaLedger,
} from '../../lib';

const profile = DeploymentProfile.SANDBOX;
const stack = new Stack(new App(), '${STACK}');
const tableBucket = new S3TableBucket(stack, 'Bucket', { profile });
const namespace = new S3TableNamespace(stack, 'Silver', { tableBucket, namespaceName: 'silver', profile });
new S3Table(stack, 'Payments', {
  namespace,
  tableName: 'payments',
  ledger: SchemaLedger.fromFile('schemas.lock.json'),
  ledgerName: 'silver.payments',
  schema: new RecordSchema({
    name: 'payment',
    columns: [
      { name: 'payment_id', type: ColumnType.STRING },
      { name: 'amount', type: ColumnType.decimal(18, 2) },
      { name: 'paid_at', type: ColumnType.TIMESTAMPTZ },
    ],
  }),
  partitionedBy: [PartitionTransform.day('paid_at')],
  guarded: true,
  profile,
});
new CfnOutput(stack, 'TableBucketArn', { value: tableBucket.tableBucketArn });
`;

let folder: string;
let account: EmulatedAccount;
let tables: S3TablesClient;
let tableBucketARN: string;

const write = (source: string) => writeFileSync(join(folder, 'app.ts'), source);
const schema = (...args: string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'dist/bin/data-patterns.js'), 'schema', ...args], { cwd: folder });
const deployment = async (): Promise<string> =>
  account.deploy(folder, STACK).then(
    () => 'deployed',
    (error: Error) => error.message,
  );
const table = () => tables.send(new GetTableCommand({ tableBucketARN, namespace: 'silver', name: 'payments' }));

beforeAll(async () => {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  folder = mkdtempSync(join(ROOT, 'dist', 's3-tables-'));
  const esbuild = join(ROOT, 'node_modules', '.bin', 'esbuild');
  const build = `${esbuild} app.ts --bundle --platform=node --target=node20 --outfile=app.js --log-level=warning --external:aws-cdk-lib '--external:aws-cdk-lib/*' --external:constructs`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app: 'node app.js', build }));
  write(APP);
  expect(schema('lock').status).toBe(0);
  account = await EmulatedAccount.start(folder);
  ({ TableBucketArn: tableBucketARN } = await account.deploy(folder, STACK));
  const { emulator } = account;
  const { accessKeyId, secretAccessKey } = accountOwner(emulator.account);
  tables = new S3TablesClient({
    endpoint: emulator.endpoint,
    region: emulator.region,
    credentials: { accessKeyId, secretAccessKey },
  });
}, 10 * MINUTE);

afterAll(async () => {
  await account?.stop();
  rmSync(folder, { recursive: true, force: true });
}, MINUTE);

test('is created from the template, in its bucket and namespace', async () => {
  expect(await table()).toMatchObject({ name: 'payments', namespace: ['silver'], format: 'ICEBERG' });
});

describe('a legal evolution', () => {
  const evolved = APP.replace(
    "      { name: 'paid_at'",
    "      { name: 'venue', type: ColumnType.STRING },\n      { name: 'paid_at'",
  );
  let before: Awaited<ReturnType<typeof table>>;

  beforeAll(async () => {
    before = await table();
    write(evolved);
  });

  test('gets its id from the ledger', () => {
    expect(schema('lock').status).toBe(0);
    expect(readFileSync(join(folder, 'schemas.lock.json'), 'utf8')).toContain('{ "id": 4, "path": "venue"');
  });

  test('is not deployed: the guard says how the table can have it', async () => {
    expect(await deployment()).toMatch(
      /silver\.payments: column 'venue' is new \(id 4\), which CloudFormation does to a table of S3 Tables by replacing it with an empty one; .*ALTER TABLE silver\.payments ADD COLUMN\) and give existingTable/,
    );
    expect(await account.stackStatus(STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
    const types = (await account.failures(STACK)).map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(['Custom::IcebergTableGuard']));
  });

  test('leaves the very table that was there', async () => {
    const { tableARN, createdAt, metadataLocation } = await table();
    expect({ tableARN, createdAt, metadataLocation }).toEqual({
      tableARN: before.tableARN,
      createdAt: before.createdAt,
      metadataLocation: before.metadataLocation,
    });
  });

  test('would have been a replacement, had nobody looked', async () => {
    write(evolved.replace('guarded: true', 'guarded: false'));
    // CloudFormation makes the new table before it deletes the old one, and the name is taken.
    expect(await deployment()).toMatch(/identical name already exists/);
  });
});
