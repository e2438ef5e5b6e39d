import { Annotations, Stack, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IDataNetwork } from '../../foundation';
import { acknowledge } from '../../foundation/private/acknowledge';
import { grantNetworkInterfaces } from '../../foundation/private/network-interfaces';

export interface JobNetworkProps {
  readonly network: IDataNetwork;
}

/**
 * A Glue job's place in a network: a security group of its own and the connection that Glue attaches its workers by.
 */
export class JobNetwork extends Construct {
  /** Name of the Glue connection. */
  public readonly connectionName: string;
  public readonly securityGroup: ec2.ISecurityGroup;

  private readonly subnet: ec2.ISubnet;

  constructor(scope: Construct, id: string, props: JobNetworkProps) {
    super(scope, id);
    const { network } = props;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Workers of a Glue job',
      allowAllOutbound: true,
    });
    // Brokers that are connected add such rules: all is allowed out already.
    Annotations.of(this.securityGroup).acknowledgeWarning('@aws-cdk/aws-ec2:ipv4IgnoreEgressRule');
    // Glue refuses a connection whose workers cannot reach one another on every TCP port.
    // https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html (2026-11-23)
    this.securityGroup.connections.allowInternally(ec2.Port.allTcp(), 'Workers of the job among themselves');
    // A Glue connection stands in exactly one subnet.
    this.subnet = network.subnets[0];
    for (const service of [
      ec2.InterfaceVpcEndpointAwsService.GLUE,
      ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
      ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
    ]) {
      network.addInterfaceEndpoint(service);
    }
    const connection = new glue.CfnConnection(this, 'Resource', {
      catalogId: Stack.of(this).account,
      connectionInput: {
        connectionType: 'NETWORK',
        connectionProperties: {},
        physicalConnectionRequirements: {
          availabilityZone: this.subnet.availabilityZone,
          subnetId: this.subnet.subnetId,
          securityGroupIdList: [this.securityGroup.securityGroupId],
        },
      },
    });
    if (!Token.isUnresolved(this.subnet.availabilityZone)) {
      acknowledge(
        connection,
        'W3010',
        'Glue wants the zone of the subnet by name, and the subnet exists there already.',
      );
    }
    this.connectionName = connection.ref;
  }

  /**
   * What a job's role needs to attach workers to the network, as the managed policy AWSGlueServiceRole has it, but for
   * this subnet and security group alone.
   *
   * @see https://docs.aws.amazon.com/glue/latest/dg/getting-started-min-privs-job.html (2026-11-23)
   */
  public grantAttach(grantee: iam.IGrantable): void {
    const stack = Stack.of(this);
    grantNetworkInterfaces(grantee, {
      subnets: [this.subnet],
      securityGroup: this.securityGroup,
      actions: ['ec2:CreateTags', 'ec2:DeleteTags', 'ec2:DeleteNetworkInterface'],
      descriptions: [
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcAttribute',
        'ec2:DescribeVpcEndpoints',
      ],
    });
    grantee.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['glue:GetConnection'],
        resources: [
          stack.formatArn({ service: 'glue', resource: 'catalog' }),
          stack.formatArn({ service: 'glue', resource: 'connection', resourceName: this.connectionName }),
        ],
      }),
    );
  }
}
