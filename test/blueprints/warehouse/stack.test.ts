import { Match, type Template } from 'aws-cdk-lib/assertions';
import { withoutAssetHashes } from '../lakehouse/synth';
import { newStack, SETTINGS, synth } from './synth';

let sandbox: Template;
beforeAll(() => (sandbox = synth()));

test('shows a reviewer what a change does to the template', () => {
  expect(withoutAssetHashes(sandbox.toJSON())).toMatchSnapshot();
});

test('the warehouse is private, encrypted, logged, bounded, and nobody knows its password', () => {
  sandbox.hasResourceProperties('AWS::RedshiftServerless::Namespace', {
    ManageAdminPassword: true,
    KmsKeyId: Match.anyValue(),
    LogExports: ['userlog', 'connectionlog', 'useractivitylog'],
    AdminUserPassword: Match.absent(),
  });
  sandbox.hasResourceProperties('AWS::RedshiftServerless::Workgroup', {
    PubliclyAccessible: false,
    EnhancedVpcRouting: true,
    SubnetIds: [Match.anyValue(), Match.anyValue(), Match.anyValue()],
  });
  sandbox.hasResourceProperties('Custom::RedshiftUsageLimit', { BreachAction: 'deactivate' });
});

test('loader, transformer and reader have each their logins', () => {
  const logins = Object.values(sandbox.findResources('Custom::WarehouseLogin'));
  expect(logins.map(({ Properties }) => Properties.Role).sort()).toEqual([
    ...['loader', 'loader', 'loader', 'reader', 'transformer'],
  ]);
});

test('the pipeline ingests, checks freshness, builds and publishes', () => {
  const [machine] = Object.values(sandbox.findResources('AWS::StepFunctions::StateMachine'));
  const definition = JSON.stringify(machine.Properties.DefinitionString);
  for (const state of ['IngestExchangeApi', 'Freshness', 'Build', 'PublishDocs', 'PublishDashboards']) {
    expect(definition).toContain(`\\"${state}\\"`);
  }
});

test('sources that are due together are synced together', () => {
  const schedules = Object.values(sandbox.findResources('AWS::Scheduler::Schedule')).map(({ Properties }) => [
    Properties.ScheduleExpression,
    Properties.Target.Input,
  ]);
  expect(schedules).toEqual([
    ['cron(0,15,30,45 * * * ? *)', '{"sources":["exchange_api"]}'],
    ['cron(5 * * * ? *)', '{"sources":["crm","billing"]}'],
  ]);
});

test('no secret stands in the template', () => {
  const text = JSON.stringify(sandbox.toJSON());
  expect(text).not.toMatch(/"SecretString"|"AdminUserPassword"/);
  sandbox.hasResourceProperties('AWS::RDS::DBInstance', {
    MasterUserPassword: { 'Fn::Join': ['', Match.arrayWith(['{{resolve:secretsmanager:'])] },
  });
});

test('production refuses Metabase without a certificate', () => {
  expect(() => newStack({ settings: { profile: 'production' } })).toThrow(
    "a production deployment encrypts what people see; give 'certificateArn'",
  );
});

test.each([
  ['China', { account: '111122223333', region: 'cn-north-1' }, 'aws-cn'],
  ['GovCloud', { account: '111122223333', region: 'us-gov-west-1' }, 'aws-us-gov'],
])('%s: names no partition that is not its own', (_, env, partition) => {
  const text = JSON.stringify(synth({ env }).toJSON());
  const named = new Set([...text.matchAll(/arn:(aws[a-z-]*):/g)].map((match) => match[1]));
  expect([...named].filter((each) => each !== partition)).toEqual([]);
});

test('Metabase can be left out, with everything of its own, and no list of models stands for all', () => {
  const alone = synth({ settings: { bi: { ...SETTINGS.bi, service: 'none' }, models: [] } });
  alone.resourceCountIs('AWS::ECS::Service', 0);
  alone.resourceCountIs('AWS::RDS::DBInstance', 0);
  alone.hasOutput('ReaderSecretArn', {});
  const told = (template: Template): boolean => JSON.stringify(template.toJSON()).includes('"MODELS"');
  expect([told(alone), told(sandbox)]).toEqual([false, true]);
});
