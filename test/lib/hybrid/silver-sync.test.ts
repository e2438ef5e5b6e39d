import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SilverSyncMode, type SilverSyncProps } from '../../../lib/hybrid';
import { ExternalWarehouse } from '../../../lib/warehouse';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { statementsOf } from '../../support/policies';
import { SyncFixture } from './fixture';

const stack = new Stack(new App(), 'Stack');
const fixture = new SyncFixture(stack);
const topic = new sns.Topic(stack, 'Topic');
const copied = fixture.newSync('Copied', { maxLag: Duration.hours(3), alarmTopic: topic });
const inPlace = fixture.newSync('InPlace', { mode: SilverSyncMode.ZERO_COPY, dataset: 'in_place' });
let template: Template;
beforeAll(() => (template = Template.fromStack(stack)));

test('a copy is a source that somebody runs, called as its table, in a task of its own', () => {
  expect([copied.sourceName, copied.dataset, copied.runsByItself]).toEqual(['trades', 'lake', false]);
  template.resourceCountIs('AWS::ECS::TaskDefinition', 1);
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        Command: ['python', '-m', 'warehouse_tasks.silver_sync'],
        ReadonlyRootFilesystem: true,
        Environment: Match.arrayWith([
          Match.objectLike({ Name: 'COPY_ROLE_ARN' }),
          {
            Name: 'SILVER_SYNC',
            Value: JSON.stringify({
              database: 'silver',
              table: 'trades',
              dataset: 'lake',
              key: ['trade_id'],
              namespace: 'DataPatterns/Hybrid',
            }),
          },
          Match.objectLike({ Name: 'STAGING_URI' }),
        ]),
      }),
    ],
  });
});

test('the task reads the table and writes nothing of the lake', () => {
  const [role] = Object.keys(template.findResources('AWS::IAM::Role')).filter((id) => id.startsWith('CopiedTaskRole'));
  const [lake] = Object.keys(template.findResources('AWS::S3::Bucket')).filter((id) => id.startsWith('Lake'));
  const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.Roles).includes(role),
  );
  const ofLake = policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string; Resource: unknown }[])
    .filter(({ Resource }) => JSON.stringify(Resource).includes(`"${lake}"`))
    .flatMap(({ Action }) => Action);
  expect(ofLake).toEqual(['s3:GetObject', 's3:ListBucket']);
});

test('it may publish metrics in its own namespace alone', () => {
  const [publishing] = statementsOf(template).filter(({ Action }) => [Action].flat()[0] === 'cloudwatch:PutMetricData');
  expect(publishing).toMatchObject({
    Condition: { StringEquals: { 'cloudwatch:namespace': 'DataPatterns/Hybrid' } },
  });
});

test('the task reaches all that it calls', () => {
  const found = reachability(template.toJSON() as CloudFormationTemplate);
  expect(found.filter(({ task }) => task.startsWith('Copied'))).toEqual([]);
});

test('the lag has an alarm beyond its bound, and silence one of its own', () => {
  const lag = {
    MetricName: 'LagSeconds',
    Namespace: 'DataPatterns/Hybrid',
    Dimensions: [{ Name: 'Table', Value: 'silver.trades' }],
    AlarmActions: [{ Ref: Match.stringLikeRegexp('^Topic') }],
  };
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...lag,
    Statistic: 'Maximum',
    Threshold: 10800,
    TreatMissingData: 'ignore',
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    ...lag,
    Statistic: 'SampleCount',
    EvaluationPeriods: 3,
    TreatMissingData: 'breaching',
  });
});

test('without a copy there is a schema over the catalog, and nothing that runs or is behind', () => {
  expect([inPlace.runsByItself, inPlace.taskDefinitionArn, inPlace.lagAlarm]).toEqual([true, undefined, undefined]);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 2);
  template.hasResource('Custom::WarehouseExternalSchema', {
    Properties: { SchemaName: 'in_place', CatalogDatabase: 'silver', Reader: 'transformer' },
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^WarehouseCopyRoleDefaultPolicy')]),
  });
  expect(() => inPlace.runState(stack, 'Run')).toThrow('nothing is copied, so nothing runs');
});

test.each<[string, Partial<SilverSyncProps>, string]>([
  ['NoKey', { key: [] }, 'key is empty; name the columns that identify a row'],
  ['OddKey', { key: ['Trade Id'] }, "key names 'Trade Id'; columns are lower-case letters"],
  ['Lag', { maxLag: Duration.minutes(90) }, 'maxLag is 1 hour 30 minutes; give whole hours, 1 to 24'],
  ['LongLag', { maxLag: Duration.hours(25) }, 'maxLag is 1 day 1 hour; give whole hours, 1 to 24'],
])('%s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => fixture.newSync(`Refused${id}`, props)).toThrow(sentence);
});

test.each([SilverSyncMode.ZERO_COPY, SilverSyncMode.INCREMENTAL_COPY])('%s: only Redshift is loaded', (mode) => {
  const elsewhere = new Stack(new App(), 'Elsewhere');
  const warehouse = ExternalWarehouse.snowflake(elsewhere, 'Snowflake', {
    databaseName: 'analytics',
    account: 'organization-account',
    virtualWarehouse: 'COMPUTE',
    secret: new Secret(elsewhere, 'Login'),
  });
  expect(() => fixture.newSync(`Outside${mode}`, { mode, warehouse })).toThrow(/snowflake/);
});

test('two of them stand in one stack', () => {
  const shared = new Stack(new App(), 'Shared', { env: { account: '111122223333', region: 'cn-north-1' } });
  for (const suffix of ['1', '2']) new SyncFixture(shared, suffix).newSync('Sync');
  const both = Template.fromStack(shared);
  both.resourceCountIs('AWS::CloudWatch::Alarm', 4);
  expect(JSON.stringify(both.toJSON())).not.toContain('arn:aws:');
});
