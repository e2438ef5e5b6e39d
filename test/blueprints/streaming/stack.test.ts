import { Match, Template } from 'aws-cdk-lib/assertions';
import { newApp, newStack, SETTINGS, synth } from './synth';

const TOPIC = 'AWS::MSK::Topic';
const configsOf = ({ Properties }: { [key: string]: { Configs?: string } }) =>
  JSON.parse(Buffer.from(Properties.Configs ?? '', 'base64').toString()) as Record<string, string>;
const topicsOf = (template: Template) =>
  Object.fromEntries(
    Object.values(template.findResources(TOPIC)).map((each) => [String(each.Properties.TopicName), each]),
  );

describe('the streaming stack', () => {
  const template = synth();

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
    const none = synth({
      settings: { producers: { http: { enabled: false, requestsPerSecond: 1 }, iot: { mqttTopics: '' } } },
    });
    none.resourceCountIs('AWS::IoT::TopicRule', 0);
    expect(none.findOutputs('IngestionUrl')).toEqual({});
  });

  test('runs a second generation beside the first, with topics, group and keys of its own', () => {
    const two = synth({
      settings: {
        processing: {
          ...SETTINGS.processing,
          generations: [...SETTINGS.processing.generations, { number: 2, sql: 'flink' }],
        },
      },
    });
    expect(Object.keys(topicsOf(two))).toEqual(expect.arrayContaining(['trade-summaries', 'trade-summaries-g2']));
    two.resourceCountIs('AWS::Glue::Schema', 6);
    two.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      Topics: ['trade-summaries-g2'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'hot-store-g2' },
    });
    two.hasOutput('HotStoreSinkNameG2', {});
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
    const production = synth({ settings: { profile: 'production' } });
    production.hasResource('AWS::MSK::Cluster', {
      DeletionPolicy: 'Retain',
      Properties: { BrokerNodeGroupInfo: { InstanceType: 'express.m7g.large' } },
    });
    production.allResources(TOPIC, { DeletionPolicy: 'Retain' });
  });

  test('stands on MSK Serverless as well, whose topics a custom resource creates', () => {
    const serverless = synth({ settings: { backbone: { ...SETTINGS.backbone, cluster: 'serverless' } } });
    serverless.resourceCountIs('Custom::KafkaTopic', 6);
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

  test.each([
    ['cn-north-1', 'arn:aws-cn:'],
    ['us-gov-west-1', 'arn:aws-us-gov:'],
    ['eu-central-1', 'arn:aws:'],
  ])('names in %s no other partition than %s', (region, partition) => {
    const text = JSON.stringify(synth({ env: { account: '111122223333', region } }).toJSON());
    expect(new Set(text.match(/arn:aws[a-z-]*:/g))).toEqual(new Set([partition]));
  });
});
