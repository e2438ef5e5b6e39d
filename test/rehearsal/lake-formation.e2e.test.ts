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

interface Permission {
  readonly Type: string;
  readonly Properties: {
    readonly Principal?: unknown;
    readonly Permissions?: readonly string[];
    readonly Resource?: { readonly Table?: { readonly Name: string } };
  };
  DependsOn?: readonly string[];
}

let project: LakehouseProject;
let account: EmulatedAccount;
let outputs: Outputs;
/** Steps of the pipeline by the names of their jobs. */
let steps: Map<string, string>;

/** Takes from a job one permission on one table; what was granted after it is granted after what came before it. */
const without =
  (job: string, permission: string, table: string) =>
  ({ Resources }: EditableTemplate): void => {
    const all = Object.entries(Resources as Record<string, Permission>);
    const [found, ...others] = all.filter(
      ([, { Type, Properties }]) =>
        Type === 'AWS::LakeFormation::PrincipalPermissions' &&
        JSON.stringify(Properties.Principal).includes(`"${job}Role`) &&
        Properties.Permissions?.includes(permission) &&
        Properties.Resource?.Table?.Name === table,
    );
    expect(others).toEqual([]);
    const [id, { DependsOn: before = [] }] = found;
    for (const [, resource] of all.filter(([, { DependsOn }]) => DependsOn?.includes(id))) {
      resource.DependsOn = [...(resource.DependsOn ?? []).filter((other) => other !== id), ...before];
    }
    delete Resources[id];
  };

/** The steps that an execution of the pipeline came to, with how each ended last. */
async function endings(): Promise<{ readonly [step: string]: string }> {
  const earlier = Journal.read(account.emulator.journal).executions('glue-job').length;
  await runPipeline(account.operator, outputs.PipelineArn, {}, () => undefined);
  const runs = Journal.read(account.emulator.journal).executions('glue-job').slice(earlier);
  return Object.fromEntries(runs.map(({ name, state, error }) => [steps.get(name), reason(state, error)]));
}

function reason(state: string, error = ''): string {
  const [lacks] = /Required \w+ on [\w.]+/.exec(error) ?? [error];
  return state === 'SUCCEEDED' ? state : `${state}: ${lacks}`;
}

beforeAll(async () => {
  project = new LakehouseProject();
  project.edit('blueprint.yaml', 'mode: off', 'mode: existing');
  account = await EmulatedAccount.start(project.folder);
  outputs = await account.deploy(project.folder, STACK, without('Ingestion', 'ALTER', 'trades'));
  steps = await pipelineJobs(account.operator, outputs.PipelineArn);
  const trades = join(account.folder, 'trades.jsonl');
  await writeTrades(generateTrades({ rows: 500, seed: 7 }), trades);
  await account.send(trades, outputs.TradesTopicName);
}, 20 * MINUTE);

afterAll(async () => {
  await account?.stop();
  project?.remove();
}, MINUTE);

test('without the permission to change its table ingestion is denied, whatever IAM allows', async () => {
  expect(await runJob(account.operator, outputs.BronzeJobName)).toMatchObject({ state: 'FAILED' });
  expect(Journal.read(account.emulator.journal).denials().at(-1)).toMatchObject({
    principal: expect.stringContaining('IngestionRole'),
    action: 'lakeformation:ALTER',
    resource: 'bronze.trades',
  });
});

test('with it ingestion succeeds; without its own one silver is denied, and nothing after it runs', async () => {
  await account.deploy(project.folder, STACK, without('Silver', 'ALTER', 'trades'));
  expect(await runJob(account.operator, outputs.BronzeJobName)).toMatchObject({ state: 'SUCCEEDED' });
  expect(await endings()).toEqual({ Silver: 'FAILED: Required ALTER on silver.trades' });
});

test('without its own one gold is denied, after everything before it succeeded', async () => {
  await account.deploy(project.folder, STACK, without('Gold', 'ALTER', 'daily_trading_summary'));
  expect(await endings()).toEqual({
    Silver: 'SUCCEEDED',
    QualityGate: 'SUCCEEDED',
    Gold: 'FAILED: Required ALTER on gold.daily_trading_summary',
  });
});

test('with all permissions the pipeline succeeds', async () => {
  await account.deploy(project.folder, STACK);
  expect(await endings()).toMatchObject({ QualityGate: 'SUCCEEDED', Gold: 'SUCCEEDED' });
});
