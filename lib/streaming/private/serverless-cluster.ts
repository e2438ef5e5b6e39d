import * as msk from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../foundation';
import { requireType } from '../../foundation/private/regional-types';
import type { ServerlessBackboneProps } from '../backbone-props';
import { KafkaSecurity } from '../kafka-security';
import { TopicManagement } from '../topic-management';
import type { BackboneParts } from './backbone-parts';
import { bootstrapServersOf, brokerConnections, clusterNameFor } from './msk-cluster';

export function createServerlessCluster(backbone: Construct, props: ServerlessBackboneProps): BackboneParts {
  const profile = props.profile ?? DeploymentProfile.PRODUCTION;
  requireType(backbone, 'AWS::MSK::ServerlessCluster', 'MSK Serverless', 'Use EventBackbone.provisioned instead.');
  if (props.network.subnets.length < 2) {
    throw new Error(`${backbone.node.path}: MSK Serverless needs subnets in at least two zones, the network has one.`);
  }
  const connections = brokerConnections(backbone, props.network);
  const cluster = new msk.CfnServerlessCluster(backbone, 'Resource', {
    clusterName: props.clusterName ?? clusterNameFor(backbone),
    clientAuthentication: { sasl: { iam: { enabled: true } } },
    vpcConfigs: [
      {
        subnetIds: props.network.subnets.map((subnet) => subnet.subnetId),
        securityGroups: connections.securityGroups.map((group) => group.securityGroupId),
      },
    ],
  });
  cluster.applyRemovalPolicy(profile.removalPolicy);

  return {
    bootstrapServers: bootstrapServersOf(backbone, { clusterArn: cluster.attrArn, profile, key: props.key }),
    security: KafkaSecurity.IAM,
    topicManagement: TopicManagement.CUSTOM_RESOURCE,
    profile,
    clusterArn: cluster.attrArn,
    replicationFactor: 3,
    network: props.network,
    key: props.key,
    connections,
  };
}
