import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { EventBackbone, EventTopic, EventTopicProps, KafkaSecurity } from '../../../lib/streaming';

const CLUSTER = 'arn:aws-cn:kafka:cn-north-1:111122223333:cluster/trading/0123abcd-1';

function newStack(): Stack {
  return new Stack(new App(), 'Stack');
}

function mskBackbone(stack: Stack, kind: 'provisioned' | 'serverless', profile = DeploymentProfile.PRODUCTION) {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['a', 'b', 'c'],
    isolatedSubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
  });
  const network = DataNetwork.fromVpc(stack, 'Network', vpc);
  return EventBackbone[kind](stack, 'Backbone', { key: new DataKey(stack, 'Key'), network, profile });
}

function existing(stack: Stack, clusterArn?: string): EventBackbone {
  const bootstrapServers = 'b-1.example.com:9098';
  return EventBackbone.fromBrokers(stack, 'Backbone', { bootstrapServers, security: KafkaSecurity.IAM, clusterArn });
}

function nativeTopic(props?: Partial<EventTopicProps>) {
  const stack = newStack();
  new EventTopic(stack, 'Topic', { backbone: mskBackbone(stack, 'provisioned'), topicName: 'trades', ...props });
  const [topic] = Object.values(Template.fromStack(stack).findResources('AWS::MSK::Topic'));
  const configs: unknown = JSON.parse(Buffer.from(topic.Properties.Configs as string, 'base64').toString());
  return { topic, configs };
}

describe('on a provisioned cluster', () => {
  test('CloudFormation creates the topic, on as many brokers as there are', () => {
    expect(nativeTopic().topic.Properties).toMatchObject({
      TopicName: 'trades',
      PartitionCount: 6,
      ReplicationFactor: 3,
    });
  });

  test('records carry the time of the broker and are kept for seven days', () => {
    expect(nativeTopic().configs).toEqual({ 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '604800000' });
  });

  test('retention is set', () => {
    expect(nativeTopic({ retention: Duration.hours(2) }).configs).toMatchObject({ 'retention.ms': '7200000' });
  });

  test('records can be kept for ever', () => {
    expect(nativeTopic({ unlimitedRetention: true }).configs).toMatchObject({ 'retention.ms': '-1' });
  });

  test('further settings win over the defaults', () => {
    const configs = { 'message.timestamp.type': 'CreateTime', 'max.message.bytes': '2000000' };
    expect(nativeTopic({ configs }).configs).toEqual({ ...configs, 'retention.ms': '604800000' });
  });

  test('production keeps the topic', () => {
    expect(nativeTopic().topic).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('settings can be parameters of the stack', () => {
    const stack = newStack();
    const bytes = new CfnParameter(stack, 'Bytes').valueAsString;
    new EventTopic(stack, 'Topic', {
      backbone: mskBackbone(stack, 'provisioned'),
      topicName: 'trades',
      configs: { 'max.message.bytes': bytes },
    });
    Template.fromStack(stack).hasResourceProperties('AWS::MSK::Topic', {
      Configs: { 'Fn::Base64': { 'Fn::Join': ['', Match.arrayWith([{ Ref: 'Bytes' }])] } },
    });
  });
});

describe('on MSK Serverless', () => {
  function serverless(profile?: DeploymentProfile): Template {
    const stack = newStack();
    const backbone = mskBackbone(stack, 'serverless', profile);
    new EventTopic(stack, 'Trades', { backbone, topicName: 'trades' });
    new EventTopic(stack, 'Orders', { backbone, topicName: 'orders' });
    return Template.fromStack(stack);
  }
  const actions = (template: Template) => JSON.stringify(template.findResources('AWS::IAM::Policy'));

  test('a custom resource creates the topic', () => {
    serverless().hasResourceProperties('Custom::KafkaTopic', {
      TopicName: 'trades',
      Partitions: '6',
      ReplicationFactor: '3',
      Configs: { 'message.timestamp.type': 'LogAppendTime', 'retention.ms': '604800000' },
    });
  });

  test('one function in the network serves all topics', () => {
    const template = serverless();
    template.resourceCountIs('Custom::KafkaTopic', 2);
    template.resourcePropertiesCountIs(
      'AWS::Lambda::Function',
      { VpcConfig: { SubnetIds: ['subnet-a', 'subnet-b', 'subnet-c'] } },
      1,
    );
  });

  test('the way to the brokers is open before the function goes it', () => {
    const dependencies = Match.arrayWith([
      Match.stringLikeRegexp('SecurityGroupfrom'),
      Match.stringLikeRegexp('TopicAdmin'),
    ]);
    serverless().allResources('Custom::KafkaTopic', { DependsOn: dependencies });
  });

  test('production keeps the topic, and the function cannot delete one', () => {
    const template = serverless();
    template.allResources('Custom::KafkaTopic', { DeletionPolicy: 'Retain' });
    expect(actions(template)).not.toContain('kafka-cluster:DeleteTopic');
  });

  test('a sandbox deletes the topic', () => {
    const template = serverless(DeploymentProfile.SANDBOX);
    template.allResources('Custom::KafkaTopic', { DeletionPolicy: 'Delete' });
    expect(actions(template)).toContain('kafka-cluster:DeleteTopic');
  });
});

describe('on brokers that exist already', () => {
  test('nothing is created', () => {
    const stack = newStack();
    new EventTopic(stack, 'Topic', { backbone: existing(stack), topicName: 'trades' });
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });

  test('nothing is granted without a cluster ARN', () => {
    const stack = newStack();
    const topic = new EventTopic(stack, 'Topic', { backbone: existing(stack), topicName: 'trades' });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    expect(topic.grantConsume(role).success).toBe(false);
    expect(topic.grantProduce(role).success).toBe(false);
  });
});

describe('grants', () => {
  function granted(grant: (topic: EventTopic, role: iam.Role) => iam.Grant, clusterArn = CLUSTER) {
    const stack = newStack();
    const topic = new EventTopic(stack, 'Topic', { backbone: existing(stack, clusterArn), topicName: 'trades' });
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() });
    expect(grant(topic, role).success).toBe(true);
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
    return policy.Properties.PolicyDocument.Statement as unknown[];
  }
  const allow = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
  const PREFIX = 'arn:aws-cn:kafka:cn-north-1:111122223333';

  test('a consumer reads this topic as a member of its group', () => {
    expect(granted((topic, role) => topic.grantConsume(role, 'surveillance'))).toEqual([
      allow('kafka-cluster:Connect', CLUSTER),
      allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], `${PREFIX}:topic/trading/0123abcd-1/trades`),
      allow(
        ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'],
        `${PREFIX}:group/trading/0123abcd-1/surveillance`,
      ),
    ]);
  });

  test('a consumer whose group is not known is held to the groups of this cluster', () => {
    expect(granted((topic, role) => topic.grantConsume(role))).toContainEqual(
      allow(['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], `${PREFIX}:group/trading/0123abcd-1/*`),
    );
  });

  test('a producer writes to this topic, idempotently', () => {
    expect(granted((topic, role) => topic.grantProduce(role))).toEqual([
      allow(['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], CLUSTER),
      allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], `${PREFIX}:topic/trading/0123abcd-1/trades`),
    ]);
  });

  test('the ARN of the cluster can be known at deployment only', () => {
    const stack = newStack();
    const clusterArn = new CfnParameter(stack, 'Cluster').valueAsString;
    const topic = new EventTopic(stack, 'Topic', { backbone: existing(stack, clusterArn), topicName: 'trades' });
    topic.grantProduce(new iam.Role(stack, 'Role', { assumedBy: new iam.AccountRootPrincipal() }));
    const part = (index: number) => ({ 'Fn::Select': [index, { 'Fn::Split': [':cluster/', { Ref: 'Cluster' }] }] });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Resource: { 'Fn::Join': ['', [part(0), ':topic/', part(1), '/trades']] } }),
        ]),
      },
    });
  });

  test('what is not the ARN of a cluster is refused', () => {
    expect(() => granted((topic, role) => topic.grantProduce(role), 'arn:aws:kafka:eu-west-1:1:topic/a/b/c')).toThrow(
      "'arn:aws:kafka:eu-west-1:1:topic/a/b/c' is not the ARN of an MSK cluster",
    );
  });
});

describe('bad input', () => {
  const create = (props: Partial<EventTopicProps>) => () => {
    const stack = newStack();
    return new EventTopic(stack, 'Topic', { backbone: existing(stack), topicName: 'trades', ...props });
  };

  test.each(['', '.', '..', 'a b', 'größe', 'a'.repeat(250)])("'%s' is not a name", (topicName) => {
    expect(create({ topicName })).toThrow(`Stack/Topic: topic name '${topicName}' is not one of Kafka's`);
  });

  test('the longest name is admitted', () => {
    expect(create({ topicName: 'a'.repeat(249) })).not.toThrow();
  });

  test.each([0, -1, 1.5, NaN])('%d partitions are refused', (partitions) => {
    expect(create({ partitions })).toThrow(
      `Stack/Topic: topic 'trades' with ${partitions} partitions; use a whole number from 1.`,
    );
  });
});
