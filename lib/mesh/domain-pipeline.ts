import { Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { createFailureAlarm } from '../foundation/private/alarms';
import { StartSchedule } from '../foundation/private/start-schedule';
import type { SparkJob } from '../lakehouse';
import { jobStep, stepTimeout } from '../lakehouse/private/job-step';
import type { DataDomain } from './data-domain';

/** Properties of a `DomainPipeline`. */
export interface DomainPipelineProps {
  /** The domain whose products are computed. */
  readonly domain: DataDomain;

  /** The jobs in the order in which they run: those that bring data in, then each product after what it is made of. */
  readonly jobs: SparkJob[];

  /**
   * When it runs; the domain's own business.
   *
   * @default - when somebody starts it
   */
  readonly schedule?: ScheduleExpression;
}

const RETRIES = { retries: 1, interval: Duration.minutes(1) };

/**
 * Computes the products of one domain, one job after the other, whenever the domain wants. Who reads another domain's
 * products reads what is there: no pipeline waits for, starts or knows one of another domain.
 *
 * A failed execution can be redriven: it goes on at the step that failed.
 */
export class DomainPipeline extends Construct {
  /** The state machine. */
  public readonly stateMachine: sfn.IStateMachine;

  /** Goes off when an execution fails or times out; the domain hears it. */
  public readonly failureAlarm: cloudwatch.IAlarm;

  constructor(scope: Construct, id: string, props: DomainPipelineProps) {
    super(scope, id);
    const { domain, jobs, schedule } = props;
    if (jobs.length === 0) throw new Error(`${this.node.path}: has no jobs; give it one at least.`);
    const minutes = jobs.reduce((sum, job) => sum + stepTimeout(job).toMinutes(), 0);
    this.stateMachine = new sfn.StateMachine(this, 'Resource', {
      comment: `Products of the domain ${domain.domainName}`,
      definitionBody: sfn.DefinitionBody.fromChainable(this.chain(jobs)),
      timeout: Duration.minutes(minutes * (RETRIES.retries + 1)),
      tracingEnabled: true,
      logs: { destination: this.logGroup(domain), level: sfn.LogLevel.ALL, includeExecutionData: true },
      removalPolicy: domain.profile.removalPolicy,
    });
    for (const job of jobs) job.grantRun(this.stateMachine);
    acknowledgeInlinePolicy(this.stateMachine);
    acknowledgeWildcards(
      this.stateMachine,
      ['*'],
      'The log delivery actions of CloudWatch Logs and the actions of X-Ray know no resources in IAM.',
    );
    this.failureAlarm = createFailureAlarm(this, this.stateMachine, domain.alarmTopic);
    if (schedule) this.runOn(schedule);
  }

  private chain(jobs: readonly SparkJob[]): sfn.IChainable {
    const [first, ...others] = jobs.map((job) => jobStep(this, stateName(job), job, RETRIES));
    return others.reduce<sfn.Chain>((chain, step) => chain.next(step), sfn.Chain.start(first));
  }

  private logGroup({ key, profile }: DataDomain): logs.LogGroup {
    key.allowLogGroups();
    return new logs.LogGroup(this, 'Log', {
      encryptionKey: key.key,
      retention: profile.logRetention,
      removalPolicy: profile.removalPolicy,
    });
  }

  private runOn(schedule: ScheduleExpression): void {
    new StartSchedule(this, 'Schedule', {
      description: `Starts the pipeline ${this.node.path}`,
      expression: schedule.expressionString,
      timeZone: schedule.timeZone?.timezoneName,
      targetArn: this.stateMachine.stateMachineArn,
      input: '{}',
      grantStart: (grantee) =>
        iam.Grant.addToPrincipal({
          grantee,
          actions: ['states:StartExecution'],
          resourceArns: [this.stateMachine.stateMachineArn],
        }),
    });
  }
}

/** Where the job stands in its stack, as people read it in the console: `Quotes arrivals`; a product's job is called as the product. */
function stateName(job: SparkJob): string {
  const { scopes } = job.node;
  const ids = scopes.slice(scopes.indexOf(Stack.of(job)) + 1).map(({ node }) => node.id);
  const named = ids.length > 1 && ids[ids.length - 1] === 'Job' ? ids.slice(0, -1) : ids;
  return named.join(' ').replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
