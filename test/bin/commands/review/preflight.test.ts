import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { registerReviewCommand } from '../../../../bin/commands/review';
import { renderPreflight, type Preflight } from '../../../../bin/commands/review/preflight/preflight';
import { AnsweringAccount, type Answers } from './answering-account';

const EXECUTOR = 'arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-us-east-1';

const vpcs = (count: number) => ({
  xml: `<DescribeVpcsResponse><vpcSet>${'<item><vpcId>vpc-1</vpcId></item>'.repeat(count)}</vpcSet></DescribeVpcsResponse>`,
});
const decision = (verdict: string) => ({
  xml: `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><EvaluationResults><member><EvalActionName>iam:CreateServiceLinkedRole</EvalActionName><EvalDecision>${verdict}</EvalDecision></member></EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
});
const entries = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([key, value]) => `<entry><key>${key}</key><value>${value}</value></entry>`)
    .join('');
const summary = (counts: Record<string, number>) => ({
  xml: `<GetAccountSummaryResponse><GetAccountSummaryResult><SummaryMap>${entries(counts)}</SummaryMap></GetAccountSummaryResult></GetAccountSummaryResponse>`,
});
const zones = (...names: string[]) => ({
  xml: `<DescribeAvailabilityZonesResponse><availabilityZoneInfo>${names.map((name) => `<item><zoneName>${name}</zoneName></item>`).join('')}</availabilityZoneInfo></DescribeAvailabilityZonesResponse>`,
});
const stack = (status: string) => ({
  xml: `<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>Lake</StackName><CreationTime>2026-11-28T12:00:00Z</CreationTime><StackStatus>${status}</StackStatus></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`,
});
const resources = (type: string, id: string) => ({
  xml: `<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><member><LogicalResourceId>A</LogicalResourceId><ResourceType>${type}</ResourceType><PhysicalResourceId>${id}</PhysicalResourceId></member></StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>`,
});
const lakeSettings = (admins: string[], everybody: boolean) => ({
  json: {
    DataLakeSettings: {
      DataLakeAdmins: admins.map((DataLakePrincipalIdentifier) => ({ DataLakePrincipalIdentifier })),
      CreateTableDefaultPermissions: everybody
        ? [{ Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' }, Permissions: ['ALL'] }]
        : [],
    },
  },
});

const roleXml =
  '<RoleName>r</RoleName><Path>/</Path><RoleId>r</RoleId><Arn>arn</Arn><CreateDate>2026-11-28T12:00:00Z</CreateDate>';
const executor = { xml: `<GetRoleResponse><GetRoleResult><Role>${roleXml}</Role></GetRoleResult></GetRoleResponse>` };
const linkedRole = {
  xml: `<ListRolesResponse><ListRolesResult><Roles><member>${roleXml}</member></Roles></ListRolesResult></ListRolesResponse>`,
};
const noLinkedRole = {
  ListRoles: { xml: '<ListRolesResponse><ListRolesResult><Roles/></ListRolesResult></ListRolesResponse>' },
};

/** An account in which nothing is amiss. */
const CLEAR: Answers = {
  GetCallerIdentity: {
    xml: '<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/Ann</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
  },
  DescribeStacks: { error: 'ValidationError' },
  GetParameter: { json: { Parameter: { Name: '/cdk-bootstrap/hnb659fds/version', Value: '30' } } },
  DescribeType: {
    xml: '<DescribeTypeResponse><DescribeTypeResult><Type>RESOURCE</Type></DescribeTypeResult></DescribeTypeResponse>',
  },
  DescribeAvailabilityZones: zones('us-east-1a', 'us-east-1b'),
  GetDatabase: { error: 'EntityNotFoundException' },
  DescribeVpcs: vpcs(1),
  GetServiceQuota: { json: { Quota: { QuotaName: 'VPCs per Region', Value: 5 } } },
  GetAccountSummary: summary({ Roles: 10, RolesQuota: 1000 }),
  ListRoles: linkedRole,
  GetRole: executor,
  GetDataLakeSettings: lakeSettings([], true),
};

const RESOURCES = {
  Vpc: { Type: 'AWS::EC2::VPC' },
  Subnet: {
    Type: 'AWS::EC2::Subnet',
    Properties: { AvailabilityZone: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] } },
  },
  Brokers: { Type: 'AWS::MSK::Cluster' },
  Role: { Type: 'AWS::IAM::Role' },
  Bronze: { Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name: 'bronze' } } },
  Guard: { Type: 'AWS::CloudFormation::CustomResource' },
};

let account: AnsweringAccount;
let folder: string;
let output: string;
const environment = { ...process.env };

beforeAll(async () => {
  account = await AnsweringAccount.start();
  for (const name of Object.keys(process.env).filter((each) => each.startsWith('AWS_'))) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: account.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    // A refusal is an answer: none is worth a second try here.
    AWS_MAX_ATTEMPTS: '1',
  });
});
afterAll(async () => {
  process.env = environment;
  await account.stop();
});
beforeEach(() => {
  account.asked.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'preflight-'));
  output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text);
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** The command itself, for a stack with these resources. */
async function ask(answers: Answers = {}, declared: object = RESOURCES, where = 'unknown-account/unknown-region') {
  account.answers = { ...CLEAR, ...answers };
  const lake = {
    type: 'aws:cloudformation:stack',
    environment: `aws://${where}`,
    properties: {
      templateFile: 'Lake.template.json',
      requiresBootstrapStackVersion: 6,
      bootstrapStackVersionSsmParameter: '/cdk-bootstrap/hnb659fds/version',
      cloudFormationExecutionRoleArn:
        'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-cfn-exec-role-${AWS::AccountId}-${AWS::Region}',
    },
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '1', artifacts: { Lake: lake } }));
  writeFileSync(join(folder, 'Lake.template.json'), JSON.stringify({ Resources: declared }));
  const program = new Command().exitOverride();
  registerReviewCommand(program);
  output = '';
  await program.parseAsync(['node', 'x', 'review', '--preflight', '--head', folder, '--format', 'json']);
  const result = JSON.parse(output) as Preflight;
  const findings = result.places.flatMap((place) => place.findings);
  const said = (verdict: string) =>
    findings.filter((each) => each.verdict === verdict).map(({ check, says }) => `${check}: ${says}`);
  return { result, status: process.exitCode, stops: said('stops'), look: said('look'), notAsked: said('not asked') };
}

test('an account in which nothing is amiss', async () => {
  const { result, status, stops, look, notAsked } = await ask();
  expect({ status, stops, look, notAsked }).toEqual({ status: 0, stops: [], look: [], notAsked: [] });
  expect(renderPreflight(result)).toMatch(
    /^## Nothing was found that stops a deployment to 111122223333 in us-east-1\n\n### Fine\n\n- \*\*bootstrap\*\*/,
  );
});

test('nothing but reading is asked', async () => {
  await ask();
  expect(account.asked.filter((action) => !/^(Get|Describe|List|Simulate)/.test(action))).toEqual([]);
});

test('the policy of docs/deploying.md allows what is asked, and no more', async () => {
  const everything = {
    ...RESOURCES,
    Gateway: { Type: 'AWS::EC2::NatGateway' },
    Address: { Type: 'AWS::EC2::EIP' },
    Encryption: { Type: 'AWS::Glue::SecurityConfiguration' },
  };
  await ask(
    {
      DescribeStacks: stack('UPDATE_COMPLETE'),
      ListStackResources: resources('AWS::S3::Bucket', 'b'),
      DescribeAddresses: { xml: '<DescribeAddressesResponse/>' },
      DescribeNatGateways: { xml: '<DescribeNatGatewaysResponse/>' },
      GetSecurityConfigurations: { json: { SecurityConfigurations: [] } },
      ...noLinkedRole,
      SimulatePrincipalPolicy: decision('allowed'),
    },
    everything,
  );
  const [, policy] = /```json\n(.*?)```/s.exec(readFileSync('docs/deploying.md', 'utf8')) ?? [];
  const allowed = (JSON.parse(policy) as { Statement: { Action: string[] }[] }).Statement.flatMap(
    (each) => each.Action,
  );
  const asked = [...new Set(account.asked)].filter((action) => action !== 'GetCallerIdentity').sort();
  expect(asked).toEqual(allowed.map((action) => action.split(':')[1]).sort());
});

test.each<[string, Answers, RegExp]>([
  [
    'a region that is not bootstrapped',
    { GetParameter: { error: 'ParameterNotFound' } },
    /^bootstrap: us-east-1 is not bootstrapped .*`npx cdk bootstrap aws:\/\/111122223333\/us-east-1`/,
  ],
  [
    'a bootstrap that is too old',
    { GetParameter: { json: { Parameter: { Value: '4' } } } },
    /^bootstrap: the bootstrap is of version 4, and 6 is needed/,
  ],
  [
    'a type that the region lacks',
    {
      DescribeType: ({ TypeName }) =>
        TypeName === 'AWS::MSK::Cluster'
          ? { error: 'TypeNotFoundException' }
          : { xml: '<DescribeTypeResponse><DescribeTypeResult/></DescribeTypeResponse>' },
    },
    /^types: CloudFormation has no AWS::MSK::Cluster in us-east-1, and Lake uses it/,
  ],
  ['too few zones', { DescribeAvailabilityZones: zones('us-east-1a') }, /^zones: Lake spreads over 2 zones, .* has 1/],
  [
    'a database of that name which is not of the stack',
    { GetDatabase: { json: { Database: { Name: 'bronze' } } } },
    /^names: the database 'bronze' is in the catalog already/,
  ],
  [
    'a stack that cannot be updated',
    { DescribeStacks: stack('ROLLBACK_COMPLETE'), ListStackResources: resources('AWS::S3::Bucket', 'b') },
    /^names: the stack Lake is in ROLLBACK_COMPLETE\. Delete it first: `npx cdk destroy Lake`/,
  ],
  [
    'a quota that is used up',
    { DescribeVpcs: vpcs(5) },
    /^quotas: 'VPCs per Region' is 5: 5 are there, and 1 more are wanted.*--quota-code L-F678F1CE --desired-value 6/,
  ],
  [
    'a limit of IAM',
    { GetAccountSummary: summary({ Roles: 1000, RolesQuota: 1000 }) },
    /^quotas: an account has 1000 roles of IAM at most/,
  ],
  [
    'a service-linked role that is not there and that who deploys may not make',
    { ...noLinkedRole, SimulatePrincipalPolicy: decision('implicitDeny') },
    /^service-linked roles: there is no role of kafka\.amazonaws\.com, and .*cfn-exec-role.* may not make it.*kafka\.amazonaws\.com/,
  ],
])('%s stops a deployment', async (_, answers, expected) => {
  const { stops, status } = await ask(answers);
  expect(status).toBe(1);
  expect(stops).toEqual([expect.stringMatching(expected)]);
});

describe('Lake Formation', () => {
  const governed = { ...RESOURCES, Tag: { Type: 'AWS::LakeFormation::Tag' } };

  test('stops who deploys grants in it without administering it', async () => {
    const { stops } = await ask(
      { GetDataLakeSettings: lakeSettings(['arn:aws:iam::111122223333:role/Other'], true) },
      governed,
    );
    expect(stops).toEqual([expect.stringContaining(`${EXECUTOR} deploys Lake and is no administrator`)]);
    expect((await ask({ GetDataLakeSettings: lakeSettings([EXECUTOR], true) }, governed)).stops).toEqual([]);
  });

  test('does not stop where a stack of the app makes the administrator', async () => {
    const settings = { Settings: { Type: 'AWS::LakeFormation::DataLakeSettings' } };
    expect((await ask({ GetDataLakeSettings: lakeSettings([], true) }, { ...governed, ...settings })).stops).toEqual(
      [],
    );
  });

  test('is worth a look where it governs new tables and the app leaves it off', async () => {
    const { look, status } = await ask({ GetDataLakeSettings: lakeSettings([], false) });
    expect(look).toEqual([expect.stringMatching(/governs new tables of this account, and Lake grants nothing there/)]);
    expect(status).toBe(0);
  });
});

test('what is there already of a stack counts for no quota and is no stranger', async () => {
  const there = { DescribeStacks: stack('UPDATE_COMPLETE'), DescribeVpcs: vpcs(5) };
  expect((await ask({ ...there, ListStackResources: resources('AWS::EC2::VPC', 'vpc-1') })).stops).toEqual([]);
  const database = { GetDatabase: { json: { Database: { Name: 'bronze' } } } };
  const own = {
    DescribeStacks: stack('UPDATE_COMPLETE'),
    ListStackResources: resources('AWS::Glue::Database', 'bronze'),
  };
  expect((await ask({ ...own, ...database })).stops).toEqual([]);
});

test('a service-linked role that the deployment makes by itself is worth a look', async () => {
  const answers = { ...noLinkedRole, SimulatePrincipalPolicy: decision('allowed') };
  const { look, status } = await ask(answers);
  expect(look).toEqual([
    expect.stringMatching(/there is no role of kafka\.amazonaws\.com yet\. The first deployment makes it/),
  ]);
  expect(status).toBe(0);
  // Before the bootstrap there is nobody yet of whom one could ask what he may do.
  expect((await ask({ ...noLinkedRole, GetRole: { error: 'NoSuchEntityException' } })).look).toEqual(look);
});

test('what may not be asked is said and stops nothing else', async () => {
  const { notAsked, status } = await ask({
    DescribeVpcs: { error: 'AccessDenied' },
    GetParameter: { error: 'AccessDenied' },
  });
  expect(notAsked).toEqual(['bootstrap: AccessDenied: no GetParameter', 'quotas: AccessDenied: no DescribeVpcs']);
  expect(status).toBe(0);
});

test('stacks of other accounts are named, and not asked about', async () => {
  const { result } = await ask({}, RESOURCES, '444455556666/eu-west-1');
  expect(result).toMatchObject({ places: [], elsewhere: [{ stack: 'Lake', account: '444455556666' }] });
  expect(renderPreflight(result)).toContain('- Lake: 444455556666');
});

test('without credentials or a region, one sentence says so', async () => {
  await expect(ask({ GetCallerIdentity: { error: 'ExpiredToken' } })).rejects.toThrow(/ExpiredToken.*log in first/);
  delete process.env.AWS_REGION;
  await expect(ask()).rejects.toThrow('no region is set: name one with AWS_REGION');
  process.env.AWS_REGION = 'us-east-1';
});
