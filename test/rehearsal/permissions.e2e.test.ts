import { join } from 'path';
import { generateTrades } from '../../blueprints/trading/generator';
import type { EditableTemplate } from '../../bin/commands/rehearse/faults/edited-assembly';
import { pipelineJobs, runJob, runPipeline } from '../../bin/commands/rehearse/jobs';
import { Journal } from '../../bin/commands/rehearse/journal';
import { writeTrades } from '../../bin/commands/rehearse/trades';
import { EmulatedAccount, type Outputs } from './emulated-account';
import { LakehouseProject } from './lakehouse-project';

const MINUTE = 60_000;
jest.setTimeout(5 * MINUTE);
const STACK = 'TradingLakehouseStack';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}
interface Policy {
  readonly Properties: { readonly PolicyDocument: { Statement: Statement[] } };
}

let project: LakehouseProject;
let account: EmulatedAccount;
let outputs: Outputs;
/** Steps of the pipeline by the names of their jobs. */
let steps: Map<string, string>;

/** Takes the only statement with an action from the policy of a job's role. */
const without =
  (job: string, action: string) =>
  ({ Resources }: EditableTemplate): void => {
    const [name] = Object.keys(Resources).filter((each) => each.startsWith(`${job}RoleDefaultPolicy`));
    const document = (Resources[name] as Policy).Properties.PolicyDocument;
    const kept = document.Statement.filter(({ Action }) => ![Action].flat().includes(action));
    expect(document.Statement.length - kept.length).toBe(1);
    document.Statement = kept;
  };

/** The steps that an execution of the pipeline came to, with how each ended last. */
async function endings(): Promise<{ readonly [step: string]: string }> {
  const earlier = Journal.read(account.emulator.journal).executions('glue-job').length;
  await runPipeline(account.operator, outputs.PipelineArn, {}, () => undefined);
  const runs = Journal.read(account.emulator.journal).executions('glue-job').slice(earlier);
  return Object.fromEntries(runs.map(({ name, state, error }) => [steps.get(name), reason(state, error)]));
}

const reason = (state: string, error = ''): string =>
  state === 'SUCCEEDED'
    ? state
    : `${state}: ${/AccessDenied|not authorized to perform/.test(error) ? 'denied' : error}`;

beforeAll(async () => {
  project = new LakehouseProject();
  account = await EmulatedAccount.start(project.folder);
  outputs = await account.deploy(project.folder, STACK, without('Ingestion', 's3:PutObject'));
  steps = await pipelineJobs(account.operator, outputs.PipelineArn);
  const trades = join(account.folder, 'trades.jsonl');
  await writeTrades(generateTrades({ rows: 500, seed: 7 }), trades);
  await account.send(trades, outputs.TradesTopicName);
}, 20 * MINUTE);

afterAll(async () => {
  await account?.stop();
  project?.remove();
}, MINUTE);

test('without the grant on its prefix ingestion is denied', async () => {
  const { state, error } = await runJob(account.operator, outputs.BronzeJobName);
  expect(reason(state, error)).toBe('FAILED: denied');
});

test('with it ingestion succeeds; without the grant on the key silver is denied, and nothing after it runs', async () => {
  await account.deploy(project.folder, STACK, without('Silver', 'kms:GenerateDataKey'));
  expect(await runJob(account.operator, outputs.BronzeJobName)).toMatchObject({ state: 'SUCCEEDED' });
  expect(await endings()).toEqual({ Silver: 'FAILED: denied' });
});

test('without the grant to change its tables gold is denied, after everything before it succeeded', async () => {
  await account.deploy(project.folder, STACK, without('Gold', 'glue:UpdateTable'));
  expect(await endings()).toEqual({ Silver: 'SUCCEEDED', QualityGate: 'SUCCEEDED', Gold: 'FAILED: denied' });
});

test('with all of its grants gold succeeds', async () => {
  await account.deploy(project.folder, STACK);
  const [gold] = [...steps].flatMap(([job, step]) => (step === 'Gold' ? [job] : []));
  expect(await runJob(account.operator, gold)).toMatchObject({ state: 'SUCCEEDED' });
});
