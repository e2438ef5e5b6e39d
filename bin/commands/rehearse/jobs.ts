import { setTimeout as sleep } from 'timers/promises';
import { AwsConnection, callAws } from './aws';

const POLL_MILLISECONDS = 300;

/** How a job run or a pipeline execution ended. */
export interface RunResult {
  /** As AWS spells it: `SUCCEEDED`, `FAILED`, `TIMED_OUT`... */
  readonly state: string;
  /** Why, when it did not succeed. */
  readonly error?: string;
}

const ACTIVE_JOB_STATES = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING'];

/**
 * Runs a Glue job and waits for its end. A job that is deployed to run for ever is told to stop when it has caught up.
 *
 * @param given arguments of this run
 */
export async function runJob(
  connection: AwsConnection,
  jobName: string,
  given: { readonly [name: string]: string } = {},
): Promise<RunResult & { readonly overrides: string[] }> {
  const { Job } = await callAws<{ Job: { DefaultArguments?: { [name: string]: string } } }>(
    connection,
    'glue',
    'AWSGlue.GetJob',
    { JobName: jobName },
  );
  const overrides: { [name: string]: string } =
    Job.DefaultArguments?.['--trigger'] === 'continuous' ? { '--trigger': 'available_now' } : {};
  const { JobRunId } = await callAws<{ JobRunId: string }>(connection, 'glue', 'AWSGlue.StartJobRun', {
    JobName: jobName,
    Arguments: { ...given, ...overrides },
  });
  for (;;) {
    const { JobRun } = await callAws<{ JobRun: { JobRunState: string; ErrorMessage?: string } }>(
      connection,
      'glue',
      'AWSGlue.GetJobRun',
      { JobName: jobName, RunId: JobRunId },
    );
    if (!ACTIVE_JOB_STATES.includes(JobRun.JobRunState)) {
      const settings = Object.entries(overrides).map(([name, value]) => `${name} ${value}`);
      return { state: JobRun.JobRunState, error: JobRun.ErrorMessage || undefined, overrides: settings };
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/**
 * Runs a state machine and waits for its end.
 *
 * @param onPoll called again and again while it runs
 */
export async function runPipeline(
  connection: AwsConnection,
  stateMachineArn: string,
  input: object,
  onPoll: () => void,
): Promise<RunResult> {
  const { executionArn } = await callAws<{ executionArn: string }>(
    connection,
    'states',
    'AWSStepFunctions.StartExecution',
    { stateMachineArn, input: JSON.stringify(input) },
  );
  for (;;) {
    const { status, error, cause } = await callAws<{ status: string; error?: string; cause?: string }>(
      connection,
      'states',
      'AWSStepFunctions.DescribeExecution',
      { executionArn },
    );
    onPoll();
    if (status !== 'RUNNING') {
      return { state: status, error: error === undefined ? undefined : `${error}: ${reason(cause)}` };
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** The Glue jobs of a state machine: the name of each job, with the name of the state that runs it. */
export function pipelineJobs(connection: AwsConnection, stateMachineArn: string): Promise<Map<string, string>> {
  return statesBy(connection, stateMachineArn, 'JobName');
}

/** The tasks of ECS of a state machine: the ARN of each definition, with the name of the state that runs it. */
export function pipelineTasks(connection: AwsConnection, stateMachineArn: string): Promise<Map<string, string>> {
  return statesBy(connection, stateMachineArn, 'TaskDefinition');
}

/** The states of a state machine that have a parameter, by its value. */
async function statesBy(
  connection: AwsConnection,
  stateMachineArn: string,
  parameter: string,
): Promise<Map<string, string>> {
  const { definition } = await callAws<{ definition: string }>(
    connection,
    'states',
    'AWSStepFunctions.DescribeStateMachine',
    { stateMachineArn },
  );
  const states = new Map<string, string>();
  collectStates(JSON.parse(definition), parameter, states);
  return states;
}

function collectStates(node: unknown, parameter: string, states: Map<string, string>): void {
  if (typeof node !== 'object' || node === null) {
    return;
  }
  for (const [name, child] of Object.entries(node)) {
    const value = (child as { Parameters?: { [name: string]: unknown } } | null)?.Parameters?.[parameter];
    if (typeof value === 'string') {
      states.set(value, name);
    }
    collectStates(child, parameter, states);
  }
}

/** The cause of a failed task is the job run as JSON; what a person wants to know is its message. */
function reason(cause: string | undefined): string {
  try {
    const run = JSON.parse(cause ?? '') as { ErrorMessage?: string };
    return run.ErrorMessage ?? cause ?? '';
  } catch {
    return cause ?? 'no cause given';
  }
}
