import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { IDataKey } from '../data-key';
import { DeploymentProfile } from '../deployment-profile';
import { acknowledgeInlinePolicy } from './acknowledge';

/** Records all traffic of a VPC in a log group. */
export function logTraffic(network: Construct, vpc: ec2.CfnVPC, key: IDataKey, profile: DeploymentProfile): void {
  key.allowLogGroups();
  const logGroup = new logs.LogGroup(network, 'FlowLogs', {
    encryptionKey: key.key,
    retention: profile.logRetention,
    removalPolicy: profile.removalPolicy,
  });
  const role = new iam.Role(network, 'FlowLogRole', {
    assumedBy: new iam.ServicePrincipal('vpc-flow-logs.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(network).account } },
    }),
  });
  acknowledgeInlinePolicy(role);
  const grant = logGroup.grant(role, 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents');
  const flowLog = new ec2.CfnFlowLog(network, 'FlowLog', {
    resourceId: vpc.attrVpcId,
    resourceType: 'VPC',
    trafficType: 'ALL',
    logDestinationType: 'cloud-watch-logs',
    logGroupName: logGroup.logGroupName,
    deliverLogsPermissionArn: role.roleArn,
  });
  grant.applyBefore(flowLog);
}
