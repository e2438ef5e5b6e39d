import { CustomResource, Duration, Fn, Stack, Token, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as msk from 'aws-cdk-lib/aws-msk';
import type { Construct, IConstruct } from 'constructs';
import { HandlerFunction } from '../../foundation/private/handler-function';
import type { IEventBackbone } from '../event-backbone';
import { TopicManagement } from '../topic-management';
import { KafkaArns } from './kafka-arns';

export interface TopicSettings {
  readonly topicName: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: { [property: string]: string };
}

/** Creates the topic in the way of its backbone, or not at all where it exists already. */
export function createTopic(topic: Construct, backbone: IEventBackbone, settings: TopicSettings): void {
  switch (backbone.topicManagement) {
    case TopicManagement.CLOUDFORMATION:
      return createNativeTopic(topic, backbone, settings);
    case TopicManagement.CUSTOM_RESOURCE:
      return createAdminTopic(topic, backbone, settings);
    case TopicManagement.EXTERNAL:
      return;
  }
}

function createNativeTopic(topic: Construct, backbone: IEventBackbone, settings: TopicSettings): void {
  const resource = new msk.CfnTopic(topic, 'Resource', {
    clusterArn: required(topic, 'clusterArn', backbone.clusterArn),
    topicName: settings.topicName,
    partitionCount: settings.partitions,
    replicationFactor: settings.replicationFactor,
    configs: encodeConfigs(topic, settings.configs),
  });
  resource.applyRemovalPolicy(backbone.profile.removalPolicy);
}

// CloudFormation says "Base64 string" and not of what; it is a JSON object, as HashiCorp's AWS provider sends it
// (internal/service/kafka/topic.go, read 2026-11-23).
function encodeConfigs(topic: Construct, configs: { [property: string]: string }): string {
  const json = JSON.stringify(configs);
  return Token.isUnresolved(json)
    ? Fn.base64(Stack.of(topic).toJsonString(configs))
    : Buffer.from(json).toString('base64');
}

function createAdminTopic(topic: Construct, backbone: IEventBackbone, settings: TopicSettings): void {
  const admin = topicAdmin(backbone);
  const arns = new KafkaArns(required(backbone, 'clusterArn', backbone.clusterArn));
  const deletable = backbone.profile.destroyable;
  iam.Grant.addToPrincipal({
    grantee: admin,
    actions: [
      'kafka-cluster:AlterTopic',
      'kafka-cluster:AlterTopicDynamicConfiguration',
      'kafka-cluster:CreateTopic',
      ...(deletable ? ['kafka-cluster:DeleteTopic'] : []),
      'kafka-cluster:DescribeTopic',
      'kafka-cluster:DescribeTopicDynamicConfiguration',
    ],
    resourceArns: [arns.topic(settings.topicName)],
  });
  const resource = new CustomResource(topic, 'Resource', {
    resourceType: 'Custom::KafkaTopic',
    serviceToken: admin.function.functionArn,
    serviceTimeout: Duration.minutes(10),
    removalPolicy: backbone.profile.removalPolicy,
    properties: {
      BootstrapServers: backbone.bootstrapServers,
      TopicName: settings.topicName,
      Partitions: Tokenization.stringifyNumber(settings.partitions),
      ReplicationFactor: Tokenization.stringifyNumber(settings.replicationFactor),
      Configs: settings.configs,
    },
  });
  // The way to the brokers has to be open before the function goes it.
  resource.node.addDependency(admin, ...backbone.connections.securityGroups);
}

/** One function for all topics of a backbone, beside its brokers. */
function topicAdmin(backbone: IEventBackbone): HandlerFunction {
  const existing = backbone.node.tryFindChild('TopicAdmin');
  if (existing) return existing as HandlerFunction;
  const admin = new HandlerFunction(backbone as unknown as Construct, 'TopicAdmin', {
    handler: 'kafka-topic',
    description: 'Creates and changes Kafka topics',
    profile: backbone.profile,
    key: required(backbone, 'key', backbone.key),
    network: required(backbone, 'network', backbone.network),
    timeout: Duration.minutes(5),
  });
  backbone.connections.allowDefaultPortFrom(admin, 'Topic administration');
  iam.Grant.addToPrincipal({
    grantee: admin,
    actions: ['kafka-cluster:Connect'],
    resourceArns: [required(backbone, 'clusterArn', backbone.clusterArn)],
  });
  return admin;
}

function required<T>(owner: IConstruct, property: string, value: T | undefined): T {
  if (value === undefined)
    throw new Error(`${owner.node.path}: '${property}' of the backbone is needed to manage topics.`);
  return value;
}
