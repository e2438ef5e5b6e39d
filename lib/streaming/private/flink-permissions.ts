import { Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IDataKey, IDataNetwork } from '../../foundation';
import { grantNetworkInterfaces } from '../../foundation/private/network-interfaces';

const SERVICES = ['kinesisanalytics.amazonaws.com', 'infrastructure.kinesisanalytics.amazonaws.com'];

/**
 * Lets the role manage the network interfaces of its application.
 *
 * @see https://docs.aws.amazon.com/managed-flink/latest/java/vpc-permissions.html
 */
export function grantFlinkNetwork(role: iam.Role, network: IDataNetwork, securityGroup: ec2.ISecurityGroup): void {
  grantNetworkInterfaces(role, {
    subnets: network.subnets,
    securityGroup,
    actions: ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface'],
    descriptions: [
      'ec2:DescribeDhcpOptions',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcs',
    ],
  });
}

/**
 * Lets the service keep state and snapshots of this account's applications under the key. Calling it again changes
 * nothing.
 *
 * @see https://docs.aws.amazon.com/managed-flink/latest/java/manage-cmk-api.html
 */
export function grantFlinkService(dataKey: IDataKey): void {
  const { account, region, urlSuffix } = Stack.of(dataKey);
  const ofThisAccount = { StringEquals: { 'aws:SourceAccount': account } };
  const principals = SERVICES.map((service) => new iam.ServicePrincipal(service));
  dataKey.key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'FlinkState',
      principals,
      actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext'],
      resources: ['*'],
      conditions: ofThisAccount,
    }),
  );
  // Whoever deploys an application hands the key to the service, by nothing but the service itself.
  dataKey.key.addToResourcePolicy(
    new iam.PolicyStatement({
      sid: 'FlinkOperators',
      principals: [new iam.AccountRootPrincipal()],
      actions: ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEquals: { 'kms:ViaService': `kinesisanalytics.${region}.${urlSuffix}` } },
    }),
  );
}
