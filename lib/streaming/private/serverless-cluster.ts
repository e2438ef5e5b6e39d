import { Stack, Token } from 'aws-cdk-lib';
import * as msk from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../foundation';
import type { ServerlessBackboneProps } from '../backbone-props';
import { KafkaSecurity } from '../kafka-security';
import { TopicManagement } from '../topic-management';
import type { BackboneParts } from './backbone-parts';
import { bootstrapServersOf, brokerConnections, clusterNameFor } from './msk-cluster';

// The registry schemas of 2026-10-20, as cfn-lint carries them, lack the type in these regions and in GovCloud. The China
// regions publish it; that the service stands behind it there is not verified, so they are refused, too.
const REGIONS_WITHOUT = new Set(['me-central-1', 'us-west-1']);
const PARTITION_PREFIXES_WITHOUT = ['cn-', 'us-gov-'];

export function createServerlessCluster(backbone: Construct, props: ServerlessBackboneProps): BackboneParts {
  const profile = props.profile ?? DeploymentProfile.PRODUCTION;
  validateRegion(backbone);
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

function validateRegion(backbone: Construct): void {
  const region = Stack.of(backbone).region;
  if (Token.isUnresolved(region)) return;
  if (REGIONS_WITHOUT.has(region) || PARTITION_PREFIXES_WITHOUT.some((prefix) => region.startsWith(prefix))) {
    throw new Error(
      `${backbone.node.path}: MSK Serverless is not available in ${region}. Use EventBackbone.provisioned instead.`,
    );
  }
}
