import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { ColumnType, RecordSchema } from '../../../lib/schema';
import { flinkRunnerJar } from '../../../lib/streaming/private/flink-runner';
import {
  EventBackbone,
  EventTopic,
  FlinkSqlApplication,
  type FlinkSqlApplicationProps,
  FlinkTable,
} from '../../../lib/streaming';

const folder = mkdtempSync(join(tmpdir(), 'flink-sql-'));
const script = join(folder, 'summaries.sql');
writeFileSync(script, 'INSERT INTO summaries SELECT symbol, COUNT(*) FROM trades GROUP BY symbol;');
afterAll(() => rmSync(folder, { recursive: true }));

const profile = DeploymentProfile.SANDBOX;
const trades = new RecordSchema({
  name: 'trades',
  eventTime: 'traded_at',
  columns: [
    { name: 'symbol', type: ColumnType.STRING, required: true },
    { name: 'traded_at', type: ColumnType.TIMESTAMPTZ, required: true, wireName: 'timestamp' },
  ],
});
const summaries = new RecordSchema({
  name: 'summaries',
  key: ['symbol'],
  columns: [
    { name: 'symbol', type: ColumnType.STRING, required: true },
    { name: 'trades', type: ColumnType.LONG },
  ],
});

function build(props: Partial<FlinkSqlApplicationProps> = {}, region?: string) {
  const stack = new Stack(new App(), 'Stack', { env: { region } });
  const key = new DataKey(stack, 'Key', { profile });
  const network = new DataNetwork(stack, 'Network', { key, profile });
  const backbone = EventBackbone.provisioned(stack, 'Backbone', { key, network, profile });
  const topic = (topicName: string) => new EventTopic(stack, topicName, { backbone, topicName });
  const tables = [
    FlinkTable.source('trades', { topic: topic('trades'), schema: trades, eventTimeName: 'trade_time' }),
    FlinkTable.upsert('summaries', { topic: topic('summaries'), schema: summaries }),
  ];
  const application = new FlinkSqlApplication(stack, 'Flink', {
    network,
    key,
    profile,
    tables,
    scripts: [script],
    consumerGroup: 'summing-g1',
    ...props,
  });
  return { stack, application, template: () => Template.fromStack(stack) };
}

const configuration = (template: Template) =>
  Object.values(template.findResources('AWS::KinesisAnalyticsV2::Application'))[0].Properties.ApplicationConfiguration;

test('runs Flink 2.2 in the network, with snapshots, rollback and the customer’s key', () => {
  build()
    .template()
    .hasResourceProperties('AWS::KinesisAnalyticsV2::Application', {
      RuntimeEnvironment: 'FLINK-2_2',
      ApplicationConfiguration: {
        ApplicationSnapshotConfiguration: { SnapshotsEnabled: true },
        ApplicationSystemRollbackConfiguration: { RollbackEnabled: true },
        ApplicationEncryptionConfiguration: { KeyType: 'CUSTOMER_MANAGED_KEY' },
        VpcConfigurations: [{ SubnetIds: Match.anyValue(), SecurityGroupIds: Match.anyValue() }],
      },
    });
});

test('a bounded one is a batch that nobody starts but whoever wants its results', () => {
  const template = build({ bounded: true }).template();
  const groups = configuration(template).EnvironmentProperties.PropertyGroups;
  expect(groups).toContainEqual({
    PropertyGroupId: 'Runner',
    PropertyMap: { mode: 'bounded', region: { Ref: 'AWS::Region' } },
  });
  template.resourceCountIs('Custom::StartedFlinkApplication', 0);
  // It is not to run for ever, and saves no state.
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm'));
  expect(alarms.map(({ Properties }) => Properties.AlarmDescription)).toEqual([
    expect.stringContaining('restarts again and again'),
  ]);
});

test('hands scripts and values to the runner by property groups', () => {
  const { template } = build({ variables: { bound: '7' } });
  const groups = configuration(template()).EnvironmentProperties.PropertyGroups as {
    PropertyGroupId: string;
    PropertyMap: Record<string, unknown>;
  }[];
  const group = (id: string) => groups.find(({ PropertyGroupId }) => PropertyGroupId === id)?.PropertyMap ?? {};
  expect(Object.keys(group('Scripts'))).toEqual(['0-tables.sql', '1-summaries.sql']);
  expect(group('Variables')).toMatchObject({
    'topic.trades': 'trades',
    'topic.summaries': 'summaries',
    'kafka.security.protocol': 'SASL_SSL',
    'consumer.group': 'summing-g1',
    bound: '7',
  });
  expect(group('Configuration')['pipeline.object-reuse']).toBe('true');
});

test('saves its state as often as it is told', () => {
  const { template } = build({ checkpointInterval: Duration.millis(500) });
  expect(configuration(template()).FlinkApplicationConfiguration.CheckpointConfiguration).toEqual({
    ConfigurationType: 'CUSTOM',
    CheckpointingEnabled: true,
    CheckpointInterval: 500,
    MinPauseBetweenCheckpoints: 250,
  });
});

test('is started by the deployment, unless it is not to run', () => {
  build().template().resourceCountIs('Custom::StartedFlinkApplication', 1);
  build({ running: false }).template().resourceCountIs('Custom::StartedFlinkApplication', 0);
});

test('may read its topic as its group and write its output, and no other topic', () => {
  const statements = Object.values(build().template().findResources('AWS::IAM::Policy'))
    .flatMap(
      ({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[],
    )
    .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kafka-cluster:')));
  const allowed = (action: string) =>
    JSON.stringify(statements.filter(({ Action }) => [Action].flat().includes(action)).map(({ Resource }) => Resource));
  expect(allowed('kafka-cluster:ReadData')).toContain('/trades');
  expect(allowed('kafka-cluster:ReadData')).not.toContain('/summaries');
  expect(allowed('kafka-cluster:WriteData')).toContain('/summaries');
  expect(allowed('kafka-cluster:WriteData')).not.toContain('/trades');
  expect(allowed('kafka-cluster:AlterGroup')).toContain('/summing-g1');
});

test('has an alarm for each way to be in trouble, with its section of the runbook', () => {
  const alarms = Object.values(build().template().findResources('AWS::CloudWatch::Alarm'));
  expect(alarms.map(({ Properties }) => /#([\w-]+)$/.exec(Properties.AlarmDescription)?.[1]).sort()).toEqual([
    'flink-checkpoints-fail',
    'flink-falls-behind',
    'flink-is-down',
    'flink-restarts',
  ]);
});

test.each<[string, Partial<FlinkSqlApplicationProps>, RegExp]>([
  ['without a script', { scripts: [] }, /Stack\/Flink: there is no script; name at least one SQL file/],
  ['with a script that is no file', { scripts: [join(folder, 'none.sql')] }, /SQL file '.*none\.sql' is not a file/],
])('is refused %s', (_, props, message) => {
  expect(() => build(props)).toThrow(message);
});

test('refuses an upsert without a key, a beginning that is no instant, and a bad name', () => {
  const { stack } = build();
  const topic = stack.node.findChild('trades') as EventTopic;
  expect(() => FlinkTable.upsert('out', { topic, schema: trades })).toThrow(/trades has no key to upsert by/);
  expect(() => FlinkTable.source('in', { topic, schema: trades, from: 'monday' })).toThrow(/'monday' is no instant/);
  expect(() => FlinkTable.raw('In', { topic })).toThrow(/table name 'In'/);
});

test('is refused where CloudFormation cannot give it a log', () => {
  expect(() => build({}, 'eu-central-2')).toThrow(
    'Stack/Flink: The log of a Flink application through CloudFormation is not available in eu-central-2. ' +
      'Deploy it in another region: without a log nobody sees why an application fails.',
  );
});

test('says what to run when its jar is not built', () => {
  const { DATA_PATTERNS_FLINK_RUNNER: named } = process.env;
  delete process.env.DATA_PATTERNS_FLINK_RUNNER;
  try {
    // Of sources that nobody has: a checkout may have built, and a package ships, the jar of the present ones.
    expect(() => flinkRunnerJar('Stack/Application', { folder, hash: 'f'.repeat(64) })).toThrow(
      "Stack/Application: the jar of the Flink SQL runner is not built; run 'npx data-patterns toolchain --flink' once.",
    );
  } finally {
    process.env.DATA_PATTERNS_FLINK_RUNNER = named;
  }
});
