import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, IConstruct } from 'constructs';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../foundation';
import type { ExistingBrokersProps, ExistingMskClusterProps } from './backbone-props';
import type { ProvisionedBackboneProps, ServerlessBackboneProps } from './backbone-props';
import { KafkaSecurity } from './kafka-security';
import { type BackboneParts, MSK_IAM_PORT } from './private/backbone-parts';
import { adoptBrokers } from './private/existing-brokers';
import { KafkaArns } from './private/kafka-arns';
import { createProvisionedCluster } from './private/provisioned-cluster';
import { createServerlessCluster } from './private/serverless-cluster';
import { TopicManagement } from './topic-management';

/** Kafka brokers that topics live on. As `IConnectable` it stands for the brokers, with their client port. */
export interface IEventBackbone extends IConstruct, ec2.IConnectable {
  /** Comma-separated `host:port` list for clients; for MSK a token that is known once the cluster exists. */
  readonly bootstrapServers: string;

  /** How clients authenticate themselves and encrypt. */
  readonly security: KafkaSecurity;

  /** Who creates topics here. */
  readonly topicManagement: TopicManagement;

  /** What the deployment is for; decides what becomes of topics when their stack goes. */
  readonly profile: DeploymentProfile;

  /**
   * ARN of the MSK cluster, which IAM permissions are granted on.
   *
   * @default - the brokers are not MSK's with IAM authentication; nothing is granted
   */
  readonly clusterArn?: string;

  /**
   * How many copies of a record the brokers can hold: the number of brokers, at most 3.
   *
   * @default - unknown
   */
  readonly replicationFactor?: number;

  /**
   * The network that clients have to stand in.
   *
   * @default - the brokers are reachable from anywhere
   */
  readonly network?: IDataNetwork;

  /**
   * The key that what the backbone stores, and what its helpers log, is encrypted with.
   *
   * @default - none: adopted brokers
   */
  readonly key?: IDataKey;

  /**
   * Whether topics can keep old records in tiered storage.
   *
   * @default false
   */
  readonly tieredStorage?: boolean;

  /**
   * Whether clients of other networks and accounts can be let in by a private connection.
   *
   * @default false
   */
  readonly multiVpc?: boolean;
}

interface BackboneProps {
  readonly build: (self: Construct) => BackboneParts;
}

/**
 * The Kafka cluster of a platform. MSK clusters admit TLS and IAM authentication only, from inside the network.
 */
export class EventBackbone extends Construct implements IEventBackbone {
  /**
   * An MSK cluster with brokers of one's own: two `kafka.t3.small` in a sandbox, three Express brokers in production.
   *
   * @throws when the network's zones do not suit the brokers
   */
  static provisioned(scope: Construct, id: string, props: ProvisionedBackboneProps): EventBackbone {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new EventBackbone(scope, id, { build: (self) => createProvisionedCluster(self, props) });
  }

  /**
   * An MSK Serverless cluster.
   *
   * @throws in a region or partition that is known to lack MSK Serverless
   */
  static serverless(scope: Construct, id: string, props: ServerlessBackboneProps): EventBackbone {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new EventBackbone(scope, id, { build: (self) => createServerlessCluster(self, props) });
  }

  /**
   * An MSK cluster that exists already, with IAM authentication, and its network. Its topics exist already, too.
   *
   * @throws when the ARN is not that of an MSK cluster
   */
  static fromMskCluster(scope: Construct, id: string, props: ExistingMskClusterProps): EventBackbone {
    const { bootstrapServers, clusterArn, securityGroups, network, profile } = props;
    return EventBackbone.fromBrokers(scope, id, {
      bootstrapServers,
      clusterArn: new KafkaArns(clusterArn).cluster,
      securityGroups,
      network,
      profile,
      security: KafkaSecurity.IAM,
      clientPort: MSK_IAM_PORT,
    });
  }

  /**
   * Redpanda, or any other Kafka, by its brokers. Its topics exist already, too.
   *
   * @throws when a production deployment would send in plain text
   */
  static fromBrokers(scope: Construct, id: string, props: ExistingBrokersProps): EventBackbone {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new EventBackbone(scope, id, { build: (self) => adoptBrokers(self, props) });
  }

  readonly bootstrapServers: string;
  readonly security: KafkaSecurity;
  readonly topicManagement: TopicManagement;
  readonly profile: DeploymentProfile;
  readonly clusterArn?: string;
  readonly replicationFactor?: number;
  readonly network?: IDataNetwork;
  readonly key?: IDataKey;
  readonly tieredStorage?: boolean;
  readonly multiVpc?: boolean;
  readonly connections: ec2.Connections;

  private constructor(scope: Construct, id: string, props: BackboneProps) {
    super(scope, id);
    const parts = props.build(this);
    this.bootstrapServers = parts.bootstrapServers;
    this.security = parts.security;
    this.topicManagement = parts.topicManagement;
    this.profile = parts.profile;
    this.clusterArn = parts.clusterArn;
    this.replicationFactor = parts.replicationFactor;
    this.network = parts.network;
    this.key = parts.key;
    this.tieredStorage = parts.tieredStorage;
    this.multiVpc = parts.multiVpc;
    this.connections = parts.connections;
  }
}
