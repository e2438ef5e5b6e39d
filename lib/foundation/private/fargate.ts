import { ArnFormat, Stack } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { IDataNetwork } from '../data-network';

/** A cluster that runs tasks on Fargate alone, with its metrics. */
export const FARGATE_CLUSTER: ecs.CfnClusterProps = {
  clusterSettings: [{ name: 'containerInsights', value: 'enabled' }],
  capacityProviders: ['FARGATE'],
};

/**
 * Tasks of this account alone.
 *
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html (2026-11-28)
 */
export function taskPrincipal(scope: Construct): iam.ServicePrincipal {
  const stack = Stack.of(scope);
  const anyTask = stack.formatArn({ service: 'ecs', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME });
  return new iam.ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account }, ArnLike: { 'aws:SourceArn': anyTask } },
  });
}

/** Processor and memory of a task, of the pairs that Fargate offers. */
export interface TaskSize {
  /** In units of 1/1024 vCPU. */
  readonly cpu: number;
  readonly memoryMiB: number;
}

/** What every task definition has, beside its containers. */
export function fargateTask(
  { cpu, memoryMiB }: TaskSize,
  role: iam.IRole,
  executionRole: iam.IRole,
): Omit<ecs.CfnTaskDefinitionProps, 'containerDefinitions'> {
  return {
    requiresCompatibilities: ['FARGATE'],
    networkMode: 'awsvpc',
    cpu: String(cpu),
    memory: String(memoryMiB),
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    taskRoleArn: role.roleArn,
    executionRoleArn: executionRole.roleArn,
  };
}

/** What a service has that keeps its tasks running: an update that fails is rolled back, and no task has a public address. */
export function fargateService(
  network: IDataNetwork,
  securityGroup: ec2.ISecurityGroup,
): Pick<ecs.CfnServiceProps, 'launchType' | 'deploymentConfiguration' | 'networkConfiguration' | 'propagateTags'> {
  return {
    launchType: 'FARGATE',
    deploymentConfiguration: {
      maximumPercent: 200,
      minimumHealthyPercent: 100,
      deploymentCircuitBreaker: { enable: true, rollback: true },
    },
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: network.subnets.map(({ subnetId }) => subnetId),
        securityGroups: [securityGroup.securityGroupId],
        assignPublicIp: 'DISABLED',
      },
    },
    propagateTags: 'SERVICE',
  };
}

/** Has a container write its log to a group. */
export function containerLog(
  logGroup: logs.ILogGroup,
  streamPrefix: string,
): ecs.CfnTaskDefinition.LogConfigurationProperty {
  return {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': logGroup.logGroupName,
      'awslogs-region': Stack.of(logGroup).region,
      'awslogs-stream-prefix': streamPrefix,
    },
  };
}

/** Variables of a container, in the order of their names. */
export function containerEnvironment(variables: {
  readonly [name: string]: string;
}): { name: string; value: string }[] {
  return Object.entries(variables)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
