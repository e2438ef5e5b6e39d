import { setTimeout as sleep } from 'timers/promises';
import { type AwsConnection, callAws } from '../../aws';
import type { RunResult } from '../../jobs';

const TARGET = 'AmazonEC2ContainerServiceV20141113';
const POLL_MILLISECONDS = 200;
/** How the stack's task definitions call their container. */
const CONTAINER = 'task';

/** A task of ECS that was started. */
export interface StartedTask {
  readonly cluster: string;
  readonly arn: string;
}

/** Environment variables by name. */
export type Environment = { readonly [name: string]: string };

/** The environment that a task definition gives to its container. */
export async function environmentOf(connection: AwsConnection, taskDefinition: string): Promise<Environment> {
  const { taskDefinition: described } = await callAws<{
    taskDefinition: { containerDefinitions: { environment?: { name: string; value: string }[] }[] };
  }>(connection, 'ecs', `${TARGET}.DescribeTaskDefinition`, { taskDefinition });
  const pairs = described.containerDefinitions.flatMap(({ environment = [] }) => environment);
  return Object.fromEntries(pairs.map(({ name, value }) => [name, value]));
}

/**
 * Starts a task.
 *
 * @param environment in place of what the definition says
 */
export async function startTask(
  connection: AwsConnection,
  cluster: string,
  taskDefinition: string,
  environment: Environment,
): Promise<StartedTask> {
  const variables = Object.entries(environment).map(([name, value]) => ({ name, value }));
  const { tasks } = await callAws<{ tasks: { taskArn: string }[] }>(connection, 'ecs', `${TARGET}.RunTask`, {
    cluster,
    taskDefinition,
    launchType: 'FARGATE',
    overrides: { containerOverrides: [{ name: CONTAINER, environment: variables }] },
  });
  return { cluster, arn: tasks[0].taskArn };
}

/** Stops a task; its processes are killed. */
export async function stopTask(connection: AwsConnection, { cluster, arn }: StartedTask): Promise<void> {
  await callAws(connection, 'ecs', `${TARGET}.StopTask`, { cluster, task: arn, reason: 'struck by the rehearsal' });
}

/** Waits for the end of a task. One that was stopped is `STOPPED`, whatever its process made of it. */
export async function ended(connection: AwsConnection, { cluster, arn }: StartedTask): Promise<RunResult> {
  for (;;) {
    const { tasks } = await callAws<{
      tasks: { lastStatus: string; stopCode?: string; stoppedReason?: string; containers: { exitCode?: number }[] }[];
    }>(connection, 'ecs', `${TARGET}.DescribeTasks`, { cluster, tasks: [arn] });
    const [{ lastStatus, stopCode, stoppedReason, containers }] = tasks;
    if (lastStatus === 'STOPPED') {
      if (stopCode === 'UserInitiated') {
        return { state: 'STOPPED', error: stoppedReason };
      }
      const [{ exitCode }] = containers;
      return exitCode === 0
        ? { state: 'SUCCEEDED' }
        : { state: 'FAILED', error: `exit status ${exitCode ?? 'unknown'} ${stoppedReason ?? ''}`.trim() };
    }
    await sleep(POLL_MILLISECONDS);
  }
}
