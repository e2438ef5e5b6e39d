import * as logs from 'aws-cdk-lib/aws-logs';
import * as msk from 'aws-cdk-lib/aws-msk';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../foundation';
import type { ProvisionedBackboneProps } from '../backbone-props';
import { KafkaSecurity } from '../kafka-security';
import { TopicManagement } from '../topic-management';
import type { BackboneParts } from './backbone-parts';
import { bootstrapServersOf, brokerConnections, clusterNameFor } from './msk-cluster';

const EXPRESS = 'express.';
const MOST_REPLICAS = 3;

export function createProvisionedCluster(backbone: Construct, props: ProvisionedBackboneProps): BackboneParts {
  const profile = props.profile ?? DeploymentProfile.PRODUCTION;
  const instanceType = props.instanceType ?? (profile.destroyable ? 'kafka.t3.small' : 'express.m7g.large');
  const express = instanceType.startsWith(EXPRESS);
  const zones = props.network.subnets.length;
  validateZones(backbone, instanceType, zones);
  validateTiering(backbone, instanceType, props.tieredStorage);
  validateMultiVpc(backbone, instanceType, props.multiVpc);
  const brokers = zones * (props.brokersPerZone ?? 1);
  const connections = brokerConnections(backbone, props.network);

  props.key.allowLogGroups();
  const logGroup = new logs.LogGroup(backbone, 'BrokerLogs', {
    encryptionKey: props.key.key,
    retention: profile.logRetention,
    removalPolicy: profile.removalPolicy,
  });
  const cluster = new msk.CfnCluster(backbone, 'Resource', {
    clusterName: props.clusterName ?? clusterNameFor(backbone),
    kafkaVersion: props.kafkaVersion ?? '3.9.x',
    numberOfBrokerNodes: brokers,
    brokerNodeGroupInfo: {
      instanceType,
      clientSubnets: props.network.subnets.map((subnet) => subnet.subnetId),
      securityGroups: connections.securityGroups.map((group) => group.securityGroupId),
      storageInfo: express
        ? undefined
        : { ebsStorageInfo: { volumeSize: props.volumeSizeGib ?? (profile.destroyable ? 10 : 1000) } },
      connectivityInfo: props.multiVpc
        ? { vpcConnectivity: { clientAuthentication: { sasl: { iam: { enabled: true } } } } }
        : undefined,
    },
    storageMode: props.tieredStorage ? 'TIERED' : undefined,
    clientAuthentication: {
      sasl: { iam: { enabled: true }, scram: { enabled: false } },
      tls: { enabled: false },
      unauthenticated: { enabled: false },
    },
    encryptionInfo: {
      encryptionAtRest: { dataVolumeKmsKeyId: props.key.key.keyArn },
      encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
    },
    // Metrics beyond the default level are paid for. https://docs.aws.amazon.com/msk/latest/developerguide/metrics-details.html
    enhancedMonitoring: profile.destroyable ? 'DEFAULT' : 'PER_TOPIC_PER_BROKER',
    loggingInfo: { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: logGroup.logGroupName } } },
  });
  cluster.applyRemovalPolicy(profile.removalPolicy);

  return {
    bootstrapServers: bootstrapServersOf(backbone, {
      clusterArn: cluster.attrArn,
      numberOfBrokers: brokers,
      profile,
      key: props.key,
    }),
    security: KafkaSecurity.IAM,
    topicManagement: TopicManagement.CLOUDFORMATION,
    profile,
    clusterArn: cluster.attrArn,
    replicationFactor: Math.min(brokers, MOST_REPLICAS),
    network: props.network,
    key: props.key,
    tieredStorage: props.tieredStorage,
    multiVpc: props.multiVpc,
    connections,
  };
}

// https://docs.aws.amazon.com/msk/latest/developerguide/msk-tiered-storage.html
function validateTiering(backbone: Construct, instanceType: string, tieredStorage?: boolean): void {
  if (!tieredStorage) return;
  if (instanceType.startsWith(EXPRESS)) {
    throw new Error(
      `${backbone.node.path}: Express brokers (${instanceType}) tier their storage by themselves; leave tieredStorage out.`,
    );
  }
  if (instanceType.startsWith('kafka.t3.')) {
    throw new Error(
      `${backbone.node.path}: ${instanceType} brokers have no tiered storage; choose kafka.m7g.large or larger.`,
    );
  }
}

// https://docs.aws.amazon.com/msk/latest/developerguide/aws-access-mult-vpc.html (2026-11-28)
function validateMultiVpc(backbone: Construct, instanceType: string, multiVpc?: boolean): void {
  if (!multiVpc || !instanceType.startsWith('kafka.t3.')) return;
  throw new Error(
    `${backbone.node.path}: ${instanceType} brokers cannot be reached from other VPCs; choose kafka.m7g.large or larger, or leave multiVpc out.`,
  );
}

// https://docs.aws.amazon.com/msk/latest/developerguide/msk-create-cluster.html
function validateZones(backbone: Construct, instanceType: string, zones: number): void {
  if (instanceType.startsWith(EXPRESS) && zones !== 3) {
    throw new Error(
      `${backbone.node.path}: Express brokers (${instanceType}) need subnets in exactly three zones, the network has ` +
        `${zones}. Give it three, or choose an instance type that begins with 'kafka.'.`,
    );
  }
  if (zones < 2 || zones > 3) {
    throw new Error(`${backbone.node.path}: MSK brokers need subnets in two or three zones, the network has ${zones}.`);
  }
}
