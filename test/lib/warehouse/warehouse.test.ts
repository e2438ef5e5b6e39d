import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { WarehouseSize, type WarehouseProps } from '../../../lib/warehouse';
import { newGround, newWarehouse } from './fixture';

const schemas = { raw: ['raw_api'] };

describe('by default', () => {
  const stack = new Stack(new App(), 'Stack');
  const warehouse = newWarehouse(stack, newGround(stack, '', DeploymentProfile.PRODUCTION), { profile: undefined });
  const role = new iam.Role(stack, 'Loader', { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  warehouse.grantLoad(role);
  warehouse.grantLoad(role);
  const template = Template.fromStack(stack);

  test('it is made for production: MEDIUM, kept, a metric at the limit, a snapshot of every day', () => {
    template.hasResource('AWS::RedshiftServerless::Workgroup', {
      Properties: { BaseCapacity: 16, MaxCapacity: 128, Port: 5439, PubliclyAccessible: false },
      DeletionPolicy: 'Retain',
    });
    template.hasResource('AWS::RedshiftServerless::Namespace', { DeletionPolicy: 'Retain' });
    template.hasResourceProperties('Custom::RedshiftUsageLimit', {
      RpuHoursPerDay: Match.anyValue(),
      BreachAction: 'emit-metric',
    });
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(30 3 * * ? *)' });
  });

  test('a task that loads may log in here and nowhere else, and has one login, however often it is granted', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
      Properties.Roles.some(({ Ref }: { Ref: string }) => Ref.startsWith('Loader')),
    );
    const workgroup = { 'Fn::GetAtt': [expect.stringMatching(/Workgroup/), 'Workgroup.WorkgroupArn'] };
    for (const { Action, Resource } of policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement)) {
      expect([Action, Resource]).toEqual(['redshift-serverless:GetCredentials', workgroup]);
    }
    const logins = Object.values(template.findResources('Custom::WarehouseLogin'));
    expect(logins.map(({ Properties }) => Properties.Role)).toEqual(['loader']);
  });
});

test('a reader with a password has it from Secrets Manager, and the template does not', () => {
  const stack = new Stack(new App(), 'Stack');
  newWarehouse(stack, newGround(stack)).addReader('bi_reader');
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::SecretsManager::Secret', {
    GenerateSecretString: { SecretStringTemplate: '{"username":"bi_reader"}', GenerateStringKey: 'password' },
    SecretString: Match.absent(),
  });
  template.hasResourceProperties('Custom::WarehouseLogin', {
    UserName: 'bi_reader',
    PasswordSecretArn: { Ref: Match.stringLikeRegexp('^Warehousebireader') },
  });
});

test('a sandbox without snapshots has none on a schedule', () => {
  const stack = new Stack(new App(), 'Stack');
  newWarehouse(stack, newGround(stack), { snapshotRetention: Duration.days(0) });
  Template.fromStack(stack).resourceCountIs('AWS::Scheduler::Schedule', 0);
});

describe('it refuses', () => {
  const stack = new Stack(new App(), 'Stack');
  const ground = newGround(stack);

  test.each<[string, Partial<WarehouseProps>, string]>([
    ['a name of a database', { databaseName: '1st' }, "databaseName '1st' is no name of a database; use letters"],
    ['a name of a workgroup', { warehouseName: 'Upper' }, "warehouseName 'Upper' is no name of a workgroup; use 3"],
    ['a capacity', { size: WarehouseSize.LARGE, maxCapacity: 8 }, 'maxCapacity is 8 RPUs, less than the 32 of LARGE'],
    ['a limit', { dailyUsageLimit: 0.5 }, 'dailyUsageLimit is 0.5; give whole RPU-hours, 1 at least'],
    ['a port', { port: 5432 + 100 }, 'port is 5532; Redshift Serverless takes 5431 to 5455'],
    ['a schema', { schemas: { ...schemas, published: ['raw_api'] } }, "schema 'raw_api' is named twice"],
  ])('%s that cannot be, with the remedy', (name, props, sentence) => {
    expect(() => newWarehouse(stack, ground, props, name)).toThrow(sentence);
  });

  test('a network of two zones', () => {
    const network = new DataNetwork(stack, 'TwoZones', { key: ground.key, profile: ground.profile });
    expect(() => newWarehouse(stack, ground, { network }, 'TwoZonesWarehouse')).toThrow('wants three in three zones');
  });
});
