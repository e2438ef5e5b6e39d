import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../../foundation';
import type { ExistingBrokersProps } from '../backbone-props';
import { TopicManagement } from '../topic-management';
import { BackboneParts, MSK_IAM_PORT } from './backbone-parts';

export function adoptBrokers(backbone: Construct, props: ExistingBrokersProps): BackboneParts {
  const profile = props.profile ?? DeploymentProfile.PRODUCTION;
  if (!props.security.encrypted && !profile.destroyable) {
    const protocol = props.security.clientProperties['security.protocol'];
    throw new Error(
      `${backbone.node.path}: ${protocol} sends events readable for everyone on the way; in production use TLS ` +
        '(KafkaSecurity.TLS, KafkaSecurity.IAM).',
    );
  }
  return {
    bootstrapServers: props.bootstrapServers,
    security: props.security,
    topicManagement: TopicManagement.EXTERNAL,
    profile,
    clusterArn: props.clusterArn,
    network: props.network,
    connections: new ec2.Connections({
      securityGroups: props.securityGroups,
      defaultPort: ec2.Port.tcp(props.clientPort ?? portOf(backbone, props.bootstrapServers)),
    }),
  };
}

function portOf(backbone: Construct, bootstrapServers: string): number {
  if (Token.isUnresolved(bootstrapServers)) return MSK_IAM_PORT;
  const server = bootstrapServers.split(',')[0].trim();
  const match = /^.+:(\d{1,5})$/.exec(server);
  if (!match) {
    throw new Error(
      `${backbone.node.path}: bootstrap server '${server}' is not 'host:port', as broker-1.example.com:9092 is.`,
    );
  }
  return Number(match[1]);
}
