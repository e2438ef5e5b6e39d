import { Duration, Stack } from 'aws-cdk-lib';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { SparkJob } from '../spark-job';

// Errors of Glue's API, not of the job: it is busy with another run, or throttles.
// https://docs.aws.amazon.com/glue/latest/webapi/API_StartJobRun.html#API_StartJobRun_Errors (2026-11-23)
const TRANSIENT_ERRORS = [
  'Glue.ConcurrentRunsExceededException',
  'Glue.InternalServiceException',
  'Glue.OperationTimeoutException',
  'Glue.ResourceNumberLimitExceededException',
  'Glue.ThrottlingException',
];
// Of a job without a timeout of its own.
const DEFAULT_STEP_TIMEOUT = Duration.hours(1);
// Beside a job's own timeout, for the start of its workers.
const START_UP = Duration.minutes(15);

/** How often a step that has failed is tried again, and after how long. */
export interface StepRetries {
  readonly retries: number;
  readonly interval: Duration;
}

/**
 * Runs a job and waits for its end. Written as ASL, because `tasks.GlueStartJobRun` makes of `taskTimeout` the timeout
 * of the job run, and leaves the state without one.
 *
 * @param runArguments path of the arguments of the run in the state's input; none when left out
 */
export function jobStep(
  scope: Construct,
  id: string,
  job: SparkJob,
  { retries, interval }: StepRetries,
  runArguments?: string,
): sfn.CustomState {
  // eslint-disable-next-line awscdk/require-passing-this, awscdk/no-variable-construct-id -- stands in the scope of its caller
  const task = new sfn.CustomState(scope, id, {
    stateJson: {
      Type: 'Task',
      Resource: `arn:${Stack.of(scope).partition}:states:::glue:startJobRun.sync`,
      Parameters: { JobName: job.jobName, ...(runArguments ? { 'Arguments.$': runArguments } : {}) },
      ResultPath: sfn.JsonPath.DISCARD,
      TimeoutSeconds: stepTimeout(job).toSeconds(),
    },
  });
  task.addRetry({
    errors: TRANSIENT_ERRORS,
    interval: Duration.seconds(30),
    backoffRate: 2,
    maxAttempts: 5,
    maxDelay: Duration.minutes(5),
    jitterStrategy: sfn.JitterType.FULL,
  });
  if (retries > 0) {
    task.addRetry({ errors: [sfn.Errors.TASKS_FAILED], interval, backoffRate: 2, maxAttempts: retries });
  }
  return task;
}

/** How long a step may take, with the start of its workers. */
export function stepTimeout(job: SparkJob): Duration {
  return (job.timeout ?? DEFAULT_STEP_TIMEOUT).plus(START_UP);
}
