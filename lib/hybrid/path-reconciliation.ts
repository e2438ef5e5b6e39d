import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { HandlerFunction } from '../foundation/private/handler-function';
import { alarmText } from '../foundation/private/runbook';
import { StartSchedule } from '../foundation/private/start-schedule';
import type { IHotStore, ILakeTable, IQueryEndpoint } from '../ports';
import { sqlOf } from './private/sql-file';
import { storeEnvironment } from '../serving/private/store-environment';

/** Properties of a `PathReconciliation`. */
export interface PathReconciliationProps {
  /** The store that the real-time path fills: windows with `trade_count`, `total_volume` and `vwap`. */
  readonly store: IHotStore;

  /** Where the batch path is asked. */
  readonly queries: IQueryEndpoint;

  /** The tables that `windowsFile` reads, by the names that it has for them. */
  readonly tables: { [name: string]: ILakeTable };

  /**
   * Path of a file with the batch path's windows, in SQL. `${name}` stands for a table; `{from}`, `{to}` (milliseconds since
   * 1970) and `{grace_seconds}` are replaced. Its columns: symbol, window_start (milliseconds), trade_count, total_volume,
   * turnover (sum of price times quantity), late_count (trades that came when the window had been closed for the grace),
   * duplicate_count (messages that brought a trade again), processed_until (milliseconds: the first instant that the batch
   * path has not processed).
   */
  readonly windowsFile: string;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Length of a window.
   *
   * @default Duration.minutes(1)
   */
  readonly window?: Duration;

  /**
   * How long after its end a window still takes trades on the real-time path: its watermark's bound.
   *
   * @default Duration.minutes(5)
   */
  readonly grace?: Duration;

  /**
   * How far back each run looks.
   *
   * @default Duration.hours(24)
   */
  readonly lookBack?: Duration;

  /**
   * When the paths are compared.
   *
   * @default - on demand: the function is called
   */
  readonly schedule?: ScheduleExpression;

  /**
   * Whether windows that differ for good are overwritten in the store by those of the batch path.
   *
   * @default false
   */
  readonly repair?: boolean;

  /**
   * Percent of the windows that may differ before the alarm goes off, 0 to 100.
   *
   * @default 0
   */
  readonly maxDifferingPercent?: number;

  /**
   * Who is told.
   *
   * @default - the alarm has no action
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * The generation that is served while nobody has switched to another one.
   *
   * @default 1
   */
  readonly servedGeneration?: number;

  /**
   * How many windows of a symbol the store keeps.
   *
   * @default 1440
   */
  readonly windowsKept?: number;
}

const NAMESPACE = 'DataPatterns/Hybrid';

// Of 4 KB for all variables: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html (not read)
const LONGEST_QUERY = 3000;

/**
 * Measures what two paths make of the same trades: a function that compares each closed window of the hot store with the
 * batch path's, publishes how many differ and why, and repairs the store when it is told to.
 *
 * A window differs because trades came too late for the real-time path (late), were lost on it (dropped), counted twice
 * (duplicate), changed since (revised), or because one of the paths has not come so far (not yet processed, which counts
 * as no difference). A repair takes the place of exactly what was compared: a window that a newer message has changed
 * meanwhile is left alone, and a newer message replaces a repaired window as any other.
 *
 * @see docs/hybrids.md
 */
export class PathReconciliation extends Construct {
  /** Name of the function: called with `{}` or `{"from", "to", "repair"}`, it answers with what it found. */
  readonly functionName: string;

  /** Goes off when more windows differ than `maxDifferingPercent`. */
  readonly alarm: cloudwatch.IAlarm;

  private readonly handler: HandlerFunction;
  private readonly query: string;

  // eslint-disable-next-line awscdk/no-unused-props -- its own methods take them
  constructor(scope: Construct, id: string, props: PathReconciliationProps) {
    super(scope, id);
    this.query = sqlOf(this, props.windowsFile, props.tables);
    this.validate(props);
    this.handler = this.createHandler(props);
    this.functionName = this.handler.function.functionName;
    this.grantComparison(props);
    this.alarm = this.createAlarm(props);
    if (props.schedule) {
      new StartSchedule(this, 'Schedule', {
        description: `Compares the two paths of ${this.node.path}`,
        expression: props.schedule.expressionString,
        timeZone: props.schedule.timeZone?.timezoneName,
        targetArn: this.handler.function.functionArn,
        input: '{}',
        grantStart: (grantee) => this.grantInvoke(grantee),
      });
    }
  }

  /** Lets the grantee compare and repair. */
  grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.handler.function.functionArn],
    });
  }

  /** Percent of the compared windows that differ for good. */
  metricDifferingShare(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('DifferingShare', { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /** Number of windows that were repaired. */
  metricWindowsRepaired(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric('WindowsRepaired', { statistic: cloudwatch.Stats.SUM, ...options });
  }

  private metric(metricName: string, options: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName,
      dimensionsMap: { Reconciliation: this.node.path },
      period: Duration.minutes(5),
      ...options,
    }).attachTo(this);
  }

  private validate(props: PathReconciliationProps): void {
    const { maxDifferingPercent = 0, tables } = props;
    const { window, lookBack } = this.durations(props);
    if (!(maxDifferingPercent >= 0 && maxDifferingPercent <= 100)) {
      throw new Error(`${this.node.path}: maxDifferingPercent is ${maxDifferingPercent}; give a percentage, 0 to 100.`);
    }
    const missing = ['{from}', '{to}', '{grace_seconds}'].find((name) => !this.query.includes(name));
    if (missing !== undefined) {
      throw new Error(
        `${this.node.path}: ${props.windowsFile} does not use ${missing}; every run would read everything.`,
      );
    }
    if (Buffer.byteLength(this.query) > LONGEST_QUERY) {
      throw new Error(
        `${this.node.path}: ${props.windowsFile} has more than ${LONGEST_QUERY} bytes without its comments, which Lambda has ` +
          'no room for in the environment of a function; make parts of it views.',
      );
    }
    if (Object.keys(tables).length === 0) {
      throw new Error(`${this.node.path}: tables is empty; name those that windowsFile reads.`);
    }
    if (lookBack.toSeconds() < window.toSeconds()) {
      throw new Error(`${this.node.path}: lookBack is shorter than a window; look back over one at least.`);
    }
  }

  private durations({ window, grace, lookBack }: PathReconciliationProps) {
    return {
      window: window ?? Duration.minutes(1),
      grace: grace ?? Duration.minutes(5),
      lookBack: lookBack ?? Duration.hours(24),
    };
  }

  private createHandler(props: PathReconciliationProps): HandlerFunction {
    const { store, queries } = props;
    const { window, grace, lookBack } = this.durations(props);
    return new HandlerFunction(this, 'Handler', {
      handler: 'path-reconciliation',
      description: 'Compares the windows of the hot store with those of the batch path',
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key: props.key,
      network: store.network,
      timeout: Duration.minutes(10),
      memorySize: 1024,
      caller: {
        withoutQueue: 'The next run compares the same windows again.',
        withoutConcurrency: 'A schedule calls it, now and then a person; two at once write what is the same.',
      },
      environment: {
        ...storeEnvironment(store, store.writerName),
        NAMESPACE,
        RECONCILIATION: this.node.path,
        WORKGROUP: queries.workgroupName,
        QUERY: this.query,
        WINDOW_SECONDS: String(window.toSeconds()),
        GRACE_SECONDS: String(grace.toSeconds()),
        LOOK_BACK_SECONDS: String(lookBack.toSeconds()),
        REPAIR: String(props.repair ?? false),
        SERVED_GENERATION: String(props.servedGeneration ?? 1),
        WINDOWS_KEPT: String(props.windowsKept ?? 1440),
      },
    });
  }

  private grantComparison({ store, queries, tables }: PathReconciliationProps): void {
    store.grantReadWrite(this.handler);
    store.connections.allowDefaultPortFrom(this.handler, 'Comparison of the two paths');
    queries.grantQuery(this.handler);
    for (const table of Object.values(tables)) table.grantRead(this.handler);
    store.network.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.ATHENA);
  }

  private createAlarm({ maxDifferingPercent = 0, alarmTopic }: PathReconciliationProps): cloudwatch.Alarm {
    const alarm = new cloudwatch.Alarm(this, 'Alarm', {
      alarmDescription: alarmText(
        `More than ${maxDifferingPercent} % of the windows differ between the real-time and the batch path.`,
        'paths-differ',
      ),
      metric: this.metricDifferingShare(),
      threshold: maxDifferingPercent,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Between two runs there are no data: what the last one found holds on.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
    if (alarmTopic) alarm.addAlarmAction(new SnsAction(alarmTopic));
    return alarm;
  }
}
