import { Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { acknowledgeWildcards } from './acknowledge';

/** Where a service puts network interfaces for its task, and what else it asks of EC2 there. */
export interface NetworkInterfaces {
  readonly subnets: readonly ec2.ISubnet[];
  readonly securityGroup: ec2.ISecurityGroup;
  /** Further actions on the interfaces. */
  readonly actions: readonly string[];
  /** Actions that describe, which know no resources in IAM. */
  readonly descriptions: readonly string[];
}

/**
 * Lets a service attach its task to a network, under the role of the task: as the managed policies of AWS have it, but
 * for these subnets and this security group alone.
 */
export function grantNetworkInterfaces(grantee: iam.IGrantable, interfaces: NetworkInterfaces): void {
  const { subnets, securityGroup, actions, descriptions } = interfaces;
  const stack = Stack.of(securityGroup);
  const arn = (resource: string, resourceName: string) => stack.formatArn({ service: 'ec2', resource, resourceName });
  const anyInterface = arn('network-interface', '*');
  const allow = (allowed: readonly string[], resources: string[]) =>
    grantee.grantPrincipal.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [...allowed], resources }));
  allow(
    ['ec2:CreateNetworkInterface'],
    [
      anyInterface,
      arn('security-group', securityGroup.securityGroupId),
      ...subnets.map((subnet) => arn('subnet', subnet.subnetId)),
    ],
  );
  allow(actions, [anyInterface]);
  allow(descriptions, ['*']);
  acknowledgeWildcards(
    grantee,
    [anyInterface],
    'EC2 gives the id of a network interface only when the service makes it.',
  );
  acknowledgeWildcards(grantee, ['*'], 'EC2 describes its resources on no resource.');
}
