import { Fn, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { IDataBucket } from '../../foundation';
import { acknowledgeWildcards } from '../../foundation/private/acknowledge';
import type { HandlerFunction } from '../../foundation/private/handler-function';
import type { IEventTopic } from '../event-topic';

/** How a function reads a topic. */
interface TopicReading {
  readonly topic: IEventTopic;
  readonly consumerGroup: string;
  /** Receives batches that failed again and again. */
  readonly deadLetters: IDataBucket;
  readonly batchSize: number;
  /** Pollers of one's own, which retry a batch three times and split it; those of Lambda's when left out. */
  readonly provisionedPollers?: { readonly minimum: number; readonly maximum: number };
}

/**
 * Has Lambda read a topic for a function, by an event source mapping `Mapping` in the scope. Needs a grant to consume as
 * the group, and one for the destination of failed batches.
 */
export function readTopic(scope: Construct, handler: HandlerFunction, reading: TopicReading): void {
  grantPolling(handler, reading);
  const { topic, deadLetters, provisionedPollers, batchSize, consumerGroup: consumerGroupId } = reading;
  const pollers = provisionedPollers && {
    provisionedPollerConfig: {
      minimumPollers: provisionedPollers.minimum,
      maximumPollers: provisionedPollers.maximum,
    },
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 3,
  };
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  const mapping = new lambda.CfnEventSourceMapping(scope, 'Mapping', {
    functionName: handler.function.functionName,
    topics: [topic.topicName],
    startingPosition: 'TRIM_HORIZON',
    batchSize,
    destinationConfig: { onFailure: { destination: deadLetters.bucket.bucketArn } },
    ...(topic.clusterArn === undefined
      ? ownBrokers(topic, consumerGroupId)
      : { eventSourceArn: topic.clusterArn, amazonManagedKafkaEventSourceConfig: { consumerGroupId } }),
    ...pollers,
  });
  // Lambda looks at the role and at the topic when the mapping is made.
  mapping.node.addDependency(handler, topic);
}

/**
 * What Lambda's pollers do under the function's role.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
 */
function grantPolling(handler: HandlerFunction, { topic, provisionedPollers }: TopicReading): void {
  acknowledgeWildcards(handler, ['*'], 'EC2 knows no resources in IAM for what it describes.');
  handler.grantPrincipal.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcs'], resources: ['*'] }),
  );
  if (topic.clusterArn !== undefined) {
    iam.Grant.addToPrincipal({
      grantee: handler,
      actions: [
        'kafka:DescribeCluster',
        'kafka:DescribeClusterV2',
        'kafka:GetBootstrapBrokers',
        'kafka-cluster:DescribeClusterDynamicConfiguration',
      ],
      resourceArns: [topic.clusterArn],
    });
  }
  // The pollers stand in the security groups of the brokers, from where they go to the brokers and to Lambda and STS.
  for (const group of topic.connections.securityGroups) {
    const { defaultPort } = topic.connections;
    if (defaultPort) group.connections.allowInternally(defaultPort, 'Pollers of event source mappings');
    group.connections.allowToAnyIpv4(ec2.Port.tcp(443), 'Pollers to the endpoints of AWS services');
  }
  if (!provisionedPollers) topic.network?.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.STS);
  topic.network?.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.LAMBDA);
}

function ownBrokers(topic: IEventTopic, consumerGroupId: string): Partial<lambda.CfnEventSourceMappingProps> {
  const { bootstrapServers: servers, network } = topic;
  const access = network && [
    ...network.subnets.map(({ subnetId }) => ({ type: 'VPC_SUBNET', uri: `subnet:${subnetId}` })),
    ...topic.connections.securityGroups.map((group) => ({
      type: 'VPC_SECURITY_GROUP',
      uri: `security_group:${group.securityGroupId}`,
    })),
  ];
  return {
    selfManagedEventSource: {
      endpoints: { kafkaBootstrapServers: Token.isUnresolved(servers) ? Fn.split(',', servers) : servers.split(',') },
    },
    selfManagedKafkaEventSourceConfig: { consumerGroupId },
    sourceAccessConfigurations: access,
  };
}
