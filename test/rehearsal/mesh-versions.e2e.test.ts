import { buildSync } from 'esbuild';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { assumeRole, AwsError } from '../../bin/commands/rehearse/aws';
import { type AssemblyStack, Cdk } from '../../bin/commands/rehearse/cdk';
import { announceEngines, type Emulator, inAccount, startEmulator } from '../../bin/commands/rehearse/engines/emulator';
import { type Kafka, startKafka } from '../../bin/commands/rehearse/engines/kafka';
import { produce } from '../../bin/commands/rehearse/engines/producer';
import { Supervisor } from '../../bin/commands/rehearse/engines/supervisor';
import { type QueryResult, runQuery } from '../../bin/commands/rehearse/flows/athena-query';
import { asOperator } from '../../bin/commands/rehearse/flows/outcomes';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import { prepareToolchain, type Toolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import cdkJson from '../../cdk.json';

const ROOT = join(__dirname, '..', '..');
const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);

const ACCOUNTS = { trading: '222222222222', risk: '333333333333', finance: '444444444444', audit: '555555555555' };
type Domain = keyof typeof ACCOUNTS;
const REGION = 'us-east-1';

const ROW = { price: '1.50000000', quantity: '2.00000000', symbol: 'AAPL', side: 'buy', trader_id: 'one' };
const MESSAGES = 20;

let projects: string;
let folder: string;
let toolchain: Toolchain;
let supervisor: Supervisor;
let kafka: Kafka;
let emulator: Emulator;
let clusterArn: string;
const outputs = new Map<Domain, { readonly [name: string]: string }>();
const signal = new AbortController().signal;

beforeAll(async () => {
  mkdirSync(join(ROOT, 'dist'), { recursive: true });
  // Inside this repository, where the package's files are found.
  projects = mkdtempSync(join(ROOT, 'dist', 'versions-'));
  folder = mkdtempSync(join(tmpdir(), 'data-patterns-versions-'));
  const outfile = join(projects, 'app.js');
  const external = ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs'];
  buildSync({ entryPoints: [join(__dirname, 'versions-app.ts')], bundle: true, platform: 'node', outfile, external });
  toolchain = await prepareToolchain({ onProgress: () => undefined });
  supervisor = new Supervisor(toolchain.python);
  const [account, ...furtherAccounts] = Object.values(ACCOUNTS);
  const settings = { account, furtherAccounts, region: REGION, folder: join(folder, 'aws'), nodePath: [] };
  [kafka, emulator] = await Promise.all([
    startKafka(supervisor, toolchain, join(folder, 'kafka')),
    startEmulator(supervisor, toolchain, settings),
  ]);
  announceEngines(emulator, { kafka: kafka.bootstrapServers });
  const { cdk } = await synth('first');
  const accounts = Object.values(ACCOUNTS).map((each) => inAccount(emulator, each));
  await Promise.all(accounts.map((each) => cdk.bootstrap({ ...each, credentials: accountOwner(each.account) })));
}, 10 * MINUTE);

afterAll(async () => {
  await supervisor?.stopAll();
  for (const each of [projects, folder]) if (each) rmSync(each, { recursive: true, force: true });
}, MINUTE);

/** The app at a step, in which risk knows the brokers once they stand. */
async function synth(step: string): Promise<{ cdk: Cdk; stacks: AssemblyStack[] }> {
  const project = join(projects, step.replaceAll(' ', '-'));
  mkdirSync(project, { recursive: true });
  const context = { ...cdkJson.context, step, cluster: clusterArn };
  writeFileSync(join(project, 'cdk.json'), JSON.stringify({ app: `node ${join(projects, 'app.js')}`, context }));
  const cdk = new Cdk({ project, folder: mkdtempSync(join(folder, 'cdk-')), signal });
  return { cdk, stacks: await cdk.synth(ACCOUNTS.trading, REGION) };
}

/** Deploys one side of a step, by its own principal, into its own account. */
async function deploy(step: string, ...domains: Domain[]): Promise<void> {
  const { cdk, stacks } = await synth(step);
  for (const domain of domains) {
    const own = inAccount(emulator, ACCOUNTS[domain]);
    const stack = stacks.find(({ stackName }) => stackName === `Versions-${domain}`) as AssemblyStack;
    outputs.set(domain, await cdk.deploy({ ...own, credentials: own.principals.deployer }, stack));
  }
}

/** How often something happened to the stack of a domain: it stays the same while nobody touches it. */
async function events(domain: Domain): Promise<number> {
  const { accessKeyId, secretAccessKey } = accountOwner(ACCOUNTS[domain]);
  const credentials = { accessKeyId, secretAccessKey };
  const client = new CloudFormationClient({ endpoint: emulator.endpoint, region: REGION, credentials });
  const { StackEvents } = await client.send(new DescribeStackEventsCommand({ StackName: `Versions-${domain}` }));
  return StackEvents?.length ?? 0;
}

async function eventsOfOthers(domain: Domain): Promise<number[]> {
  const others = (Object.keys(ACCOUNTS) as Domain[]).filter((each) => each !== domain);
  return Promise.all(others.map(events));
}

function python(script: string, told: object): string {
  const file = join(folder, 'told.json');
  writeFileSync(file, JSON.stringify({ endpoint: emulator.endpoint, region: REGION, ...told }));
  const PYTHONPATH = join(ROOT, 'bin', 'commands', 'rehearse');
  const env = { ...process.env, PYTHONPATH };
  return execFileSync(toolchain.python, [join(__dirname, script), file], { encoding: 'utf8', env, stdio: 'pipe' });
}

/** Trading writes a row to each of its tables. */
function write(table: string): void {
  const { auditor } = inAccount(emulator, ACCOUNTS.trading).principals;
  const rows = [{ ...ROW, trade_id: table, traded_at: '2026-01-05T10:00:00+00:00' }];
  python('append_rows.py', { table: `trading.${table}`, auditor, owner: accountOwner(ACCOUNTS.trading), rows });
}

/** What the people of a domain see of a table of trading. */
async function read(domain: Domain, table: string): Promise<string> {
  const { WorkgroupName, ReaderRoleArn } = outputs.get(domain) ?? {};
  const sql = `SELECT trade_id FROM trading.${table}`;
  const told = ({ state, error, rows }: QueryResult) => (state === 'SUCCEEDED' ? rows.flat().join() : String(error));
  try {
    const people = await assumeRole(asOperator(inAccount(emulator, ACCOUNTS[domain])), ReaderRoleArn);
    return told(await runQuery(people, WorkgroupName, domain, sql));
  } catch (error) {
    if (error instanceof AwsError) return error.message;
    throw error;
  }
}

interface Consumed {
  readonly lacking: readonly string[];
  readonly messages: number;
}

/** What the people of a domain get of a topic of trading, as one of their consumers. */
function consume(domain: Domain, topic: string): Consumed {
  const told = {
    ...{ topic, cluster: clusterArn, kafka: kafka.bootstrapServers, messages: MESSAGES },
    group: `data-mesh-${domain}`,
    role: `arn:aws:iam::${ACCOUNTS[domain]}:role/data-mesh-${domain}`,
    consumer: ACCOUNTS[domain],
    owner: ACCOUNTS.trading,
  };
  return JSON.parse(python('consume_stream.py', told)) as Consumed;
}

async function send(topic: string): Promise<void> {
  const file = join(folder, `${topic}.jsonl`);
  writeFileSync(file, Array.from({ length: MESSAGES }, (_, id) => `{"trade_id":"${id}"}\n`).join(''));
  const { python: interpreter } = toolchain;
  const bootstrapServers = kafka.bootstrapServers;
  await produce({ python: interpreter, bootstrapServers, topic, file, signal, onRows: () => undefined });
}

const EVERYTHING_LACKING = expect.arrayContaining(['Connect by the reader', 'Connect by the owner']) as string[];
const DENIED = /Insufficient Lake Formation permission|not authorized|does not exist|not found/i;

test('consumers deploy before and after the owner', async () => {
  await deploy('first', 'finance', 'audit');
  await deploy('first', 'trading');
  clusterArn = outputs.get('trading')?.ClusterArn ?? '';
  await deploy('first', 'risk');
  write('fct_trades');
  expect(await read('finance', 'fct_trades')).toBe('fct_trades');
  expect(await read('risk', 'fct_trades')).toBe('fct_trades');
  expect(await read('audit', 'fct_trades')).toMatch(DENIED);
});

test('who has subscribed to a stream consumes it, and nobody else', async () => {
  await send('trading.trades.v1');
  expect(consume('risk', 'trading.trades.v1')).toEqual({ lacking: [], messages: MESSAGES });
  // Finance reads the table alone, audit nothing.
  expect(consume('finance', 'trading.trades.v1')).toEqual({ lacking: EVERYTHING_LACKING, messages: 0 });
  expect(consume('audit', 'trading.trades.v1')).toEqual({ lacking: EVERYTHING_LACKING, messages: 0 });
});

test('a new major version runs beside the old one, and no consumer is touched', async () => {
  const before = await eventsOfOthers('trading');
  await deploy('beside', 'trading');
  expect(await eventsOfOthers('trading')).toEqual(before);
  write('fct_trades_v2');
  await send('trading.trades.v2');
  expect(await read('risk', 'fct_trades')).toBe('fct_trades');
  expect(consume('risk', 'trading.trades.v2').lacking).toContain('ReadData by the reader');
});

test('a subscriber moves when it likes: its own stack changes, and the other one reads on what it has read', async () => {
  const before = await eventsOfOthers('risk');
  await deploy('risk has moved', 'risk');
  expect(await eventsOfOthers('risk')).toEqual(before);
  expect(await read('risk', 'fct_trades_v2')).toBe('fct_trades_v2');
  expect(consume('risk', 'trading.trades.v2')).toEqual({ lacking: [], messages: MESSAGES });
  expect(await read('finance', 'fct_trades')).toBe('fct_trades');
});

test('when the last one has moved the old version goes, and nobody notices', async () => {
  await deploy('all have moved', 'finance');
  const before = await eventsOfOthers('trading');
  await deploy('retired', 'trading');
  expect(await eventsOfOthers('trading')).toEqual(before);
  for (const domain of ['risk', 'finance'] as const) {
    expect(await read(domain, 'fct_trades_v2')).toBe('fct_trades_v2');
    expect(await read(domain, 'fct_trades')).toMatch(DENIED);
  }
  expect(consume('risk', 'trading.trades.v1').lacking).toContain('ReadData by the owner');
});
