import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DataKey, DataNetwork, DeploymentProfile, IDataNetwork } from '../../../lib/foundation';
import { EventBackbone, KafkaSecurity, ProvisionedBackboneProps, TopicManagement } from '../../../lib/streaming';

const SANDBOX = DeploymentProfile.SANDBOX;
const ZONES = ['a', 'b', 'c', 'd'];

/** A stack with a key and a network of so many zones; the network adds no resources. */
function surroundings(zones: number = 3, region?: string) {
  const stack = new Stack(new App(), 'Stack', { env: { region } });
  const key = new DataKey(stack, 'Key');
  return { stack, key, network: networkOf(stack, zones) };
}

function networkOf(stack: Stack, zones: number): IDataNetwork {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ZONES.slice(0, zones),
    isolatedSubnetIds: ZONES.slice(0, zones).map((zone) => `subnet-${zone}`),
  });
  return DataNetwork.fromVpc(stack, 'Network', vpc);
}

function provisioned(props?: Partial<ProvisionedBackboneProps>, zones?: number) {
  const { stack, ...rest } = surroundings(zones);
  const backbone = EventBackbone.provisioned(stack, 'Backbone', { ...rest, ...props });
  return { backbone, template: Template.fromStack(stack) };
}

describe('an MSK provisioned cluster', () => {
  test('in a sandbox is two small brokers with small volumes', () => {
    provisioned({ profile: SANDBOX }, 2).template.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 2,
      BrokerNodeGroupInfo: {
        InstanceType: 'kafka.t3.small',
        StorageInfo: { EBSStorageInfo: { VolumeSize: 10 } },
      },
    });
  });

  test('in production is three Express brokers, which manage their storage themselves', () => {
    provisioned().template.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 3,
      BrokerNodeGroupInfo: { InstanceType: 'express.m7g.large', StorageInfo: Match.absent() },
    });
  });

  test('can be of any instance type and size', () => {
    const { template } = provisioned({ instanceType: 'kafka.m7g.large', brokersPerZone: 2, volumeSizeGib: 500 });
    template.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 6,
      BrokerNodeGroupInfo: {
        InstanceType: 'kafka.m7g.large',
        StorageInfo: { EBSStorageInfo: { VolumeSize: 500 } },
      },
    });
  });

  test('admits clients with IAM authentication only', () => {
    provisioned().template.hasResourceProperties('AWS::MSK::Cluster', {
      ClientAuthentication: {
        Sasl: { Iam: { Enabled: true }, Scram: { Enabled: false } },
        Tls: { Enabled: false },
        Unauthenticated: { Enabled: false },
      },
    });
  });

  test('speaks TLS only, and encrypts its volumes with the given key', () => {
    provisioned().template.hasResourceProperties('AWS::MSK::Cluster', {
      EncryptionInfo: {
        EncryptionAtRest: { DataVolumeKMSKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] } },
        EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true },
      },
    });
  });

  test('stands in the subnets of the network', () => {
    provisioned({ profile: SANDBOX }, 2).template.hasResourceProperties('AWS::MSK::Cluster', {
      BrokerNodeGroupInfo: { ClientSubnets: ['subnet-a', 'subnet-b'] },
    });
  });

  test('tells no metrics that cost in a sandbox', () => {
    provisioned({ profile: SANDBOX }).template.hasResourceProperties('AWS::MSK::Cluster', {
      EnhancedMonitoring: 'DEFAULT',
    });
  });

  test('logs, and tells its metrics by topic', () => {
    provisioned().template.hasResourceProperties('AWS::MSK::Cluster', {
      EnhancedMonitoring: 'PER_TOPIC_PER_BROKER',
      LoggingInfo: { BrokerLogs: { CloudWatchLogs: { Enabled: true } } },
    });
  });

  test('outlives its stack in production', () => {
    provisioned().template.hasResource('AWS::MSK::Cluster', { DeletionPolicy: 'Retain' });
  });

  test('goes with its stack in a sandbox', () => {
    provisioned({ profile: SANDBOX }).template.hasResource('AWS::MSK::Cluster', { DeletionPolicy: 'Delete' });
  });

  test('tells its bootstrap servers, read by a function that may do nothing else with MSK', () => {
    const { template } = provisioned();
    const cluster = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Backbone'), 'Arn'] };
    template.hasResourceProperties('Custom::KafkaBootstrapBrokers', { ClusterArn: cluster, NumberOfBrokers: 3 });
    template.hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
          { Action: 'kafka:GetBootstrapBrokers', Effect: 'Allow', Resource: cluster },
        ],
      },
    });
  });

  test('gives that function its permission before it is called', () => {
    const { template } = provisioned();
    template.hasResource('AWS::Lambda::Function', { DependsOn: Match.arrayWith([Match.stringLikeRegexp('Policy')]) });
  });

  test('opens its port to those who are admitted', () => {
    const { stack, ...rest } = surroundings();
    const backbone = EventBackbone.provisioned(stack, 'Backbone', rest);
    const client = new ec2.SecurityGroup(stack, 'Client', { vpc: rest.network.vpc, allowAllOutbound: false });
    backbone.connections.allowDefaultPortFrom(client);
    const rule = { IpProtocol: 'tcp', FromPort: 9098, ToPort: 9098 };
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', rule);
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupEgress', rule);
  });

  test('with Express brokers needs three zones', () => {
    expect(() => provisioned({}, 2)).toThrow(
      'Stack/Backbone: Express brokers (express.m7g.large) need subnets in exactly three zones, the network has 2. ' +
        "Give it three, or choose an instance type that begins with 'kafka.'.",
    );
  });

  test.each([1, 4])('does not stand in %d zones', (zones) => {
    expect(() => provisioned({ instanceType: 'kafka.m7g.large' }, zones)).toThrow(
      `Stack/Backbone: MSK brokers need subnets in two or three zones, the network has ${zones}.`,
    );
  });
});

describe('an MSK Serverless cluster', () => {
  test('admits clients with IAM authentication, in the subnets of the network', () => {
    const { stack, ...rest } = surroundings(2);
    EventBackbone.serverless(stack, 'Backbone', rest);
    Template.fromStack(stack).hasResourceProperties('AWS::MSK::ServerlessCluster', {
      ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
      VpcConfigs: [{ SubnetIds: ['subnet-a', 'subnet-b'] }],
    });
  });

  test.each(['cn-north-1', 'us-gov-west-1', 'us-gov-east-1', 'us-west-1', 'me-central-1'])(
    'is refused in %s, with the alternative',
    (region) => {
      const { stack, ...rest } = surroundings(2, region);
      expect(() => EventBackbone.serverless(stack, 'Backbone', rest)).toThrow(
        `Stack/Backbone: MSK Serverless is not available in ${region}. Use EventBackbone.provisioned instead.`,
      );
    },
  );

  test('is admitted elsewhere', () => {
    const { stack, ...rest } = surroundings(2, 'eu-central-1');
    expect(() => EventBackbone.serverless(stack, 'Backbone', rest)).not.toThrow();
  });

  test('needs two zones', () => {
    const { stack, ...rest } = surroundings(1);
    expect(() => EventBackbone.serverless(stack, 'Backbone', rest)).toThrow(
      'Stack/Backbone: MSK Serverless needs subnets in at least two zones, the network has one.',
    );
  });
});

describe('brokers that exist already', () => {
  const stack = () => new Stack(new App(), 'Stack');

  test('bring no resources', () => {
    const scope = stack();
    EventBackbone.fromBrokers(scope, 'Backbone', {
      bootstrapServers: 'broker-1.example.com:9093',
      security: KafkaSecurity.TLS,
    });
    expect(Template.fromStack(scope).toJSON().Resources).toBeUndefined();
  });

  test('have their topics already', () => {
    const backbone = EventBackbone.fromBrokers(stack(), 'Backbone', {
      bootstrapServers: 'broker-1.example.com:9093',
      security: KafkaSecurity.TLS,
    });
    expect(backbone.topicManagement).toBe(TopicManagement.EXTERNAL);
  });

  test.each([
    ['broker-1.example.com:9093,broker-2.example.com:9094', 9093],
    ['[2001:db8::1]:19092', 19092],
  ])('%s are reached on port %d', (bootstrapServers, port) => {
    const backbone = EventBackbone.fromBrokers(stack(), 'Backbone', { bootstrapServers, security: KafkaSecurity.TLS });
    expect(backbone.connections.defaultPort).toEqual(ec2.Port.tcp(port));
  });

  test.each(['broker-1.example.com', '', ':9092'])("'%s' is not a server", (bootstrapServers) => {
    expect(() =>
      EventBackbone.fromBrokers(stack(), 'Backbone', { bootstrapServers, security: KafkaSecurity.TLS }),
    ).toThrow(`Stack/Backbone: bootstrap server '${bootstrapServers}' is not 'host:port'`);
  });

  test('without TLS are refused in production', () => {
    expect(() =>
      EventBackbone.fromBrokers(stack(), 'Backbone', {
        bootstrapServers: 'localhost:9092',
        security: KafkaSecurity.PLAINTEXT,
      }),
    ).toThrow('Stack/Backbone: PLAINTEXT sends events readable for everyone on the way; in production use TLS');
  });

  test('without TLS are admitted in a sandbox', () => {
    const backbone = EventBackbone.fromBrokers(stack(), 'Backbone', {
      bootstrapServers: 'localhost:9092',
      security: KafkaSecurity.PLAINTEXT,
      profile: SANDBOX,
    });
    expect(backbone.security.clientProperties).toEqual({ 'security.protocol': 'PLAINTEXT' });
  });
});

describe('security', () => {
  test('IAM is the SASL mechanism of MSK over TLS', () => {
    expect(KafkaSecurity.IAM.clientProperties).toMatchObject({
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'AWS_MSK_IAM',
      'sasl.jaas.config': 'software.amazon.msk.auth.iam.IAMLoginModule required;',
      'sasl.client.callback.handler.class': 'software.amazon.msk.auth.iam.IAMClientCallbackHandler',
    });
  });

  test.each([
    ['SASL_SSL', true],
    ['SSL', true],
    ['SASL_PLAINTEXT', false],
    ['PLAINTEXT', false],
  ])('%s encrypts: %s', (protocol, encrypted) => {
    expect(KafkaSecurity.of(protocol).encrypted).toBe(encrypted);
  });

  test('an unknown protocol is refused with the known ones', () => {
    expect(() => KafkaSecurity.of('TLS')).toThrow(
      "security protocol 'TLS' is unknown to Kafka; use one of: SSL, SASL_SSL, PLAINTEXT, SASL_PLAINTEXT",
    );
  });
});
