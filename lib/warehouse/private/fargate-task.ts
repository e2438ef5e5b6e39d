import { Duration, Names, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { containerEnvironment, fargateTask, taskPrincipal, type TaskSize } from '../../foundation/private/fargate';
import type { TaskPlatform } from '../task-platform';

export interface FargateTaskProps {
  readonly platform: TaskPlatform;
  /** What the container runs. */
  readonly command: readonly string[];
  readonly environment: { [name: string]: string };
  readonly size: TaskSize;
  readonly timeout: Duration;
}

/** Every container of a task is called so. */
const CONTAINER = 'task';

// Errors of the API, not of the task. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
const TRANSIENT_ERRORS = ['ECS.AmazonECSException', 'ECS.ServerException', 'ECS.ThrottlingException'];

/**
 * A Fargate task that runs to its end: a role and a security group of its own, a file system that only /tmp can be
 * written in, its log encrypted.
 */
export class FargateTask extends Construct implements iam.IGrantable, ec2.IConnectable {
  readonly role: iam.IRole;
  readonly grantPrincipal: iam.IPrincipal;
  readonly connections: ec2.Connections;
  /** ARN of the task definition, the revision included. */
  readonly taskDefinitionArn: string;
  readonly timeout: Duration;
  private readonly platform: TaskPlatform;
  private readonly securityGroup: ec2.SecurityGroup;
  private readonly executionRole: iam.IRole;

  constructor(scope: Construct, id: string, props: FargateTaskProps) {
    super(scope, id);
    const { platform } = props;
    this.platform = platform;
    this.timeout = props.timeout;
    this.executionRole = platform._executionRole;
    const role = new iam.Role(this, 'Role', { assumedBy: taskPrincipal(this) });
    acknowledgeInlinePolicy(role);
    this.role = role;
    this.grantPrincipal = this.role;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: platform.network.vpc,
      description: 'A task of cdk-data-patterns',
      allowAllOutbound: false,
    });
    this.securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS to AWS and to sources');
    this.connections = new ec2.Connections({ securityGroups: [this.securityGroup] });
    const definition = new ecs.CfnTaskDefinition(this, 'Resource', {
      family: Names.uniqueResourceName(this, { maxLength: 255 }),
      ...fargateTask(props.size, this.role, this.executionRole),
      volumes: [{ name: 'scratch' }],
      containerDefinitions: [
        {
          name: CONTAINER,
          image: platform._imageUri,
          essential: true,
          command: [...props.command],
          readonlyRootFilesystem: true,
          mountPoints: [{ containerPath: '/tmp', sourceVolume: 'scratch', readOnly: false }],
          environment: containerEnvironment({
            ...props.environment,
            AWS_DEFAULT_REGION: Stack.of(this).region,
            HOME: '/tmp',
          }),
          logConfiguration: platform._logConfiguration(id),
          linuxParameters: { initProcessEnabled: true },
        },
      ],
    });
    acknowledge(
      definition,
      'AwsSolutions-ECS2',
      'The environment holds names and addresses; what is secret is read from Secrets Manager under the role.',
    );
    definition.node.addDependency(platform._image);
    this.taskDefinitionArn = definition.ref;
  }

  /** A state that runs the task and waits for its end; a code other than 0 fails it. */
  runState(scope: Construct, id: string, command?: readonly string[]): sfn.CustomState {
    const { network, clusterArn } = this.platform;
    // eslint-disable-next-line awscdk/require-passing-this -- a state of its caller
    const state = new sfn.CustomState(scope, id, {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Stack.of(this).partition}:states:::ecs:runTask.sync`,
        Parameters: {
          LaunchType: 'FARGATE',
          Cluster: clusterArn,
          TaskDefinition: this.taskDefinitionArn,
          PropagateTags: 'TASK_DEFINITION',
          NetworkConfiguration: {
            AwsvpcConfiguration: {
              Subnets: network.subnets.map((subnet) => subnet.subnetId),
              SecurityGroups: [this.securityGroup.securityGroupId],
              AssignPublicIp: 'DISABLED',
            },
          },
          ...(command ? { Overrides: { ContainerOverrides: [{ Name: CONTAINER, Command: command }] } } : {}),
        },
        ResultPath: sfn.JsonPath.DISCARD,
        TimeoutSeconds: this.timeout.toSeconds(),
      },
    });
    state.addRetry({
      errors: TRANSIENT_ERRORS,
      interval: Duration.seconds(15),
      backoffRate: 2,
      maxAttempts: 4,
      jitterStrategy: sfn.JitterType.FULL,
    });
    return state;
  }

  /**
   * Lets the grantee run the task and wait for its end.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html (2026-11-28)
   */
  grantRun(grantee: iam.IGrantable): iam.Grant {
    const stack = Stack.of(this);
    const tasks = stack.formatArn({ service: 'ecs', resource: 'task', resourceName: `${this.platform.clusterName}/*` });
    const rule = stack.formatArn({
      service: 'events',
      resource: 'rule',
      resourceName: 'StepFunctionsGetEventsForECSTaskRule',
    });
    acknowledgeWildcards(grantee, [tasks], 'ECS makes up the id of a task when it starts.');
    const allow = (actions: string[], resourceArns: string[], conditions?: Record<string, Record<string, unknown>>) =>
      iam.Grant.addToPrincipal({ grantee, actions, resourceArns, conditions });
    return allow(['ecs:RunTask'], [this.taskDefinitionArn], {
      ArnEquals: { 'ecs:cluster': this.platform.clusterArn },
    })
      .combine(allow(['ecs:DescribeTasks', 'ecs:StopTask'], [tasks]))
      .combine(allow(['events:DescribeRule', 'events:PutRule', 'events:PutTargets'], [rule]))
      .combine(
        allow(['iam:PassRole'], [this.role.roleArn, this.executionRole.roleArn], {
          StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
        }),
      );
  }
}
