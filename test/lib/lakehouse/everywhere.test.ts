import { App, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { Construct } from 'constructs';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import {
  FileDrop,
  FilesToBronzeJob,
  LakePipeline,
  MedallionLayer,
  QueryWorkgroup,
  SqlJob,
  StreamToBronzeJob,
} from '../../../lib/lakehouse';
import { type Json, byDay, FakeTopic, file, newLake, rawSchema, tradeSchema } from './fixture';

const sql = file('every.sql', 'SELECT 1;\n');

/** Every construct of the folder, wired as a lakehouse is. */
class Lakehouse extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const profile = DeploymentProfile.SANDBOX;
    const key = new DataKey(this, 'NetworkKey', { profile });
    const network = new DataNetwork(this, 'Network', { key, profile });
    const lake = newLake(this);
    const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
    const schema = tradeSchema.conformed();
    const silver = lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
    new StreamToBronzeJob(this, 'Ingestion', { lake, table: bronze, topic: new FakeTopic(this, 'Topic', network) });
    const drop = new FileDrop(this, 'Drop', { lake });
    new FilesToBronzeJob(this, 'Files', { lake, drop, table: bronze });
    const job = (name: string) =>
      new SqlJob(this, name, { lake, sqlFiles: [sql], record: tradeSchema, reads: [bronze], writes: [silver] });
    new LakePipeline(this, 'Pipeline', {
      lake,
      silver: job('Silver'),
      qualityGate: job('QualityGate'),
      gold: job('Gold'),
      schedule: ScheduleExpression.rate(Duration.days(1)),
    });
    new QueryWorkgroup(this, 'Queries', { lake }).addTimeTravelQueries(silver);
  }
}

function stackWith(copies: number, props: StackProps = {}): Stack {
  const stack = new Stack(new App(), 'Stack', props);
  for (let copy = 1; copy <= copies; copy++) new Lakehouse(stack, `Lakehouse${copy}`);
  return stack;
}

describe('a stack', () => {
  test('may hold everything twice, and no two have a name in common', () => {
    const { Resources } = Template.fromStack(stackWith(2)).toJSON();
    const names = Object.values<Json>(Resources).flatMap(({ Type, Properties }) => {
      const name = Properties?.Name ?? Properties?.DatabaseInput?.Name ?? Properties?.LogGroupName;
      // Tables and named queries are unique within their database and workgroup.
      return name && !/Glue::Table|NamedQuery/.test(Type) ? [`${Type} ${JSON.stringify(name)}`] : [];
    });
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each([
    ['cn-northwest-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['eu-central-1', 'aws'],
  ])('in %s has no ARN of another partition', (region, partition) => {
    const text = JSON.stringify(
      Template.fromStack(stackWith(1, { env: { account: '111122223333', region } })).toJSON(),
    );
    const others = ['aws', 'aws-cn', 'aws-us-gov'].filter((each) => each !== partition);
    // The topic of the fixture is an ARN of the user's.
    const arns = text.match(/arn:aws[a-z-]*:(?!kafka)/g) ?? [];
    expect(arns.filter((arn) => others.includes(arn.split(':')[1]))).toEqual([]);
  });

  test('without account and region leaves them to CloudFormation', () => {
    const text = JSON.stringify(Template.fromStack(stackWith(1)).toJSON());
    expect(text).toContain('{"Ref":"AWS::Partition"}');
    expect(text.match(/arn:aws:(?!kafka)/g)).toBeNull();
  });

  test('gives the same bytes on every synthesis', () => {
    const render = () => JSON.stringify(Template.fromStack(stackWith(1)).toJSON());
    expect(render()).toBe(render());
  });
});

describe('policies', () => {
  const { Resources } = Template.fromStack(stackWith(1)).toJSON();
  const all = Object.values<Json>(Resources)
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

  test('have no wildcard in an action', () => {
    const actions: string[] = all.flatMap(({ Action }) => Action);
    expect(actions.filter((action) => action.includes('*'))).toEqual([]);
  });

  test('open every resource only to actions that know none', () => {
    const open = all.filter(({ Resource }) => [Resource].flat().includes('*')).flatMap(({ Action }) => Action);
    const withoutResources =
      /^(cloudwatch:PutMetricData|ec2:Describe\w+|xray:\w+|logs:(\w+LogDelivery|ListLogDeliveries|\w+ResourcePolic(y|ies)|DescribeLogGroups))$/;
    expect(open.filter((action: string) => !withoutResources.test(action))).toEqual([]);
  });
});

describe('cdk-nag', () => {
  function findings(change: (lakehouse: Lakehouse) => void): string[] {
    const app = new App();
    const lakehouse = new Lakehouse(new Stack(app, 'Stack'), 'Lakehouse');
    change(lakehouse);
    app.synth();
    return [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)]
      .flatMap((pack) => pack.validateScope(app).violations)
      .flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      );
  }

  test('has no open finding', () => {
    expect(findings(() => undefined)).toEqual([]);
  });

  test('finds a wildcard that comes on top of the accepted ones', () => {
    const widen = (lakehouse: Lakehouse) => {
      const job = lakehouse.node.findChild('Silver') as SqlJob;
      job.role.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::other/*'] }));
    };
    expect(findings(widen)).toEqual([
      'AwsSolutions-IAM5[Action::s3:*] Stack/Lakehouse/Silver/Role/DefaultPolicy/Resource',
      'AwsSolutions-IAM5[Resource::arn:aws:s3:::other/*] Stack/Lakehouse/Silver/Role/DefaultPolicy/Resource',
      'NIST.800.53.R5-IAMPolicyNoStatementsWithFullAccess Stack/Lakehouse/Silver/Role/DefaultPolicy/Resource',
    ]);
  });
});
