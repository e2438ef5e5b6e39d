import { Duration, Size } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';
import { alarmText } from '../foundation/private/runbook';
import type { ILakeTable, IWarehouse } from '../ports';
import { type IIngestionSync, type TaskPlatform, Warehouse } from '../warehouse';
import { FargateTask } from '../warehouse/private/fargate-task';
import { Loading } from '../warehouse/private/loading';
import { requireClients } from '../warehouse/private/require-clients';

/** How the rows of the lake are read in the warehouse; docs/hybrids.md weighs the two. */
export enum SilverSyncMode {
  /**
   * An external schema over the Glue catalog: the warehouse reads the lake's files at every query. Nothing is behind and
   * nothing is stored twice; every query pays for the reading. Redshift only.
   */
  ZERO_COPY = 'ZERO_COPY',
  /** A copy that follows the table commit by commit. Queries are the warehouse's own; the copy is behind until a sync. */
  INCREMENTAL_COPY = 'INCREMENTAL_COPY',
}

/** Properties of a `SilverSync`. */
export interface SilverSyncProps {
  /** The Iceberg table of the lake. A copy follows best what is written copy-on-write. */
  readonly table: ILakeTable;

  /**
   * The columns that together identify a row. A row that lacks one of them is told apart by what it holds.
   */
  readonly key: string[];

  /** The warehouse. */
  readonly warehouse: IWarehouse;

  /** Cluster, image and bucket of the task that copies. */
  readonly platform: TaskPlatform;

  /**
   * Whether the rows are copied.
   *
   * @default SilverSyncMode.INCREMENTAL_COPY
   */
  readonly mode?: SilverSyncMode;

  /**
   * The schema of the warehouse that the table appears in, under its own name. For a copy it is one of the warehouse's
   * raw schemas; one without a copy is made here.
   *
   * @default 'lake'
   */
  readonly dataset?: string;

  /**
   * How long a commit of the lake may wait for its copy before the alarm goes off, 24 hours at most.
   *
   * @default Duration.hours(2)
   */
  readonly maxLag?: Duration;

  /**
   * Who is told when the copy is behind.
   *
   * @default - the alarms have no action
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * Processor of the task in units of 1/1024 vCPU, of those that Fargate offers with the memory.
   *
   * @default 1024
   */
  readonly cpu?: number;

  /**
   * Memory of the task: the files of a day's partition that a commit rewrites have to fit, before and after it.
   *
   * @default Size.gibibytes(4)
   */
  readonly memory?: Size;

  /**
   * After how long a run is stopped; the next one goes on from the last commit that was copied.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;
}

const COMMAND = ['python', '-m', 'warehouse_tasks.silver_sync'];
const NAMESPACE = 'DataPatterns/Hybrid';
const COLUMN_NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Brings a table of the lake to the warehouse, for dbt to go on from. It is a source among others: an `Orchestration`
 * runs it before the models.
 *
 * A copy follows the table's snapshots: rows that a commit brought, corrected or deleted are changed in the warehouse in
 * one transaction with the position, so that each commit is there wholly and once.
 *
 * @see docs/hybrids.md
 */
export class SilverSync extends Construct implements IIngestionSync {
  readonly sourceName: string;
  readonly dataset: string;
  readonly runsByItself: boolean;

  /**
   * ARN of the task definition.
   *
   * @default - nothing is copied
   */
  readonly taskDefinitionArn?: string;

  /**
   * Goes off when the copy is behind by more than `maxLag`.
   *
   * @default - nothing is copied, so nothing is behind
   */
  readonly lagAlarm?: cloudwatch.IAlarm;

  /**
   * Goes off when no sync has begun for `maxLag`.
   *
   * @default - nothing is copied
   */
  readonly silenceAlarm?: cloudwatch.IAlarm;

  private readonly task?: FargateTask;
  private readonly dimensionsMap: { [name: string]: string };

  constructor(scope: Construct, id: string, props: SilverSyncProps) {
    super(scope, id);
    const maxLag = props.maxLag ?? Duration.hours(2);
    this.validate(props, maxLag);
    const { table } = props;
    this.sourceName = table.tableName;
    this.dataset = props.dataset ?? 'lake';
    this.dimensionsMap = { Table: `${table.databaseName}.${table.tableName}` };
    this.runsByItself = props.mode === SilverSyncMode.ZERO_COPY;
    if (this.runsByItself) {
      this.readInPlace(props);
      return;
    }
    this.task = this.createTask(props);
    this.taskDefinitionArn = this.task.taskDefinitionArn;
    this.lagAlarm = this.createLagAlarm(maxLag, props.alarmTopic);
    this.silenceAlarm = this.createSilenceAlarm(maxLag, props.alarmTopic);
  }

  runState(scope: Construct, id: string): sfn.CustomState {
    if (!this.task) {
      throw new Error(`${this.node.path}: nothing is copied, so nothing runs; leave it out of the orchestration.`);
    }
    return this.task.runState(scope, id);
  }

  grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.task?.grantRun(grantee) ?? iam.Grant.drop(grantee, `${this.node.path} copies nothing`);
  }

  /** Seconds that the oldest commit without a copy had waited as a sync began; 0 when there was none. */
  metricLag(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: NAMESPACE,
      metricName: 'LagSeconds',
      dimensionsMap: this.dimensionsMap,
      statistic: cloudwatch.Stats.MAXIMUM,
      period: Duration.minutes(5),
      ...options,
    }).attachTo(this);
  }

  private validate({ key, mode, warehouse }: SilverSyncProps, maxLag: Duration): void {
    if (key.length === 0) {
      throw new Error(`${this.node.path}: key is empty; name the columns that identify a row.`);
    }
    const odd = key.find((column) => !COLUMN_NAME.test(column));
    if (odd !== undefined) {
      throw new Error(`${this.node.path}: key names '${odd}'; columns are lower-case letters, digits and underscores.`);
    }
    const hours = maxLag.toHours({ integral: false });
    if (!Number.isInteger(hours) || hours < 1 || hours > 24) {
      throw new Error(`${this.node.path}: maxLag is ${maxLag.toHumanString()}; give whole hours, 1 to 24.`);
    }
    if (mode === SilverSyncMode.ZERO_COPY && !(warehouse instanceof Warehouse)) {
      throw new Error(
        `${this.node.path}: only Redshift reads the lake in place, and the warehouse is ${warehouse.engine}; use ` +
          'SilverSyncMode.INCREMENTAL_COPY.',
      );
    }
  }

  private readInPlace({ table, warehouse }: SilverSyncProps): void {
    const redshift = warehouse as Warehouse;
    const schema = redshift.addExternalSchema(this.dataset, table.databaseName);
    if (redshift.copyRole) table.grantRead(redshift.copyRole).applyBefore(schema as Construct);
  }

  private createTask(props: SilverSyncProps): FargateTask {
    const { table, warehouse, platform } = props;
    requireClients(this, warehouse);
    const loading = new Loading(platform, warehouse, this.sourceName);
    const task = new FargateTask(this, 'Task', {
      platform,
      command: COMMAND,
      environment: {
        ...loading.environment,
        SILVER_SYNC: JSON.stringify({
          database: table.databaseName,
          table: table.tableName,
          dataset: this.dataset,
          key: props.key,
          namespace: NAMESPACE,
        }),
      },
      size: { cpu: props.cpu ?? 1024, memoryMiB: (props.memory ?? Size.gibibytes(4)).toMebibytes() },
      timeout: props.timeout ?? Duration.hours(1),
    });
    table.grantRead(task);
    loading.grantStaging(task);
    loading.grantLoad(task);
    acknowledgeWildcards(
      task,
      ['*'],
      'PutMetricData knows no resources in IAM; a condition holds it to one namespace.',
    );
    iam.Grant.addToPrincipal({
      grantee: task,
      actions: ['cloudwatch:PutMetricData'],
      resourceArns: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': NAMESPACE } },
    });
    return task;
  }

  private createLagAlarm(maxLag: Duration, topic?: sns.ITopic): cloudwatch.Alarm {
    return this.alarm('LagAlarm', topic, {
      alarmDescription: `A commit of ${this.dimensionsMap.Table} waited for more than ${maxLag.toHumanString()} for the warehouse.`,
      metric: this.metricLag(),
      threshold: maxLag.toSeconds(),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      // Between two syncs there are no data: what the last one found holds on.
      treatMissingData: cloudwatch.TreatMissingData.IGNORE,
    });
  }

  private createSilenceAlarm(maxLag: Duration, topic?: sns.ITopic): cloudwatch.Alarm {
    return this.alarm('SilenceAlarm', topic, {
      alarmDescription: `No sync of ${this.dimensionsMap.Table} has begun for ${maxLag.toHumanString()}.`,
      metric: this.metricLag({ statistic: cloudwatch.Stats.SAMPLE_COUNT, period: Duration.hours(1) }),
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: maxLag.toHours(),
      // A sync that never begins publishes nothing, which is just what this is about.
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
  }

  private alarm(
    id: string,
    topic: sns.ITopic | undefined,
    props: cloudwatch.AlarmProps & { readonly alarmDescription: string },
  ): cloudwatch.Alarm {
    const alarmDescription = alarmText(props.alarmDescription, 'warehouse-is-behind');
    const alarm = new cloudwatch.Alarm(this, id, { ...props, alarmDescription });
    if (topic) alarm.addAlarmAction(new SnsAction(topic));
    return alarm;
  }
}
