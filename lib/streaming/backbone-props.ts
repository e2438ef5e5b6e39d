import type { ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../foundation';
import type { KafkaSecurity } from './kafka-security';

/** Properties of an MSK provisioned cluster. */
export interface ProvisionedBackboneProps {
  /** Where the brokers stand: one subnet a zone, two or three zones. */
  readonly network: IDataNetwork;

  /** The key for the brokers' volumes and logs. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the cluster, unique in account and region.
   *
   * @default - derived from the path of the construct
   */
  readonly clusterName?: string;

  /**
   * Instance type of a broker. Types that begin with `express.` are Express brokers: they need three zones and manage
   * their storage themselves.
   *
   * @default - `kafka.t3.small` in a sandbox, `express.m7g.large` in production
   */
  readonly instanceType?: string;

  /**
   * Number of brokers in each zone.
   *
   * @default 1
   */
  readonly brokersPerZone?: number;

  /**
   * Volume of a broker in GiB, 1 to 16384. Express brokers have none.
   *
   * @default - 10 in a sandbox, 1000 in production
   */
  readonly volumeSizeGib?: number;

  /**
   * Whether topics can keep old records in tiered storage, at a fraction of the price (`EventTopicProps.localRetention`).
   * Express brokers tier by themselves, and small ones (`kafka.t3`) cannot: both refuse it.
   *
   * @default false
   */
  readonly tieredStorage?: boolean;

  /**
   * Whether clients of other networks and accounts can be let in by a private connection of MSK (multi-VPC private
   * connectivity). `kafka.t3` brokers and MSK Serverless have none.
   *
   * @default false
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/aws-access-mult-vpc.html (2026-11-28)
   */
  readonly multiVpc?: boolean;

  /**
   * Version of Apache Kafka. Topics by CloudFormation need 3.6 at least.
   *
   * @default '3.9.x'
   */
  readonly kafkaVersion?: string;
}

/** Properties of an MSK Serverless cluster. */
export interface ServerlessBackboneProps {
  /** Where clients reach the cluster: subnets in at least two zones. */
  readonly network: IDataNetwork;

  /** The key for the logs of the helpers. MSK Serverless encrypts its storage with keys of its own; it takes no other. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the cluster, unique in account and region.
   *
   * @default - derived from the path of the construct
   */
  readonly clusterName?: string;
}

/** An MSK cluster that exists already, with IAM authentication. */
export interface ExistingMskClusterProps {
  /** ARN of the cluster. */
  readonly clusterArn: string;

  /** Comma-separated `host:port` list of its IAM endpoints; `aws kafka get-bootstrap-brokers` tells it. */
  readonly bootstrapServers: string;

  /** The network that clients have to stand in. */
  readonly network: IDataNetwork;

  /** Security groups of the brokers, which clients are admitted to. */
  readonly securityGroups: ISecurityGroup[];

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** Brokers that exist already: an MSK cluster, Redpanda, or any other Kafka. */
export interface ExistingBrokersProps {
  /** Comma-separated `host:port` list. */
  readonly bootstrapServers: string;

  /** How clients authenticate themselves and encrypt. */
  readonly security: KafkaSecurity;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * ARN of the cluster, when it is an MSK cluster with IAM authentication.
   *
   * @default - not such a cluster; nothing is granted
   */
  readonly clusterArn?: string;

  /**
   * The network that clients have to stand in.
   *
   * @default - the brokers are reachable from anywhere
   */
  readonly network?: IDataNetwork;

  /**
   * Security groups of the brokers, which clients are admitted to.
   *
   * @default - none; nothing is opened
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Port that clients connect to.
   *
   * @default - the port of the first bootstrap server, or 9098 (MSK with IAM) when it is a token
   */
  readonly clientPort?: number;
}
