import { Match, Template } from 'aws-cdk-lib/assertions';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { nagFindings } from '../../support/nag';
import { withoutAssetHashes } from '../lakehouse/synth';
import { newApp, newStack } from './synth';
import { type Variant, VARIANTS } from './variants';

const TOPIC = 'AWS::MSK::Topic';
const configsOf = ({ Properties }: { [key: string]: { Configs?: string } }) =>
  JSON.parse(Buffer.from(Properties.Configs ?? '', 'base64').toString()) as Record<string, string>;
const topicsOf = (template: Template) =>
  Object.fromEntries(
    Object.values(template.findResources(TOPIC)).map((each) => [String(each.Properties.TopicName), each]),
  );

/** A variant is synthesized once, when the first test asks for it. */
const synthesized = new Map<Variant, ReturnType<typeof synthesize>>();
function synthesize({ settings, env }: Variant) {
  const app = newApp();
  const stack = newStack({ app, settings, env });
  return { app, stack, template: Template.fromStack(stack) };
}
function variant(wanted: Variant) {
  const found = synthesized.get(wanted) ?? synthesize(wanted);
  synthesized.set(wanted, found);
  return found;
}

test('shows a reviewer what a change does to the template', () => {
  expect(withoutAssetHashes(variant(VARIANTS.sandbox).template.toJSON())).toMatchSnapshot();
});

describe('the streaming stack', () => {
  let template: Template;
  beforeAll(() => (template = variant(VARIANTS.sandbox).template));

  test('has the topics of the pattern', () => {
    expect(Object.keys(topicsOf(template)).sort()).toEqual([
      'enriched_trades',
      'symbols',
      'trade-summaries',
      'trade_aggregates',
      'trades',
      'trades_rejected',
    ]);
  });

  test('keeps every trade for ever, and of tables the newest record of each key', () => {
    const topics = topicsOf(template);
    expect(configsOf(topics.trades)).toMatchObject({ 'retention.ms': '-1' });
    for (const name of ['symbols', 'trade-summaries', 'trade_aggregates']) {
      expect(configsOf(topics[name])).toMatchObject({ 'cleanup.policy': 'compact' });
    }
  });

  test('registers the schema of every topic, which may only change so that older messages can be read', () => {
    const schemas = Object.values(template.findResources('AWS::Glue::Schema')).map(({ Properties }) => Properties);
    expect(schemas.map(({ Name }) => Name).sort()).toEqual(Object.keys(topicsOf(template)).sort());
    expect(new Set(schemas.map(({ Compatibility }) => Compatibility))).toEqual(new Set(['BACKWARD_ALL']));
    expect(new Set(schemas.map(({ DataFormat }) => DataFormat))).toEqual(new Set(['JSON']));
  });

  test('has a producer each for applications, services and devices', () => {
    template.hasOutput('ApplicationRoleArn', {});
    template.hasOutput('IngestionUrl', {});
    template.hasResourceProperties('AWS::IoT::TopicRule', {
      TopicRulePayload: { Sql: Match.stringLikeRegexp("FROM 'trades/\\+'$"), ErrorAction: { S3: Match.anyValue() } },
    });
  });

  test('leaves out producers that nobody wants', () => {
    const none = variant(VARIANTS.least).template;
    none.resourceCountIs('AWS::IoT::TopicRule', 0);
    expect(none.findOutputs('IngestionUrl')).toEqual({});
  });

  test('runs a second generation beside the first, with topics, group and keys of its own', () => {
    const two = variant(VARIANTS.most).template;
    expect(Object.keys(topicsOf(two))).toEqual(expect.arrayContaining(['trade-summaries', 'trade-summaries-g2']));
    two.resourceCountIs('AWS::Glue::Schema', 6);
    two.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      Topics: ['trade-summaries-g2'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'hot-store-g2' },
    });
    two.hasOutput('HotStoreSinkNameG2', {});
    two.hasOutput('ReplayComparisonNameG2', {});
    two.hasResourceProperties('Custom::WholeLog', { TopicName: 'trades' });
  });

  test('grants the application nothing but to write two topics', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
      JSON.stringify(Properties.Roles).includes('ProducersApplication'),
    );
    const actions = policies.flatMap(({ Properties }) =>
      Properties.PolicyDocument.Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
    );
    expect(new Set(actions)).toEqual(
      new Set([
        'kafka-cluster:Connect',
        'kafka-cluster:WriteDataIdempotently',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:WriteData',
      ]),
    );
  });

  test('in production stands on Express brokers and keeps what is stateful', () => {
    const production = variant(VARIANTS.production).template;
    production.hasResource('AWS::MSK::Cluster', {
      DeletionPolicy: 'Retain',
      Properties: { BrokerNodeGroupInfo: { InstanceType: 'express.m7g.large' } },
    });
    production.allResources(TOPIC, { DeletionPolicy: 'Retain' });
  });

  test('stands on MSK Serverless as well, whose topics a custom resource creates', () => {
    variant(VARIANTS.serverless).template.resourceCountIs('Custom::KafkaTopic', 6);
  });

  test('stands twice in one app', () => {
    const app = newApp();
    const stacks = ['One', 'Two'].map((name) => newStack({ app, name }));
    const names = stacks.flatMap((stack) =>
      Object.values(Template.fromStack(stack).findResources('AWS::ElastiCache::ServerlessCache')).map(
        ({ Properties }) => String(Properties.ServerlessCacheName),
      ),
    );
    expect(new Set(names).size).toBe(2);
  });
});

/** The function signs the address of the WebSocket API for a page, and does not call it; accepted beside the function. */
const SIGNS_ONLY = 'ServingApiReader';

const PARTITIONS: Readonly<Record<string, string>> = {
  'eu-central-1': 'arn:aws:',
  'cn-north-1': 'arn:aws-cn:',
  'us-gov-west-1': 'arn:aws-us-gov:',
};

describe.each(Object.values(VARIANTS).map((each) => [each.name, each as Variant] as const))('%s', (_, each) => {
  let template: CloudFormationTemplate;
  beforeAll(() => (template = variant(each).template.toJSON()));

  test('AwsSolutions and NIST 800-53 r5 have no open finding', () => {
    expect(nagFindings(variant(each).app)).toEqual([]);
  });

  // What stands in a network that exists already is in no template: that is said, and nothing else.
  const existing = each === VARIANTS.existing;

  test('our own rules have no open finding', () => {
    const findings = judge(template).filter(({ logicalId }) => !logicalId.startsWith(SIGNS_ONLY));
    expect(findings.filter(({ outcome }) => outcome === 'non-compliant')).toEqual([]);
    expect(findings.length > 0).toBe(existing);
  });

  test('every task in the network reaches what it calls', () => {
    const findings = reachability(template).filter(({ task }) => !task.startsWith(SIGNS_ONLY));
    expect(new Set(findings.map(({ link, verdict }) => `${link} ${verdict}`))).toEqual(
      new Set(existing ? ['place unknown'] : []),
    );
  });

  test('names no other partition than that of its region, and none where the region is open', () => {
    const named = new Set(JSON.stringify(template).match(/arn:aws[a-z-]*:/g));
    // Those that exist are named as blueprint.yaml has them.
    const expected = existing ? 'arn:aws:' : PARTITIONS[each.env?.region ?? ''];
    expect([...named]).toEqual([expected ?? []].flat());
  });
});

test('a planted resource is found', () => {
  const { app, stack } = synthesize(VARIANTS.sandbox);
  new CfnBucket(stack, 'Planted');
  expect(nagFindings(app)).toContain('AwsSolutions-S10: TradingStreamingStack/Planted');
});

test('without its endpoint the sink into the lake does not reach the catalog', () => {
  const template = variant(VARIANTS.sandbox).template.toJSON() as { Resources: Record<string, { Type: string }> };
  const without = Object.entries(template.Resources).filter(([id]) => !/EndpointGlue|Endpointglue/.test(id));
  const findings = reachability({ Resources: Object.fromEntries(without) });
  expect(findings.map(({ task, target, link }) => [task.slice(0, 18), target, link])).toContainEqual([
    'ProcessingLakeSink',
    'glue',
    'endpoint',
  ]);
});
