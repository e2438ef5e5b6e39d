import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import type { CfnVPC } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { IDataKey } from '../data-key';
import { DeploymentProfile } from '../deployment-profile';
import { acknowledge } from './acknowledge';
import { HandlerFunction } from './handler-function';

/**
 * Takes the rules of a VPC's default security group away: EC2 creates it with rules that let its members talk to one
 * another and to everyone, and CloudFormation cannot adopt it.
 */
export function closeDefaultSecurityGroup(
  network: Construct,
  vpc: CfnVPC,
  key: IDataKey,
  profile: DeploymentProfile,
): void {
  const closer = new HandlerFunction(network, 'DefaultSecurityGroupCloser', {
    handler: 'default-security-group',
    description: 'Takes the rules of the default security group away',
    profile,
    key,
    timeout: Duration.minutes(1),
  });
  const stack = Stack.of(network);
  iam.Grant.addToPrincipal({
    grantee: closer,
    actions: ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'],
    resourceArns: [
      stack.formatArn({ service: 'ec2', resource: 'security-group', resourceName: vpc.attrDefaultSecurityGroup }),
    ],
  });
  acknowledge(
    vpc,
    'NIST.800.53.R5-VPCDefaultSecurityGroupClosed',
    'A custom resource takes its rules away, which CloudFormation cannot and the rule does not see.',
  );
  new CustomResource(network, 'ClosedDefaultSecurityGroup', {
    resourceType: 'Custom::ClosedDefaultSecurityGroup',
    serviceToken: closer.function.functionArn,
    serviceTimeout: Duration.minutes(5),
    properties: { SecurityGroupId: vpc.attrDefaultSecurityGroup, Account: stack.account },
  });
}
