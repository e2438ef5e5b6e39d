import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  type AirbyteSyncProps,
  type DltSyncProps,
  IngestionSync,
  SyncCompute,
  SyncConnector,
  TaskPlatform,
} from '../../../lib/warehouse';
import { newGround, newPlatform, newWarehouse } from './fixture';

const stack = new Stack(new App(), 'Stack');
const ground = newGround(stack);
const platform = newPlatform(stack, ground);
const warehouse = newWarehouse(stack, ground);
const secret = new secretsmanager.Secret(stack, 'Login');

function newSync(id: string, props: Partial<DltSyncProps> = {}): IngestionSync {
  return IngestionSync.dlt(stack, id, {
    platform,
    warehouse,
    sourceName: 'api',
    connector: SyncConnector.HTTP,
    configuration: { rest_api: { token: '{secret:token}' } },
    secret,
    ...props,
  });
}

const onFargate = newSync('OnFargate');
newSync('Database', {
  sourceName: 'crm',
  connector: SyncConnector.postgres(6543),
  configuration: { sql_database: {} },
});
function newAirbyteSync(id: string, props: Partial<AirbyteSyncProps> = {}): IngestionSync {
  return IngestionSync.airbyte(stack, id, {
    warehouse,
    sourceName: 'stripe',
    workspaceId: '0da998a2-0d7b-49c7-bb6e-9f7eb9cc68a0',
    secret,
    source: { sourceType: 'stripe', client_secret: '{secret:token}' },
    destination: { destinationType: 'redshift' },
    streams: [{ name: 'invoices', cursorField: 'created', primaryKey: ['id'] }],
    cron: '0 0/15 * * * ?',
    key: ground.key,
    ...props,
  });
}

const CONNECTOR = {
  platform: new TaskPlatform(stack, 'Carrying', { ...ground, airbyteConnectors: [TaskPlatform.LOW_CODE] }),
  connector: SyncConnector.AIRBYTE,
  configuration: { airbyte: { connector: TaskPlatform.LOW_CODE, manifest: {}, streams: [] } },
};
const byConnector = newSync('Connector', CONNECTOR);
const inAirbyte = newAirbyteSync('InAirbyte');
let template: Template;
beforeAll(() => (template = Template.fromStack(stack)));

test('it lands in raw_ and the name of its source, on Fargate, and is run by somebody', () => {
  expect([onFargate.dataset, onFargate.runsByItself]).toEqual(['raw_api', false]);
  expect(onFargate.taskDefinitionArn).toBeDefined();
});

test('the image that it runs in is refused where nothing builds it', () => {
  const elsewhere = new Stack(new App(), 'Stack', { env: { region: 'mx-central-1' } });
  expect(() => newPlatform(elsewhere, newGround(elsewhere))).toThrow(
    'Stack/Tasks/Image: AWS CodeBuild is not available in mx-central-1. ' +
      'Deploy the warehouse in another region: its images are built there.',
  );
});

test('the task is told the ARN of its secret, never what it holds', () => {
  template.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: [
      Match.objectLike({
        ReadonlyRootFilesystem: true,
        Secrets: Match.absent(),
        Environment: Match.arrayWith([
          { Name: 'SOURCE_SECRET_ARN', Value: { Ref: Match.stringLikeRegexp('^Login') } },
          { Name: 'SYNC', Value: Match.stringLikeRegexp('\\{secret:token\\}.*"dataset":"raw_api"') },
        ]),
      }),
    ],
  });
});

test('a database is let out to on its own port, an API on that of HTTPS alone', () => {
  const ports = (task: string) =>
    Object.entries(template.findResources('AWS::EC2::SecurityGroup'))
      .filter(([id]) => id.startsWith(task))
      .flatMap(([, { Properties }]) => Properties.SecurityGroupEgress as { CidrIp?: string; FromPort: number }[])
      .filter(({ CidrIp }) => CidrIp === '0.0.0.0/0')
      .map(({ FromPort }) => FromPort);
  expect([ports('OnFargate'), ports('Database')]).toEqual([[443], [443, 6543]]);
});

test.each<[string, Partial<DltSyncProps>, string]>([
  ['Name', { sourceName: 'My Source' }, "sourceName 'My Source' is no name of a source; use lower-case letters"],
  ['Long', { compute: SyncCompute.LAMBDA, timeout: Duration.minutes(16) }, 'Lambda has 15 minutes; use SyncCompute'],
  ['Section', { connector: SyncConnector.postgres() }, "lacks 'sql_database', which the connector 'postgres' reads"],
  ['Secret', { secret: undefined }, "names {secret:token}, but there is no 'secret'; give one"],
])('%s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => newSync(`Refused${id}`, props)).toThrow(sentence);
});

test('Airbyte runs what it was told by itself, and nobody here starts it', () => {
  expect([inAirbyte.dataset, inAirbyte.runsByItself, inAirbyte.taskDefinitionArn]).toEqual([
    'raw_stripe',
    true,
    undefined,
  ]);
  expect(() => inAirbyte.runState(stack, 'Run')).toThrow('runs by itself; leave it out of the orchestration');
});

test('the connection in Airbyte is told its streams and where its secret lies', () => {
  template.hasResourceProperties('Custom::AirbyteConnection', {
    ApiUrl: 'https://api.airbyte.com/v1',
    SecretArn: { Ref: Match.stringLikeRegexp('^Login') },
    Streams: JSON.stringify([
      { name: 'invoices', syncMode: 'incremental_deduped_history', cursorField: ['created'], primaryKey: [['id']] },
    ]),
    Cron: '0 0/15 * * * ?',
    DeletedWithStack: 'false',
  });
});

test.each<[string, Partial<AirbyteSyncProps>, string]>([
  ['Workspace', { workspaceId: 'mine' }, "workspaceId 'mine' is no UUID; copy it from the settings"],
  ['Api', { apiUrl: 'http://airbyte.example' }, "is no public API of Airbyte; write 'https://<host>/api/public/v1'"],
  ['Source', { source: {} }, "the source lacks 'sourceType'"],
  ['Destination', { destination: { destinationType: 'bigquery' } }, "the engine 'redshift'; write 'redshift'"],
  ['Streams', { streams: [] }, 'streams is empty'],
  ['Twice', { streams: [{ name: 'a' }, { name: 'a' }] }, "the stream 'a' is named twice"],
  ['Cron', { cron: '*/15 * * * *' }, "cron '*/15 * * * *' is none of Quartz; write six fields"],
  ['Bare', { source: { sourceType: 's', password: 'x' } }, "'password' stands in the configuration"],
])('Airbyte, %s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => newAirbyteSync(`Airbyte${id}`, props)).toThrow(sentence);
});

test('a connector of Airbyte is built into the image of the task that runs it', () => {
  expect([byConnector.dataset, byConnector.runsByItself]).toEqual(['raw_api', false]);
  template.hasResourceProperties('AWS::CodeBuild::Project', {
    Source: { BuildSpec: Match.stringLikeRegexp(`--build-arg 'AIRBYTE_CONNECTORS=${TaskPlatform.LOW_CODE}'`) },
  });
});

test.each<[string, Partial<DltSyncProps>, string]>([
  ['NotCarried', { platform }, `does not carry the connector '${TaskPlatform.LOW_CODE}'; name it in the platform's`],
  ['OnLambda', { compute: SyncCompute.LAMBDA }, 'runs on Fargate alone; use SyncCompute.FARGATE'],
])('a connector of Airbyte, %s: is refused with the remedy', (id, props, sentence) => {
  expect(() => newSync(`Connector${id}`, { ...CONNECTOR, ...props })).toThrow(sentence);
});

test('a connector of Airbyte needs a version', () => {
  const airbyteConnectors = ['airbyte-source-faker; rm -rf /'];
  expect(() => new TaskPlatform(stack, 'Unversioned', { ...ground, airbyteConnectors })).toThrow(
    "is no connector of Airbyte with a version; write 'airbyte-source-faker==6.2.38'",
  );
});
