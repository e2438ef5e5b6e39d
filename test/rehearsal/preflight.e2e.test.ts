import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import {
  CreateAccessKeyCommand,
  CreateServiceLinkedRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cdk } from '../../bin/commands/rehearse/cdk';
import { type Emulator, startEmulator, withoutAws } from '../../bin/commands/rehearse/engines/emulator';
import { Supervisor } from '../../bin/commands/rehearse/engines/supervisor';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import { prepareToolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import type { Preflight } from '../../bin/commands/review/preflight/preflight';

// What the emulator has of the questions is asked there, by somebody who has the documented permissions and no more. For
// the rest (types, quotas, settings of Lake Formation) see test/bin/commands/review/preflight.test.ts.
jest.setTimeout(300_000);
const ROOT = join(__dirname, '../..');
const [account, region] = ['111122223333', 'us-east-1'];

let folder: string;
let supervisor: Supervisor;
let emulator: Emulator;
let asker: { accessKeyId: string; secretAccessKey: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'preflight-e2e-'));
  const toolchain = await prepareToolchain({ onProgress: () => undefined });
  supervisor = new Supervisor(toolchain.python);
  emulator = await startEmulator(supervisor, toolchain, { account, region, folder: join(folder, 'aws'), nodePath: [] });
  writeFileSync(
    join(folder, 'app.js'),
    `const { App, Stack, aws_glue: glue, aws_ec2: ec2, aws_ecs: ecs } = require(${JSON.stringify(join(ROOT, 'node_modules/aws-cdk-lib'))});
const app = new App({ analyticsReporting: false, outdir: ${JSON.stringify(join(folder, 'assembly'))} });
const stack = new Stack(app, 'Lake');
new ec2.CfnVPC(stack, 'Vpc', { cidrBlock: '10.0.0.0/16' });
new ecs.CfnCluster(stack, 'Tasks');
new glue.CfnDatabase(stack, 'Bronze', { catalogId: '${account}', databaseInput: { name: 'bronze' } });
app.synth();
`,
  );
  spawnSync(process.execPath, [join(folder, 'app.js')], { stdio: 'inherit' });
  const [, policy] = /```json\n(.*?)```/s.exec(readFileSync(join(ROOT, 'docs/deploying.md'), 'utf8')) ?? [];
  const iam = new IAMClient(owner());
  const UserName = 'asker';
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'preflight', PolicyDocument: policy }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  asker = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
});
afterAll(async () => {
  await supervisor.stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const owner = () => ({ endpoint: emulator.endpoint, region, credentials: accountOwner(account) });

function ask() {
  const cli = join(ROOT, 'dist/bin/data-patterns.js');
  const options = ['review', '--preflight', '--head', join(folder, 'assembly'), '--format', 'json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...options], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...withoutAws(process.env),
      AWS_ENDPOINT_URL: emulator.endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: asker.accessKeyId,
      AWS_SECRET_ACCESS_KEY: asker.secretAccessKey,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  if (stdout === '') throw new Error(stderr);
  const findings = (JSON.parse(stdout) as Preflight).places.flatMap((place) => place.findings);
  const of = (verdict: string) => findings.filter((each) => each.verdict === verdict);
  return { status, findings, of };
}

test('an account is asked, then mended as the answers say, and asked again', async () => {
  const before = ask();
  expect(before.status).toBe(1);
  expect(before.of('stops').map(({ check }) => check)).toEqual(['bootstrap']);

  const cdk = new Cdk({ project: ROOT, folder: join(folder, 'cdk'), signal: new AbortController().signal });
  await cdk.bootstrap({ ...emulator, credentials: accountOwner(account) });
  await new IAMClient(owner()).send(new CreateServiceLinkedRoleCommand({ AWSServiceName: 'ecs.amazonaws.com' }));
  const after = ask();
  expect(after.of('stops')).toEqual([]);
  for (const check of ['bootstrap', 'zones', 'names', 'service-linked roles']) {
    expect(after.of('fine').map((each) => each.check)).toContain(check);
  }
  expect(after.status).toBe(0);
  // Nobody was denied: the documented policy suffices.
  expect(after.findings.filter(({ says }) => /AccessDenied|not authorized/.test(says))).toEqual([]);

  await new GlueClient(owner()).send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'bronze' } }));
  expect(ask().of('stops')).toMatchObject([{ check: 'names', says: expect.stringContaining("'bronze'") }]);
});
