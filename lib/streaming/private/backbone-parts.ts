import type { Connections } from 'aws-cdk-lib/aws-ec2';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../../foundation';
import type { KafkaSecurity } from '../kafka-security';
import type { TopicManagement } from '../topic-management';

/** What each kind of backbone has to bring. */
export interface BackboneParts {
  readonly bootstrapServers: string;
  readonly security: KafkaSecurity;
  readonly topicManagement: TopicManagement;
  readonly profile: DeploymentProfile;
  readonly connections: Connections;
  readonly clusterArn?: string;
  readonly replicationFactor?: number;
  readonly network?: IDataNetwork;
  readonly key?: IDataKey;
  readonly tieredStorage?: boolean;
  readonly multiVpc?: boolean;
}

/** The port on which MSK, provisioned or serverless, serves clients with IAM authentication. */
export const MSK_IAM_PORT = 9098;
