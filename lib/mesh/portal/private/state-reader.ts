import { ArnFormat, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../../../foundation/private/acknowledge';
import { roleName } from '../../private/reader-name';

interface StateReaderProps {
  readonly domainName: string;
  /** Twelve digits. */
  readonly portalAccount: string;
}

/** The role of a domain by which the portal's account sees which alarms ring; it sees nothing else. */
export class StateReader extends Construct {
  constructor(scope: Construct, id: string, props: StateReaderProps) {
    super(scope, id);
    const { domainName, portalAccount } = props;
    if (!Token.isUnresolved(portalAccount) && !/^\d{12}$/.test(portalAccount)) {
      throw new Error(
        `${this.node.path}: portalAccount is '${portalAccount}'; give the twelve digits of the account that the portal is in.`,
      );
    }
    const role = new iam.Role(this, 'Role', {
      // The portal knows it without asking the domain, so that both deploy in any order.
      roleName: stateReaderName(domainName),
      description: `Lets the portal of the mesh see the alarms of the domain ${domainName}`,
      assumedBy: new iam.AccountPrincipal(portalAccount),
    });
    acknowledgeInlinePolicy(role);
    const alarms = Stack.of(this).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    acknowledgeWildcards(role, [alarms], 'Names of alarms are made up by CloudFormation, and listing them needs all.');
    iam.Grant.addToPrincipal({
      grantee: role,
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html (2026-11-28)
      actions: ['cloudwatch:DescribeAlarms'],
      resourceArns: [alarms],
    });
  }
}

/** Name of the role, by which the portal's account knows it. */
export function stateReaderName(domainName: string): string {
  return roleName(`data-mesh-state-${domainName}`);
}
