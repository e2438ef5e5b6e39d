import { Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { IDataKey, IDataNetwork } from '../../foundation';
import { acknowledge } from '../../foundation/private/acknowledge';

const SERVICES = ['kinesisanalytics.amazonaws.com', 'infrastructure.kinesisanalytics.amazonaws.com'];

/**
 * Lets the role manage the network interfaces of its application.
 *
 * @see https://docs.aws.amazon.com/managed-flink/latest/java/vpc-permissions.html
 */
export function grantFlinkNetwork(role: iam.Role, network: IDataNetwork, securityGroup: ec2.ISecurityGroup): void {
  const stack = Stack.of(role);
  const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'ec2', resource, resourceName });
  const anyInterface = arn('network-interface', '*');
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['ec2:CreateNetworkInterface'],
      resources: [
        anyInterface,
        arn('security-group', securityGroup.securityGroupId),
        ...network.subnets.map((subnet) => arn('subnet', subnet.subnetId)),
      ],
    }),
  );
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ['ec2:CreateNetworkInterfacePermission', 'ec2:DeleteNetworkInterface'],
      resources: [anyInterface],
    }),
  );
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: [
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
    }),
  );
  acknowledge(role, 'AwsSolutions-IAM5[Resource::*]', 'EC2 describes its resources on no resource.');
  acknowledge(
    role,
    'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:network-interface/*]',
    'EC2 gives the id of a network interface only when the service creates it.',
  );
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
