import { App, CfnParameter, Stack, type StackProps } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { join } from 'node:path';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import {
  BiService,
  BiSource,
  Dashboards,
  DbtProject,
  IngestionSync,
  Orchestration,
  SyncCompute,
  SyncConnector,
} from '../../../lib/warehouse';
import { statementsOf } from '../../support/policies';
import { BLUEPRINT, newGround, newPlatform, newSelfRunningSyncs, newWarehouse } from './fixture';

/** Every construct of the warehouse, wired as a platform wires them, with tokens where a person would have them. */
function buildAll(stack: Stack, suffix: string): void {
  const ground = newGround(stack, suffix);
  const warehouse = newWarehouse(
    stack,
    ground,
    {
      databaseName: new CfnParameter(stack, `Database${suffix}`).valueAsString,
      warehouseName: new CfnParameter(stack, `Workgroup${suffix}`).valueAsString,
      maxCapacity: new CfnParameter(stack, `Capacity${suffix}`, { type: 'Number' }).valueAsNumber,
      dailyUsageLimit: new CfnParameter(stack, `Limit${suffix}`, { type: 'Number' }).valueAsNumber,
    },
    `Warehouse${suffix}`,
  );
  const platform = newPlatform(stack, ground, `Tasks${suffix}`);
  const secret = secretsmanager.Secret.fromSecretCompleteArn(
    stack,
    `Login${suffix}`,
    new CfnParameter(stack, `SecretArn${suffix}`).valueAsString,
  );
  const common = { platform, warehouse, secret };
  const syncs = [
    IngestionSync.dlt(stack, `Api${suffix}`, {
      ...common,
      sourceName: 'api',
      connector: SyncConnector.HTTP,
      configuration: { rest_api: { base_url: new CfnParameter(stack, `Url${suffix}`).valueAsString } },
      compute: SyncCompute.LAMBDA,
    }),
    IngestionSync.dlt(stack, `Crm${suffix}`, {
      ...common,
      sourceName: 'crm',
      connector: SyncConnector.postgres(),
      configuration: { sql_database: {} },
    }),
  ];
  newSelfRunningSyncs(stack, ground, platform, warehouse, suffix);
  const dbt = new DbtProject(stack, `Models${suffix}`, { platform, warehouse, project: join(BLUEPRINT, 'dbt') });
  const source = BiSource.warehouse(warehouse, warehouse.addReader('bi_reader'));
  const service = new BiService(stack, `Metabase${suffix}`, { platform, source });
  const dashboards = new Dashboards(stack, `Dashboards${suffix}`, {
    platform,
    service,
    folder: join(BLUEPRINT, 'dashboards'),
  });
  const schedule = ScheduleExpression.expression('cron(0 6 * * ? *)');
  new Orchestration(stack, `Pipeline${suffix}`, {
    ...ground,
    syncs: syncs.map((sync) => ({ sync, schedule })),
    dbt,
    dashboards,
  });
}

const VARIANTS: [string, StackProps][] = [
  ['no environment', {}],
  ...['cn-north-1', 'us-gov-west-1'].map((region): [string, StackProps] => [
    region,
    { env: { account: '111122223333', region } },
  ]),
];

/** Actions for which IAM knows no resource; beside each, in the construct, stands the acknowledgement with its source. */
const WITHOUT_RESOURCE = new RegExp(
  [
    '^ec2:Describe(NetworkInterfaces|Subnets)$',
    '^ecr:GetAuthorizationToken$',
    '^logs:((Create|Delete|Get|Update)LogDelivery|ListLogDeliveries|(Put|Describe)ResourcePolic(y|ies)|DescribeLogGroups)$',
    '^redshift-data:(DescribeStatement|GetStatementResult)$',
    '^redshift-serverless:(Create|Delete|List|Update)UsageLimits?$',
    '^xray:(Get|Put)',
  ].join('|'),
);

describe.each(VARIANTS)('two copies of every construct in one stack: %s', (_name, props) => {
  const app = new App();
  const stack = new Stack(app, 'Stack', props);
  buildAll(stack, '1');
  buildAll(stack, '2');
  const template = Template.fromStack(stack);
  const allowed = statementsOf(template).filter(({ Effect }) => Effect === 'Allow');

  test('nothing is looked up', () => {
    expect(app.synth().manifest.missing).toBeUndefined();
  });

  test('no partition is written down', () => {
    const named = new Set(
      [...JSON.stringify(template.toJSON()).matchAll(/arn:(aws[a-z-]*):/g)].map(([, name]) => name),
    );
    const own = stack.region === 'cn-north-1' ? 'aws-cn' : 'aws-us-gov';
    expect([...named].filter((name) => name !== own)).toEqual([]);
  });

  test('no allowed action is a whole service', () => {
    expect(allowed.flatMap(({ Action }) => Action).filter((action) => action.endsWith(':*'))).toEqual([]);
  });

  test('roles are allowed on every resource only what IAM knows no resource for', () => {
    const everywhere = allowed.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
    expect(new Set(everywhere.filter((action) => !WITHOUT_RESOURCE.test(action)))).toEqual(new Set());
  });
});

describe('a container in the network', () => {
  interface Resources {
    readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
  }
  let text: string;
  beforeAll(() => {
    const stack = new Stack(new App(), 'Stack');
    const ground = newGround(stack);
    const platform = newPlatform(stack, ground);
    const warehouse = newWarehouse(stack, ground);
    const dbt = new DbtProject(stack, 'Models', { platform, warehouse, project: join(BLUEPRINT, 'dbt') });
    new Orchestration(stack, 'Pipeline', { ...ground, syncs: [], dbt });
    text = JSON.stringify(Template.fromStack(stack).toJSON());
  });

  /** What is found about the task after a change of the template. */
  function findings(change: (template: Resources) => void): string[] {
    const template = JSON.parse(text) as Resources;
    change(template);
    const found = reachability(template as CloudFormationTemplate);
    return found.filter(({ task }) => task.startsWith('Models')).map(({ link }) => link);
  }

  /** Removes the resources of a type whose logical id begins so. */
  function remove({ Resources }: Resources, type: string, prefix = ''): void {
    const ids = Object.keys(Resources).filter((id) => Resources[id].Type === type && id.startsWith(prefix));
    expect(ids).not.toEqual([]);
    for (const id of ids) delete Resources[id];
  }

  test('reaches all that it calls', () => {
    expect(findings(() => undefined)).toEqual([]);
  });

  test('is found out when no route leads out of its subnets', () => {
    expect(findings((template) => remove(template, 'AWS::EC2::Route'))).toContain('endpoint');
  });

  test('is found out when its security group lets nothing out', () => {
    const found = findings((template) => {
      const [group] = Object.entries(template.Resources).filter(
        ([id, { Type }]) => Type === 'AWS::EC2::SecurityGroup' && id.startsWith('Models'),
      );
      group[1].Properties.SecurityGroupEgress = [];
    });
    expect(found).toContain('egress');
  });

  test('is found out when the warehouse does not let it in', () => {
    expect(findings((template) => remove(template, 'AWS::EC2::SecurityGroupIngress', 'Warehouse'))).toContain(
      'ingress',
    );
  });
});
