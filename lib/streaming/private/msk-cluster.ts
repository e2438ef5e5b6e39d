import { CustomResource, Duration, Names } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../../foundation';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { MSK_IAM_PORT } from './backbone-parts';

/** The security group of the brokers: silent outwards, open to whom `connections` admits. */
export function brokerConnections(backbone: Construct, network: IDataNetwork): ec2.Connections {
  const securityGroup = new ec2.SecurityGroup(backbone, 'SecurityGroup', {
    vpc: network.vpc,
    description: 'Kafka brokers',
    allowAllOutbound: false,
  });
  return new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.tcp(MSK_IAM_PORT) });
}

/** CloudFormation demands a name of MSK clusters: 64 characters at most, letters, digits and hyphens. */
export function clusterNameFor(backbone: Construct): string {
  return Names.uniqueResourceName(backbone, { maxLength: 64, separator: '-', allowedSpecialCharacters: '-' });
}

export interface BootstrapBrokersProps {
  readonly clusterArn: string;
  /** A change of it reads the servers again. */
  readonly numberOfBrokers?: number;
  readonly profile: DeploymentProfile;
  readonly key: IDataKey;
}

/** Asks MSK for the bootstrap servers of a cluster, which its CloudFormation types do not tell. */
export function bootstrapServersOf(backbone: Construct, props: BootstrapBrokersProps): string {
  const handler = new HandlerFunction(backbone, 'BootstrapBrokersReader', {
    handler: 'bootstrap-brokers',
    description: 'Reads the bootstrap servers of an MSK cluster',
    profile: props.profile,
    key: props.key,
    timeout: Duration.minutes(2),
  });
  iam.Grant.addToPrincipal({
    grantee: handler,
    actions: ['kafka:GetBootstrapBrokers'],
    resourceArns: [props.clusterArn],
  });
  const brokers = new CustomResource(backbone, 'BootstrapBrokers', {
    resourceType: 'Custom::KafkaBootstrapBrokers',
    serviceToken: handler.function.functionArn,
    serviceTimeout: Duration.minutes(5),
    properties: { ClusterArn: props.clusterArn, NumberOfBrokers: props.numberOfBrokers },
  });
  return brokers.getAttString('BootstrapServers');
}
