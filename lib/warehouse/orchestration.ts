import { Duration, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { createFailureAlarm } from '../foundation/private/alarms';
import { StartSchedule } from '../foundation/private/start-schedule';
import type { Dashboards } from './dashboards';
import { type DbtProject, DbtStep } from './dbt-project';
import type { IIngestionSync } from './ingestion-sync';

/** A sync, and when it runs. */
export interface ScheduledSync {
  /** The sync. */
  readonly sync: IIngestionSync;

  /**
   * When it runs, and the models after it.
   *
   * @default - only on demand
   */
  readonly schedule?: ScheduleExpression;
}

/** Properties of an `Orchestration`. */
export interface OrchestrationProps {
  /** The syncs, in the order in which they are shown. Those that run by themselves are left out. */
  readonly syncs: ScheduledSync[];

  /** The models that are built from what was synced. */
  readonly dbt: DbtProject;

  /**
   * When the models are built without a sync before them, for sources that run by themselves.
   *
   * @default - only after a sync, or on demand
   */
  readonly buildSchedule?: ScheduleExpression;

  /**
   * The dashboards that are brought up to date at the end.
   *
   * @default - none
   */
  readonly dashboards?: Dashboards;

  /** The key for the log of the executions. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the state machine, unique in account and region.
   *
   * @default - CloudFormation makes one up
   */
  readonly pipelineName?: string;

  /**
   * After how long an execution is stopped, its turn included.
   *
   * @default Duration.hours(6)
   */
  readonly timeout?: Duration;

  /**
   * Who is told when an execution fails.
   *
   * @default - the topic of the dbt project
   */
  readonly alarmTopic?: sns.ITopic;
}

const TURN = Duration.seconds(30);

/**
 * Ingest, freshness, build, publish: a Step Functions state machine.
 *
 * Input: `{}` syncs every source, `{"sources": ["exchange_api"]}` those alone, `{"sources": []}` none. A sync that fails does not keep the others
 * from being built: the models follow with what there is, and the execution fails at its end. Executions wait for one
 * another, so that no two of them build at once.
 */
export class Orchestration extends Construct {
  /** The state machine. */
  readonly stateMachine: sfn.IStateMachine;

  /** Goes off when an execution fails or times out. */
  readonly failureAlarm: cloudwatch.IAlarm;

  private readonly syncs: ScheduledSync[];

  constructor(scope: Construct, id: string, props: OrchestrationProps) {
    super(scope, id);
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.syncs = props.syncs.filter(({ sync }) => !sync.runsByItself);
    this.validate(props.syncs);
    const stateMachine = new sfn.StateMachine(this, 'Resource', {
      stateMachineName: props.pipelineName,
      stateMachineType: sfn.StateMachineType.STANDARD,
      comment: 'Ingest, freshness, build, publish',
      definitionBody: sfn.DefinitionBody.fromChainable(this.definition(props)),
      timeout: props.timeout ?? Duration.hours(6),
      tracingEnabled: true,
      logs: {
        destination: this.logGroup(props.key, profile),
        level: sfn.LogLevel.ALL,
        includeExecutionData: true,
      },
      removalPolicy: profile.removalPolicy,
    });
    this.stateMachine = stateMachine;
    for (const { sync } of this.syncs) sync.grantRun(stateMachine);
    props.dbt.grantRun(stateMachine);
    props.dashboards?.grantRun(stateMachine);
    this.grantTurn(stateMachine);
    acknowledgeInlinePolicy(stateMachine);
    acknowledgeWildcards(
      stateMachine,
      ['*'],
      'The log delivery actions of CloudWatch Logs and the actions of X-Ray know no resources in IAM.',
    );
    this.failureAlarm = createFailureAlarm(this, stateMachine, props.alarmTopic ?? props.dbt.alarmTopic);
    this.scheduleSyncs(props.buildSchedule);
  }

  /** Lets the grantee start executions. */
  grantStartExecution(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['states:StartExecution'],
      resourceArns: [this.stateMachine.stateMachineArn],
    });
  }

  private validate(syncs: ScheduledSync[]): void {
    const names = syncs.map(({ sync }) => sync.sourceName);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new Error(`${this.node.path}: the source '${twice}' is synced twice; leave one out.`);
    const idle = syncs.find(({ sync, schedule }) => sync.runsByItself && schedule);
    if (idle) {
      throw new Error(
        `${this.node.path}: ${idle.sync.sourceName} runs by itself, so that nobody starts it on a schedule; leave the ` +
          'schedule out.',
      );
    }
  }

  private definition({ dbt, dashboards }: OrchestrationProps): sfn.IChainable {
    const build = dbt
      .runState(this, 'Freshness', DbtStep.FRESHNESS)
      .next(dbt.runState(this, 'Build', DbtStep.BUILD))
      .next(dbt.runState(this, 'PublishDocs', DbtStep.PUBLISH));
    const published = dashboards ? build.next(dashboards.runState(this, 'PublishDashboards')) : build;
    if (this.syncs.length === 0) return this.takeTurn(published);
    const failed = sfn.Condition.or(
      ...this.syncs.map((_, index) => sfn.Condition.isPresent(`$.syncs[${index}].failed`)),
    );
    published.next(
      new sfn.Choice(this, 'AllSynced')
        .when(
          failed,
          new sfn.Fail(this, 'SyncFailed', {
            error: 'SyncFailed',
            cause: 'A source could not be synced; the models were built with what there was. See the states Ingest*.',
          }),
        )
        .otherwise(new sfn.Succeed(this, 'Done')),
    );
    const ingest = new sfn.Parallel(this, 'Ingest', { resultPath: '$.syncs' });
    for (const { sync } of this.syncs) ingest.branch(this.branch(sync));
    ingest.next(build);
    return this.takeTurn(this.chooseSources(ingest, build));
  }

  /** Which sources the input names; all when it names none. */
  private chooseSources(ingest: sfn.Parallel, build: sfn.IChainable): sfn.IChainable {
    const names = this.syncs.map(({ sync }) => sync.sourceName);
    const every = (value: (name: string) => [string, unknown]) => ({
      asked: Object.fromEntries(names.map((name) => value(name))),
    });
    const some = new sfn.Pass(this, 'NamedSources', {
      parameters: every((name) => [`${name}.$`, `States.ArrayContains($.sources, '${name}')`]),
    });
    const unknown = new sfn.Fail(this, 'UnknownSources', {
      error: 'InvalidInput',
      cause: `Name some of these as "sources", or give {} for all: ${names.join(', ')}.`,
    });
    const asked = sfn.Condition.or(...names.map((name) => sfn.Condition.booleanEquals(`$.asked.${name}`, true)));
    return new sfn.Choice(this, 'WhichSources')
      .when(
        sfn.Condition.isPresent('$.sources[0]'),
        some.next(new sfn.Choice(this, 'KnownSources').when(asked, ingest).otherwise(unknown)),
      )
      .when(sfn.Condition.isPresent('$.sources'), build)
      .otherwise(new sfn.Pass(this, 'EverySource', { parameters: every((name) => [name, true]) }).next(ingest));
  }

  private branch(sync: IIngestionSync): sfn.IChainable {
    const { sourceName } = sync;
    const title = sourceName.replace(/(^|_)([a-z0-9])/g, (_match, _start, letter: string) => letter.toUpperCase());

    const skipped = new sfn.Pass(this, `${title}Skipped`, { parameters: { source: sourceName } });

    const failed = new sfn.Pass(this, `${title}Failed`, { parameters: { source: sourceName, 'failed.$': '$.Error' } });
    const run = sync.runState(this, `Ingest${title}`);
    run.addCatch(failed);
    // What it was told, $.asked, is of no use to the states that follow.

    run.next(new sfn.Pass(this, `${title}Synced`, { parameters: { source: sourceName } }));

    return new sfn.Choice(this, `${title}Asked`)
      .when(sfn.Condition.booleanEquals(`$.asked.${sourceName}`, true), run)
      .otherwise(skipped);
  }

  /**
   * Waits until no older execution is left. The list begins with the newest; its order settles who comes first.
   *
   * @see https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html (2026-11-28)
   */
  private takeTurn(work: sfn.IChainable): sfn.IChainable {
    const look = new sfn.CustomState(this, 'RunningExecutions', {
      stateJson: {
        Type: 'Task',
        Resource: `arn:${Stack.of(this).partition}:states:::aws-sdk:sfn:listExecutions`,
        Parameters: { 'StateMachineArn.$': '$$.StateMachine.Id', StatusFilter: 'RUNNING' },
        ResultSelector: {
          'oldest.$': 'States.ArrayGetItem($.Executions, States.MathAdd(States.ArrayLength($.Executions), -1))',
        },
        ResultPath: '$.running',
        TimeoutSeconds: 60,
      },
    });
    const wait = new sfn.Wait(this, 'WaitForTurn', { time: sfn.WaitTime.duration(TURN) });
    const turn = new sfn.Choice(this, 'Turn').when(
      sfn.Condition.stringEqualsJsonPath('$.running.oldest.ExecutionArn', '$$.Execution.Id'),
      work,
    );
    look.next(turn.otherwise(wait.next(look)));
    return look;
  }

  /** In a policy of its own, for the machine cannot wait for a policy that names it. */
  private grantTurn(stateMachine: sfn.StateMachine): void {
    const policy = new iam.Policy(this, 'TurnPolicy', {
      statements: [
        new iam.PolicyStatement({
          actions: ['states:ListExecutions'],
          resources: [stateMachine.stateMachineArn],
        }),
      ],
    });
    policy.attachToRole(stateMachine.role);
    acknowledgeInlinePolicy(policy);
  }

  private logGroup(key: IDataKey, profile: DeploymentProfile): logs.LogGroup {
    key.allowLogGroups();
    return new logs.LogGroup(this, 'Log', {
      encryptionKey: key.key,
      retention: profile.logRetention,
      removalPolicy: profile.removalPolicy,
    });
  }

  /** One schedule for each moment: sources that are due together are synced together. */
  private scheduleSyncs(buildSchedule?: ScheduleExpression): void {
    const due = new Map<string, { schedule: ScheduleExpression; sources: string[] }>();
    for (const { sync, schedule } of this.syncs) {
      if (!schedule) continue;
      const key = `${schedule.expressionString} ${schedule.timeZone?.timezoneName ?? ''}`;
      due.set(key, { schedule, sources: [...(due.get(key)?.sources ?? []), sync.sourceName] });
    }
    for (const { schedule, sources } of due.values()) {
      const description = `Syncs ${sources.join(', ')} and builds the models`;
      this.schedule(`Schedule-${sources.join('-')}`, description, schedule, sources);
    }
    if (buildSchedule) this.schedule('Schedule', 'Builds the models', buildSchedule, []);
  }

  private schedule(id: string, description: string, expression: ScheduleExpression, sources: string[]): void {
    new StartSchedule(this, id, {
      description,
      expression: expression.expressionString,
      timeZone: expression.timeZone?.timezoneName,
      targetArn: this.stateMachine.stateMachineArn,
      input: JSON.stringify({ sources }),
      grantStart: (grantee) => this.grantStartExecution(grantee),
    });
  }
}
