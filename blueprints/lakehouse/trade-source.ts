import { Annotations, Duration } from 'aws-cdk-lib';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { type DataKey, DataNetwork, type DeploymentProfile } from '../../lib/foundation';
import { EventBackbone, EventTopic, KafkaSecurity } from '../../lib/streaming';
import type { ExistingBrokers, KafkaSettings } from './settings';

/** Properties of a `TradeSource`. */
export interface TradeSourceProps {
  /** What blueprint.yaml says. */
  readonly settings: KafkaSettings;

  /** The key for what brokers and network store. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;
}

/** The topic that trades arrive on, with brokers and network of its own or on brokers that exist. */
export class TradeSource extends Construct {
  public readonly topic: EventTopic;

  public constructor(scope: Construct, id: string, props: TradeSourceProps) {
    super(scope, id);
    const { settings, key, profile } = props;
    this.topic = new EventTopic(this, 'Topic', {
      backbone: this.backbone(settings, key, profile),
      topicName: settings.topic,
      partitions: settings.partitions,
      retention: Duration.hours(settings.retentionHours),
    });
  }

  private backbone(settings: KafkaSettings, key: DataKey, profile: DeploymentProfile): EventBackbone {
    if (settings.cluster === 'existing' && settings.existing) return this.adopt(settings.existing, profile);
    const network = new DataNetwork(this, 'Network', { key, profile });
    return settings.cluster === 'serverless'
      ? EventBackbone.serverless(this, 'Backbone', { network, key, profile })
      : EventBackbone.provisioned(this, 'Backbone', { network, key, profile });
  }

  private adopt(existing: ExistingBrokers, profile: DeploymentProfile): EventBackbone {
    const availabilityZones = [...existing.availabilityZones];
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId: existing.vpcId, availabilityZones });
    const subnets = existing.subnetIds.map((subnetId, index) => {
      const availabilityZone = availabilityZones[index];
      return Subnet.fromSubnetAttributes(this, `Subnet${index + 1}`, { subnetId, availabilityZone });
    });
    const reason = 'Routes are a matter of the network that exists: nothing here reads or changes one.';
    Annotations.of(this).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId', reason);
    return EventBackbone.fromBrokers(this, 'Backbone', {
      bootstrapServers: existing.bootstrapServers,
      security: KafkaSecurity.IAM,
      clusterArn: existing.clusterArn,
      network: DataNetwork.fromVpc(this, 'Network', vpc, { subnets }),
      securityGroups: [SecurityGroup.fromSecurityGroupId(this, 'Brokers', existing.securityGroupId)],
      profile,
    });
  }
}
