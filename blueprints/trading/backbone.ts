import { Annotations } from 'aws-cdk-lib';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type DataKey, DataNetwork, type DeploymentProfile } from '../../lib/foundation';
import { EventBackbone } from '../../lib/streaming';

/** Which brokers a blueprint stands on. */
export interface BackboneSettings {
  readonly cluster: 'provisioned' | 'serverless' | 'existing';
  /** Given when `cluster` is 'existing'. */
  readonly existing?: ExistingBrokers;
}

/** An MSK cluster that this stack does not own, and the network that reaches it. */
export interface ExistingBrokers {
  readonly bootstrapServers: string;
  readonly clusterArn: string;
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly availabilityZones: readonly string[];
  readonly securityGroupId: string;
}

/** Brokers and network in a scope of their own: new ones, or those that exist. */
export function createBackbone(
  scope: Construct,
  settings: BackboneSettings,
  key: DataKey,
  profile: DeploymentProfile,
): EventBackbone {
  if (settings.cluster === 'existing' && settings.existing) return adopt(scope, settings.existing, profile);
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  const network = new DataNetwork(scope, 'Network', { key, profile });
  return settings.cluster === 'serverless'
    ? EventBackbone.serverless(scope, 'Backbone', { network, key, profile })
    : EventBackbone.provisioned(scope, 'Backbone', { network, key, profile });
}

function adopt(scope: Construct, existing: ExistingBrokers, profile: DeploymentProfile): EventBackbone {
  const availabilityZones = [...existing.availabilityZones];
  const vpc = Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId: existing.vpcId, availabilityZones });
  const subnets = existing.subnetIds.map((subnetId, index) => {
    const availabilityZone = availabilityZones[index];
    return Subnet.fromSubnetAttributes(scope, `Subnet${index + 1}`, { subnetId, availabilityZone });
  });
  const reason = 'Routes are a matter of the network that exists: nothing here reads or changes one.';
  Annotations.of(scope).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId', reason);
  return EventBackbone.fromMskCluster(scope, 'Backbone', {
    bootstrapServers: existing.bootstrapServers,
    clusterArn: existing.clusterArn,
    network: DataNetwork.fromVpc(scope, 'Network', vpc, { subnets }),
    securityGroups: [SecurityGroup.fromSecurityGroupId(scope, 'Brokers', existing.securityGroupId)],
    profile,
  });
}
