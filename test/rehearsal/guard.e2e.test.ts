import { DeleteTableCommand, GetTableCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { EmulatedAccount } from './emulated-account';
import { LakehouseProject } from './lakehouse-project';

const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);
const STACK = 'TradingLakehouseStack';
const SILVER = { DatabaseName: 'silver', Name: 'trades' };

let project: LakehouseProject;
let account: EmulatedAccount;

beforeAll(async () => {
  project = new LakehouseProject();
  account = await EmulatedAccount.start(project.folder);
  await account.deploy(project.folder, STACK);
}, 10 * MINUTE);

afterAll(async () => {
  await account?.stop();
  project?.remove();
}, MINUTE);

/** `deployed`, or why CloudFormation did not. */
const deployment = async (): Promise<string> =>
  account.deploy(project.folder, STACK).then(
    () => 'deployed',
    (error: Error) => error.message,
  );

/** Names of silver's columns, with the ids by which data files know them. */
async function columns(): Promise<Record<string, string | undefined>> {
  const { Table } = await account.glue.send(new GetTableCommand(SILVER));
  const all = Table?.StorageDescriptor?.Columns ?? [];
  return Object.fromEntries(all.map(({ Name, Parameters }) => [Name, Parameters?.['iceberg.field.id']]));
}

describe('a column in a deployment that fails elsewhere', () => {
  const broken = [
    [
      "import { Duration, type Stack } from 'aws-cdk-lib'",
      "import { CfnResource, Duration, type Stack } from 'aws-cdk-lib'",
    ],
    [
      '  [silver, gold, features].forEach(',
      `  new CfnResource(stack, 'Broken', { type: 'AWS::EC2::FlowLog', properties: {} }).node.addDependency(silver);
  [silver, gold, features].forEach(`,
    ],
  ] as const;

  test('is taken back: the guard stands in the way of no rollback', async () => {
    project.edit('blueprint.yaml', 'extensions: []', 'extensions: [venue]');
    for (const [before, after] of broken) project.edit('lib/trading-lakehouse.ts', before, after);
    expect(project.lock()).toMatchObject({ status: 0 });
    const before = await account.metadataLocation('silver.trades');
    expect(await deployment()).toMatch(/Broken/);
    expect(await account.stackStatus(STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await columns()).not.toHaveProperty('venue');
    // The table was changed and changed back.
    expect(await account.metadataLocation('silver.trades')).not.toBe(before);
  });

  test('comes with the same id when the deployment is tried again', async () => {
    for (const [before, after] of broken) project.edit('lib/trading-lakehouse.ts', after, before);
    expect(await deployment()).toBe('deployed');
    expect(await columns()).toMatchObject({ trade_id: '1', venue: '9' });
  });
});

describe('a table that cannot be judged', () => {
  const comments = ["doc: 'What was traded'", "doc: 'The symbol that was traded'"] as const;
  beforeAll(() => project.edit('lib/schemas.ts', ...comments));

  test('because its metadata file is gone is not changed', async () => {
    const location = (await account.metadataLocation('silver.trades')) as string;
    const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(location) as unknown as string[];
    const { Body } = await account.s3.send(new GetObjectCommand({ Bucket, Key }));
    const content = await Body?.transformToByteArray();
    await account.s3.send(new DeleteObjectCommand({ Bucket, Key }));
    expect(await deployment()).toMatch(/silver\.trades: its metadata file s3:\S+ is gone/);
    expect(await account.stackStatus(STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
    await account.s3.send(new PutObjectCommand({ Bucket, Key, Body: content }));
    expect(await deployment()).toBe('deployed');
  });

  test('because it is gone from the catalog is not created anew', async () => {
    await account.glue.send(new DeleteTableCommand(SILVER));
    project.edit('lib/schemas.ts', comments[1], comments[0]);
    expect(await deployment()).toMatch(
      /silver\.trades: an earlier deployment created it, and it is not in the Glue catalog any more; register/,
    );
    expect(await account.stackStatus(STACK)).toBe('UPDATE_ROLLBACK_COMPLETE');
  });
});
