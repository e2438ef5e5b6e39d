import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { ColumnType, RecordSchema } from '../../../lib/schema';
import { EventBackbone, EventTopic, FlinkSqlApplication, FlinkTable, Replay } from '../../../lib/streaming';
import { statementsOf } from '../../support/policies';

const folder = mkdtempSync(join(tmpdir(), 'replay-'));
const script = join(folder, 'sums.sql');
writeFileSync(script, 'INSERT INTO sums SELECT symbol, COUNT(*) FROM trades GROUP BY symbol;');
afterAll(() => rmSync(folder, { recursive: true }));

const schema = new RecordSchema({
  name: 'trades',
  eventTime: 'traded_at',
  key: ['symbol'],
  columns: [
    { name: 'symbol', type: ColumnType.STRING, required: true },
    { name: 'traded_at', type: ColumnType.TIMESTAMPTZ, required: true },
  ],
});

function build() {
  const profile = DeploymentProfile.SANDBOX;
  const stack = new Stack(new App(), 'Stack');
  const key = new DataKey(stack, 'Key', { profile });
  const network = new DataNetwork(stack, 'Network', { key, profile });
  const backbone = EventBackbone.provisioned(stack, 'Backbone', { key, network, profile });
  const topic = (topicName: string) => new EventTopic(stack, topicName, { backbone, topicName });
  const [log, served, replayed] = [topic('trades'), topic('sums'), topic('sums-g2')];
  const application = new FlinkSqlApplication(stack, 'Flink', {
    network,
    key,
    profile,
    tables: [
      FlinkTable.source('trades', { topic: log, schema }),
      FlinkTable.upsert('sums', { topic: replayed, schema }),
    ],
    scripts: [script],
    consumerGroup: 'summing-g2',
  });
  return { stack, props: { log, application, served, replayed, key, profile } };
}

describe('a replay', () => {
  const { stack, props } = build();
  const replay = new Replay(stack, 'Replay', props);
  replay.grantCompare(new iam.Role(stack, 'Person', { assumedBy: new iam.AccountRootPrincipal() }));
  const template = Template.fromStack(stack);

  test('looks at its log before the application starts', () => {
    const [check] = Object.keys(template.findResources('Custom::WholeLog', { Properties: { TopicName: 'trades' } }));
    const [started] = Object.values(template.findResources('Custom::StartedFlinkApplication'));
    expect(started.DependsOn).toContain(check);
  });

  test('looks once the topic is there', () => {
    const [topic] = Object.keys(template.findResources('AWS::MSK::Topic', { Properties: { TopicName: 'trades' } }));
    const [check] = Object.values(template.findResources('Custom::WholeLog'));
    expect(check.DependsOn).toContain(topic);
  });

  test('compares what both generations have written', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: Match.objectLike({
          TOPIC: 'trades',
          CONSUMER_GROUP: 'summing-g2',
          SERVED_TOPIC: 'sums',
          REPLAYED_TOPIC: 'sums-g2',
        }),
      },
    });
  });

  test('writes to no topic', () => {
    const writers = statementsOf(template).filter((each) => [each.Action].flat().includes('kafka-cluster:WriteData'));
    // Flink's own.
    expect(writers).toHaveLength(1);
  });
});

test.each([
  ['the same topic', { replayed: 'served' as const }, "both generations write topic 'sums'; give the new one"],
  ['a time without a zone', { from: '2026-11-23T10:00:00' }, "from is '2026-11-23T10:00:00'; use ISO-8601 with a zone"],
  ['what is no time', { from: 'yesterdayZ' }, "from is 'yesterdayZ'"],
])('is refused for %s', (_name, change: { readonly from?: string; readonly replayed?: 'served' }, message) => {
  const { stack, props } = build();
  const replayed = change.replayed ? props.served : props.replayed;
  expect(() => new Replay(stack, 'Replay', { ...props, replayed, from: change.from })).toThrow(message);
});
