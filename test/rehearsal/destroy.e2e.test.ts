import { join } from 'path';
import { generateTrades } from '../../blueprints/trading/generator';
import { runJob } from '../../bin/commands/rehearse/jobs';
import { writeTrades } from '../../bin/commands/rehearse/trades';
import { EmulatedAccount, type Outputs } from './emulated-account';
import { LakehouseProject } from './lakehouse-project';

const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);
const STACK = 'TradingLakehouseStack';

let project: LakehouseProject;
let account: EmulatedAccount;
let outputs: Outputs;
/** Every byte of the lake's bucket, and where bronze's metadata is. */
let bytes: string[];
let metadata: string | undefined;

beforeAll(async () => {
  project = new LakehouseProject();
  project.edit('blueprint.yaml', 'profile: sandbox', 'profile: production');
  account = await EmulatedAccount.start(project.folder);
  outputs = await account.deploy(project.folder, STACK);
  const trades = join(account.folder, 'trades.jsonl');
  await writeTrades(generateTrades({ rows: 1000, seed: 7 }), trades);
  await account.send(trades, outputs.TradesTopicName);
  expect(await runJob(account.operator, outputs.BronzeJobName)).toMatchObject({ state: 'SUCCEEDED' });
  bytes = await account.versions(outputs.LakeBucketName);
  metadata = await account.metadataLocation(outputs.BronzeTable);
}, 20 * MINUTE);

afterAll(async () => {
  await account?.stop();
  project?.remove();
}, MINUTE);

test('a production stack is not destroyed while it is protected', async () => {
  await expect(account.destroy(project.folder, STACK)).rejects.toThrow(/TerminationProtection/i);
  expect(await account.stackStatus(STACK)).toBe('CREATE_COMPLETE');
});

test('without its protection it goes, and leaves every byte and every table', async () => {
  expect(bytes.some((each) => each.startsWith('bronze/trades/data/'))).toBe(true);
  await account.unprotect(STACK);
  await account.destroy(project.folder, STACK);
  await expect(account.stackStatus(STACK)).rejects.toThrow(/does not exist/);
  expect(await account.versions(outputs.LakeBucketName)).toEqual(bytes);
  expect(await account.metadataLocation(outputs.BronzeTable)).toBe(metadata);
  expect(await account.athena(`SELECT count(*) FROM ${outputs.BronzeTable}`)).toEqual([['1000']]);
});
