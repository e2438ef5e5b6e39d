import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateTrades } from '../../blueprints/trading/generator';
import { type AwsConnection, callAws } from '../../bin/commands/rehearse/aws';
import { type Postgres, startPostgres } from '../../bin/commands/rehearse/engines/postgres';
import { pipelineJobs, runJob } from '../../bin/commands/rehearse/jobs';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import { prepareWarehouse, type WarehouseToolchain } from '../../bin/commands/rehearse/toolchain/warehouse';
import { writeTrades } from '../../bin/commands/rehearse/trades';
import { MINOR, STATEFUL } from '../../bin/commands/review/stateful';
import cdkJson from '../../cdk.json';
import { EmulatedAccount, type Outputs } from './emulated-account';

const ROOT = join(__dirname, '..', '..');
const STACK = 'Trading';
const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);

let projects: string;
let account: EmulatedAccount;
let tools: WarehouseToolchain;
let postgres: Postgres;
let owner: AwsConnection;

beforeAll(async () => {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  // Inside this repository, where the package's files are found.
  projects = mkdtempSync(join(ROOT, 'dist', 'evolving-'));
  const outfile = join(projects, 'app.js');
  const external = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'];
  buildSync({ entryPoints: [join(__dirname, 'evolving-app.ts')], bundle: true, platform: 'node', outfile, external });
  account = await EmulatedAccount.start(projectAt('warehouse'), async (supervisor, toolchain, folder) => {
    tools = await prepareWarehouse(toolchain, { onProgress: () => undefined });
    mkdirSync(folder, { recursive: true });
    postgres = await startPostgres(supervisor, tools, folder);
    return {
      postgres: address('postgres'),
      warehouse_python: tools.python,
      warehouse_environment: JSON.stringify({ environment: { WAREHOUSE_ENGINE: 'postgres' } }),
    };
  });
  owner = { ...account.emulator, credentials: accountOwner(account.emulator.account) };
}, 10 * MINUTE);

afterAll(async () => {
  await account?.stop();
  if (projects) rmSync(projects, { recursive: true, force: true });
}, MINUTE);

/** A project whose app makes the stack of a step. */
function projectAt(step: string): string {
  const folder = join(projects, step.replaceAll(' ', '-'));
  mkdirSync(folder, { recursive: true });
  const app = `node ${join(projects, 'app.js')}`;
  writeFileSync(join(folder, 'cdk.json'), JSON.stringify({ app, context: { ...cdkJson.context, step } }));
  return folder;
}

const deploy = (step: string): Promise<Outputs> => account.deploy(projectAt(step), STACK);

/** What holds data in the stack: the type and physical id of each logical id. */
async function stateful(): Promise<Map<string, string>> {
  const resources = await account.resources(STACK);
  return new Map(
    resources
      .filter(({ type }) => type in STATEFUL && !MINOR.has(type))
      .map(({ logicalId, type, physicalId }) => [logicalId, `${type} ${physicalId}`]),
  );
}

function address(database: string): string {
  const { user, password, host, port } = postgres;
  return `postgresql://${user}:${password}@${host}:${port}/${database}`;
}

function ask({ WarehouseDatabase }: Outputs, query: string): string {
  const PYTHONPATH = join(ROOT, 'bin', 'commands', 'rehearse');
  const args = ['-m', 'warehouse_checks.ask', address(WarehouseDatabase), query];
  return execFileSync(tools.python, args, { encoding: 'utf8', env: { ...process.env, PYTHONPATH } }).trim();
}

const secretValue = async (SecretId: string): Promise<string> =>
  (await callAws<{ SecretString: string }>(owner, 'secretsmanager', 'secretsmanager.GetSecretValue', { SecretId }))
    .SecretString;

describe('from a warehouse to lakehouse and warehouse, and back', () => {
  const MART = "select count(*) || ' ' || sum(price) from marts.kept";
  const FILLED = JSON.stringify({ username: 'crm', password: 'of a person' });
  let before: Map<string, string>;
  let both: Map<string, string>;
  let secret: string;
  let document: string[];

  beforeAll(async () => {
    const outputs = await deploy('warehouse');
    ask(
      outputs,
      'create table marts.kept as select n as trade_id, n * 1.5 as price from generate_series(1, 1000) n; select 1',
    );
    before = await stateful();
    const [crm] = [...before].filter(([id]) => /Crm.*Secret|Secret.*Crm/i.test(id));
    secret = crm[1].split(' ')[1];
    await callAws(owner, 'secretsmanager', 'secretsmanager.PutSecretValue', { SecretId: secret, SecretString: FILLED });
    document = await account.versions(outputs.ArtifactsBucketName);
    await deploy('lakehouse and warehouse');
    both = await stateful();
  }, 5 * MINUTE);

  test('everything that held data is there under the id that it had', async () => {
    expect(await account.stackStatus(STACK)).toBe('UPDATE_COMPLETE');
    expect(before.size).toBeGreaterThan(5);
    for (const [logicalId, resource] of before) expect([logicalId, both.get(logicalId)]).toEqual([logicalId, resource]);
    expect([...both.values()].filter((each) => each.startsWith('AWS::Glue::Table '))).not.toEqual([]);
  });

  test('rows of the marts, what a person put into a secret, and files are as they were', async () => {
    const outputs = await account.outputs(STACK);
    expect(ask(outputs, MART)).toBe('1000 750750.0');
    expect(await secretValue(secret)).toBe(FILLED);
    expect(await account.versions(outputs.ArtifactsBucketName)).toEqual(expect.arrayContaining(document));
  });

  test('on the way back the lake goes alone', async () => {
    const outputs = await deploy('warehouse');
    expect(await stateful()).toEqual(before);
    expect(ask(outputs, MART)).toBe('1000 750750.0');
    expect(await secretValue(secret)).toBe(FILLED);
    await account.destroy(projectAt('warehouse'), STACK);
  });
});

describe('from a lakehouse to the first domain of a mesh, and back', () => {
  const FACTS = 'SELECT count(*), count(DISTINCT trade_id), sum(price) FROM silver.trades';
  let before: Map<string, string>;
  let mesh: Map<string, string>;
  let facts: string[][];
  let locations: (string | undefined)[];

  const metadata = (): Promise<(string | undefined)[]> =>
    Promise.all(['bronze.trades', 'silver.trades'].map((table) => account.metadataLocation(table)));

  beforeAll(async () => {
    const outputs = await deploy('lakehouse');
    const trades = join(account.folder, 'trades.jsonl');
    await writeTrades(generateTrades({ rows: 500, seed: 3 }), trades);
    await account.send(trades, outputs.TradesTopicName);
    const jobs = await pipelineJobs(account.operator, outputs.PipelineArn);
    const [silver = ''] = [...jobs].find(([, step]) => step === 'Silver') ?? [];
    for (const job of [outputs.BronzeJobName, silver]) {
      expect(await runJob(account.operator, job)).toMatchObject({ state: 'SUCCEEDED' });
    }
    [before, facts, locations] = [await stateful(), await account.athena(FACTS), await metadata()];
    await deploy('mesh');
    mesh = await stateful();
  }, 10 * MINUTE);

  test('everything that held data is there under the id that it had, tables at the version that they had', async () => {
    expect(await account.stackStatus(STACK)).toBe('UPDATE_COMPLETE');
    for (const [logicalId, resource] of before) expect([logicalId, mesh.get(logicalId)]).toEqual([logicalId, resource]);
    expect(await metadata()).toEqual(locations);
    expect(Number(facts[0][0])).toBeGreaterThan(400);
    expect(await account.athena(FACTS)).toEqual(facts);
  });

  test("the domain publishes a product in the lake's own bucket, and brings neither bucket nor key", async () => {
    const added = [...mesh].filter(([logicalId]) => !before.has(logicalId)).map(([, resource]) => resource);
    expect(added.filter((resource) => /^AWS::(S3::Bucket|KMS::Key) /.test(resource))).toEqual([]);
    const { LakeBucketName } = await account.outputs(STACK);
    expect(await account.metadataLocation('trading.fct_trades')).toMatch(`s3://${LakeBucketName}/trading/fct_trades/`);
  });

  test('on the way back the product goes alone', async () => {
    await deploy('lakehouse');
    expect(await stateful()).toEqual(before);
    expect(await account.athena(FACTS)).toEqual(facts);
  });
});
