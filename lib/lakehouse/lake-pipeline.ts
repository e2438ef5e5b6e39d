import { Duration } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import type { ILakeGround } from './lake-ground';
import { jobStep, stepTimeout } from './private/job-step';
import { createAlarmTopic, createFailureAlarm } from '../foundation/private/alarms';
import { StartSchedule } from '../foundation/private/start-schedule';
import type { SparkJob } from './spark-job';

/** Properties of a `LakePipeline`. */
export interface LakePipelineProps {
  /** The lake; its key encrypts logs and alarms of the pipeline. */
  readonly lake: ILakeGround;

  /** Brings silver up to date with bronze; judges invalid rows again when it is given `--from_date` and `--to_date`. */
  readonly silver: SparkJob;

  /** Fails when silver must not be published. */
  readonly qualityGate: SparkJob;

  /** Brings gold up to date with silver; understands `--from_date` and `--to_date`. */
  readonly gold: SparkJob;

  /**
   * Name of the state machine, unique in account and region.
   *
   * @default - CloudFormation makes one up
   */
  readonly pipelineName?: string;

  /**
   * When the pipeline runs by itself.
   *
   * @default - only on demand
   */
  readonly schedule?: ScheduleExpression;

  /**
   * How often a step that failed is tried again. The quality gate is not: the same rows fail it again.
   *
   * @default 1
   */
  readonly retries?: number;

  /**
   * How long to wait before the first of these retries; twice as long before each further one.
   *
   * @default Duration.minutes(1)
   */
  readonly retryInterval?: Duration;

  /**
   * Who is told when an execution fails.
   *
   * @default - a new topic, encrypted with the lake's key, without subscribers
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * The page that tells what to do about a failed execution, under the anchor `pipeline-failed`.
   *
   * @default - docs/runbook.md of this library
   */
  readonly runbookUrl?: string;

  /**
   * How long the log of the executions is kept.
   *
   * @default - 14 days in a sandbox, a year in production
   */
  readonly logRetention?: logs.RetentionDays;
}

const INVALID_INPUT = 'InvalidInput';

/**
 * Silver, quality gate, gold: a Step Functions state machine that runs the three jobs one after the other.
 *
 * Input: `{}` brings gold up to date; `{"from": "2026-01-01", "to": "2026-01-31"}` recomputes these days of gold, both
 * included. One without the other is an error before anything runs. `{"reevaluate": {"from": ..., "to": ...}}` has silver
 * judge again what was invalid among the rows that arrived on these days (UTC), and gold follow.
 *
 * A failed execution can be redriven: Step Functions goes on at the step that failed. Each step can be repeated: it
 * commits at once or not at all, and a repeated one has nothing left to do.
 *
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
 */
export class LakePipeline extends Construct {
  /** The state machine. */
  public readonly stateMachine: sfn.IStateMachine;

  /** Who is told when an execution fails. */
  public readonly alarmTopic: sns.ITopic;

  /** Goes off when an execution fails or times out. */
  public readonly failureAlarm: cloudwatch.IAlarm;

  private readonly steps: SparkJob[];

  constructor(scope: Construct, id: string, props: LakePipelineProps) {
    super(scope, id);
    this.steps = [props.silver, props.qualityGate, props.gold];
    this.stateMachine = new sfn.StateMachine(this, 'Resource', {
      stateMachineName: props.pipelineName,
      stateMachineType: sfn.StateMachineType.STANDARD,
      comment: 'Silver, quality gate, gold',
      definitionBody: sfn.DefinitionBody.fromChainable(this.definition(props)),
      timeout: this.timeout(props.retries ?? 1),
      tracingEnabled: true,
      logs: { destination: this.logGroup(props), level: sfn.LogLevel.ALL, includeExecutionData: true },
      removalPolicy: props.lake.profile.removalPolicy,
    });
    // https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html#glue-iam (2026-11-23), narrowed to the jobs
    for (const job of this.steps) job.grantRun(this.stateMachine);
    acknowledgeInlinePolicy(this.stateMachine);
    acknowledgeWildcards(
      this.stateMachine,
      ['*'],
      'The log delivery actions of CloudWatch Logs and the actions of X-Ray know no resources in IAM.',
    );
    this.alarmTopic = props.alarmTopic ?? createAlarmTopic(this, props.lake.key);
    this.failureAlarm = createFailureAlarm(this, this.stateMachine, this.alarmTopic, props.runbookUrl);
    if (props.schedule) this.runOn(props.schedule);
  }

  /** Lets the grantee start executions, with or without a range of days. */
  public grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['states:StartExecution'],
      resourceArns: [this.stateMachine.stateMachineArn],
    });
  }

  private definition(props: LakePipelineProps): sfn.IChainable {
    const retries = props.retries ?? 1;
    const interval = props.retryInterval ?? Duration.minutes(1);
    const again = { retries, interval };
    const steps = jobStep(this, 'Silver', props.silver, again, '$.silverArguments')
      .next(jobStep(this, 'QualityGate', props.qualityGate, { retries: 0, interval }))
      .next(jobStep(this, 'Gold', props.gold, again, '$.goldArguments'));
    // ASL knows no dates, so this only keeps out what cannot be one; the job checks the calendar.
    const isDay = (path: string) =>
      sfn.Condition.and(
        sfn.Condition.isPresent(path),
        sfn.Condition.isString(path),
        sfn.Condition.stringMatches(path, '*-*-*'),
      );
    const isRange = (path: string) => sfn.Condition.and(isDay(`${path}.from`), isDay(`${path}.to`));
    const range = (path: string) => ({ '--from_date.$': `${path}.from`, '--to_date.$': `${path}.to` });
    const prepare = (id: string, comment: string, silverArguments: object, goldArguments: object) =>
      new sfn.Pass(this, id, { comment, parameters: { silverArguments, goldArguments } }).next(steps);
    const invalid = new sfn.Fail(this, 'InvalidRange', {
      error: INVALID_INPUT,
      cause:
        'Give both days, {"from": "YYYY-MM-DD", "to": "YYYY-MM-DD"}, alone or as "reevaluate", or none of them: {}.',
    });
    const { isPresent } = sfn.Condition;
    return new sfn.Choice(this, 'HasRange')
      .when(
        sfn.Condition.and(isPresent('$.reevaluate'), isRange('$.reevaluate')),
        prepare('Reevaluation', 'Silver judges again what was invalid of these days', range('$.reevaluate'), {}),
      )
      .when(isPresent('$.reevaluate'), invalid)
      .when(isRange('$'), prepare('WholeRange', 'Gold is recomputed for these days', {}, range('$')))
      .when(sfn.Condition.or(isPresent('$.from'), isPresent('$.to')), invalid)
      .otherwise(prepare('UpToDate', 'Gold is recomputed where silver has changed', {}, {}));
  }

  /** Room for every step with all its retries, so that only a hanging execution ever meets it. */
  private timeout(retries: number): Duration {
    const minutes = this.steps.map((job) => stepTimeout(job).toMinutes()).reduce((sum, step) => sum + step, 0);
    return Duration.minutes(minutes * (retries + 1));
  }

  private logGroup(props: LakePipelineProps): logs.LogGroup {
    props.lake.key.allowLogGroups();
    return new logs.LogGroup(this, 'Log', {
      encryptionKey: props.lake.key.key,
      retention: props.logRetention ?? props.lake.profile.logRetention,
      removalPolicy: props.lake.profile.removalPolicy,
    });
  }

  private runOn(schedule: ScheduleExpression): void {
    new StartSchedule(this, 'Schedule', {
      description: `Starts the pipeline ${this.node.path}`,
      expression: schedule.expressionString,
      timeZone: schedule.timeZone?.timezoneName,
      targetArn: this.stateMachine.stateMachineArn,
      input: '{}',
      grantStart: (grantee) => this.grantStartExecution(grantee),
    });
  }
}
