import { Duration, Lazy, Names, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import type { IDataNetwork } from '../foundation';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import type { ILakeGround } from './lake-ground';
import { JobLogs } from './private/job-logs';
import { JobNetwork } from './private/job-network';
import { rateOf, StartSchedule } from '../foundation/private/start-schedule';
import { chainedConf, lakeSparkConf } from './private/spark-conf';
import { fileAsset, grantAssetRead } from '../foundation/private/assets';
import { SparkWorker } from './spark-worker';

/** How a Spark job runs. */
export enum SparkJobMode {
  /** Runs to its end (Glue's `glueetl`). */
  BATCH = 'glueetl',
  /** Reads a stream, until it is stopped or has caught up (Glue's `gluestreaming`). */
  STREAMING = 'gluestreaming',
}

/** What every Spark job can be given. */
export interface SparkJobOptions {
  /** The lake whose tables the job works on; its key encrypts what the job writes and logs. */
  readonly lake: ILakeGround;

  /**
   * Name of the job, unique in account and region.
   *
   * @default - CloudFormation makes one up
   */
  readonly jobName?: string;

  /**
   * What the job does, for people who read the console.
   *
   * @default - none
   */
  readonly description?: string;

  /**
   * The machine of a worker.
   *
   * @default SparkWorker.G_1X
   */
  readonly worker?: SparkWorker;

  /**
   * Number of workers, the driver included; the most there may be while auto scaling is on. At least 2.
   *
   * @default 2
   */
  readonly workerCount?: number;

  /**
   * Whether Glue adds and removes workers as Spark needs them.
   *
   * @default true
   */
  readonly autoScaling?: boolean;

  /**
   * After how long a run is stopped. Less than 7 days.
   *
   * @default - 1 hour in batch; a streaming job has none, and Glue restarts it after 7 days
   */
  readonly timeout?: Duration;

  /**
   * How often Glue itself starts a failed run again.
   *
   * @default 0
   */
  readonly maxRetries?: number;

  /**
   * How many runs may be at work at the same time. With 1, what a run commits is never overtaken by another one.
   *
   * @default 1
   */
  readonly maxConcurrentRuns?: number;

  /**
   * When Glue may restart a streaming job, as weekday and hour in GMT: `Sun:3`.
   *
   * @default - 7 days after the start of the run
   * @see https://docs.aws.amazon.com/glue/latest/dg/glue-streaming-maintenance.html
   */
  readonly maintenanceWindow?: string;

  /**
   * The network that the workers stand in.
   *
   * @default - none: the job reaches AWS services and the internet
   */
  readonly network?: IDataNetwork;

  /**
   * Further Spark settings; they win over the library's. Values without blanks.
   *
   * @default - none
   */
  readonly sparkConf?: { [name: string]: string };

  /**
   * Further arguments of the job, by their full name (`--name`); they win over the library's. Spark settings, jars and
   * Python files have props of their own.
   *
   * @default - none
   * @see https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html
   */
  readonly defaultArguments?: { [name: string]: string };

  /**
   * Jars besides those of Glue, as `s3://` URLs. The role must be able to read them.
   *
   * @default - none
   */
  readonly extraJars?: string[];

  /**
   * Python modules and zips of modules for the script, as `s3://` URLs. The role must be able to read them.
   *
   * @default - none
   */
  readonly extraPythonFiles?: string[];

  /**
   * A Glue security configuration that exists already.
   *
   * @default - one of its own, with the lake's key
   */
  readonly securityConfigurationName?: string;

  /**
   * The role of the job. Grants are added to it.
   *
   * @default - a role of its own with what this job needs
   */
  readonly role?: iam.IRole;

  /**
   * How long the logs are kept.
   *
   * @default - 14 days in a sandbox, a year in production
   */
  readonly logRetention?: logs.RetentionDays;
}

/** Properties of a `SparkJob`. */
export interface SparkJobProps extends SparkJobOptions {
  /** Path of the Python script. It becomes an asset. */
  readonly script: string;

  /**
   * How the job runs.
   *
   * @default SparkJobMode.BATCH
   */
  readonly mode?: SparkJobMode;
}

const GLUE_VERSION = '5.1';
const MINUTES_OF_SEVEN_DAYS = 7 * 24 * 60;

// Arguments that several parts of a job contribute to, with the prop that contributes too.
const SHARED_ARGUMENTS: Record<string, string> = {
  '--conf': 'sparkConf',
  '--extra-jars': 'extraJars',
  '--extra-py-files': 'extraPythonFiles',
};

/**
 * A Spark job on AWS Glue 5.1, whose sessions know the tables of the lake by their plain names (`silver.trades`).
 *
 * Glue 5.1 is Spark 3.5.6, Python 3.11, Java 17 and Iceberg 1.10.0.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/migrating-version-51.html (2026-11-23)
 */
export class SparkJob extends Construct implements iam.IGrantable, ec2.IConnectable {
  /** Name of the job. */
  public readonly jobName: string;

  /** ARN of the job. */
  public readonly jobArn: string;

  /** The role that the job runs under. */
  public readonly role: iam.IRole;

  /** The role that the job runs under. */
  public readonly grantPrincipal: iam.IPrincipal;

  /** Where the job stands in a network; connecting a job that stands in none is an error. */
  public readonly connections: ec2.Connections;

  /** After how long a run is stopped; undefined for a streaming job without a limit. */
  public readonly timeout?: Duration;

  /** The lake whose tables the job works on. */
  protected readonly lake: ILakeGround;

  private readonly ownArguments: Record<string, string> = {};
  private readonly ownConf: Record<string, string> = {};
  private readonly pythonFiles: string[];

  constructor(scope: Construct, id: string, props: SparkJobProps) {
    super(scope, id);
    this.lake = props.lake;
    const mode = props.mode ?? SparkJobMode.BATCH;
    this.timeout = props.timeout ?? (mode === SparkJobMode.BATCH ? Duration.hours(1) : undefined);
    this.validate(props, mode);
    this.pythonFiles = [...(props.extraPythonFiles ?? [])];

    this.role = props.role ?? this.createRole();
    this.grantPrincipal = this.role.grantPrincipal;
    const script = fileAsset(this, 'Script', props.script, 'script');
    const jobLogs = new JobLogs(this, 'Logs', {
      key: this.lake.key,
      profile: this.lake.profile,
      retention: props.logRetention,
    });
    const network = props.network ? new JobNetwork(this, 'Network', { network: props.network }) : undefined;
    this.connections = network?.securityGroup.connections ?? new ec2.Connections();
    this.grantRuntime(script, jobLogs, network);

    const job = new glue.CfnJob(this, 'Resource', {
      name: props.jobName,
      description: props.description,
      role: this.role.roleArn,
      glueVersion: GLUE_VERSION,
      command: { name: mode, pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
      workerType: (props.worker ?? SparkWorker.G_1X).name,
      numberOfWorkers: props.workerCount ?? 2,
      timeout: this.timeout?.toMinutes(),
      maxRetries: props.maxRetries ?? 0,
      executionProperty: { maxConcurrentRuns: props.maxConcurrentRuns ?? 1 },
      maintenanceWindow: props.maintenanceWindow,
      connections: network ? { connections: [network.connectionName] } : undefined,
      securityConfiguration: props.securityConfigurationName ?? this.createSecurityConfiguration(),
      defaultArguments: Lazy.any({ produce: () => this.renderArguments(props, jobLogs) }),
    });
    // A run that starts before the role has its policies fails for no reason that its log would show.
    job.node.addDependency(this.role, jobLogs);
    this.jobName = job.ref;
    this.jobArn = Stack.of(this).formatArn({ service: 'glue', resource: 'job', resourceName: job.ref });
  }

  /**
   * Adds an argument of the job.
   *
   * @param name its full name, with the dashes: `--table`
   * @param value what the script finds in `sys.argv` after the name
   */
  public addArgument(name: string, value: string): void {
    if (!name.startsWith('--')) {
      throw new Error(`${this.node.path}: argument '${name}' needs its dashes: '--${name}'.`);
    }
    this.ownArguments[name] = value;
  }

  /**
   * Adds a Spark setting.
   *
   * @param name such as `spark.sql.shuffle.partitions`
   * @param value without blanks
   */
  public addSparkConf(name: string, value: string): void {
    this.ownConf[name] = value;
  }

  /** Lets the grantee start, watch and stop runs of this job. */
  public grantRun(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resourceArns: [this.jobArn],
    });
  }

  /**
   * Starts the job again and again. While a run is at work the next start is refused by Glue and left out, as long as
   * `maxConcurrentRuns` is 1.
   *
   * @param interval whole minutes, at least one
   */
  public runEvery(interval: Duration): void {
    const stack = Stack.of(this);
    new StartSchedule(this, 'Schedule', {
      description: `Starts the job ${this.node.path}`,
      expression: rateOf(this.node.path, interval),
      targetArn: `arn:${stack.partition}:scheduler:::aws-sdk:glue:startJobRun`,
      input: stack.toJsonString({ JobName: this.jobName }),
      grantStart: (grantee) => this.grantStart(grantee),
    });
  }

  /** Lets the grantee start runs of this job. */
  protected grantStart(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['glue:StartJobRun'], resourceArns: [this.jobArn] });
  }

  /** Adds a Python module, or a zip of modules, for the script. */
  protected addPythonFile(asset: Asset): void {
    grantAssetRead(this, asset);
    this.pythonFiles.push(asset.s3ObjectUrl);
  }

  private validate(props: SparkJobProps, mode: SparkJobMode): void {
    const path = this.node.path;
    const workers = props.workerCount ?? 2;
    if (workers < 2) throw new Error(`${path}: ${workers} workers; Glue needs a driver and at least one more, so 2.`);
    if (props.worker?.name === SparkWorker.G_025X.name && mode !== SparkJobMode.STREAMING) {
      throw new Error(`${path}: worker G.025X is for streaming jobs only; use G.1X.`);
    }
    if (this.timeout && this.timeout.toMinutes() >= MINUTES_OF_SEVEN_DAYS) {
      throw new Error(`${path}: timeout ${this.timeout.toHumanString()} is not below the 7 days that Glue admits.`);
    }
    if (props.maintenanceWindow && mode !== SparkJobMode.STREAMING) {
      throw new Error(`${path}: only streaming jobs have a maintenance window; leave it out.`);
    }
    for (const name of Object.keys(props.defaultArguments ?? {})) {
      const prop = SHARED_ARGUMENTS[name];
      if (prop) throw new Error(`${path}: ${name} in defaultArguments would hide what the job needs; use ${prop}.`);
    }
  }

  private createRole(): iam.Role {
    const role = new iam.Role(this, 'Role', {
      description: `Glue job ${this.node.path}`,
      assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
    });
    acknowledgeInlinePolicy(role);
    return role;
  }

  private createSecurityConfiguration(): string {
    const kmsKeyArn = this.lake.key.key.keyArn;
    return new glue.CfnSecurityConfiguration(this, 'SecurityConfiguration', {
      // The type wants a name. The stack's own is in it, so that two stacks in an account do not meet.
      name: Names.uniqueResourceName(this, { maxLength: 255, separator: '-' }),
      encryptionConfiguration: {
        cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn },
        s3Encryptions: [{ s3EncryptionMode: 'SSE-KMS', kmsKeyArn }],
      },
    }).ref;
  }

  private grantRuntime(script: Asset, jobLogs: JobLogs, network: JobNetwork | undefined): void {
    grantAssetRead(this, script);
    jobLogs.grantWrite(this);
    network?.grantAttach(this);
    // The three actions that the guide asks of the role of a job with a security configuration.
    // https://docs.aws.amazon.com/glue/latest/dg/set-up-encryption.html (2026-11-23)
    this.lake.key.key.grant(this, 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey');
    acknowledgeWildcards(this, ['*'], 'EC2 Describe actions and PutMetricData know no resources in IAM.');
    iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['cloudwatch:PutMetricData'],
      resourceArns: ['*'],
      conditions: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
    });
  }

  private renderArguments(props: SparkJobProps, jobLogs: JobLogs): Record<string, string> {
    const warehouse = `s3://${this.lake.bucket.bucket.bucketName}`;
    const conf = { ...lakeSparkConf(warehouse), ...this.ownConf, ...props.sparkConf };
    return {
      '--job-language': 'python',
      '--datalake-formats': 'iceberg',
      '--conf': chainedConf(conf),
      '--job-bookmark-option': 'job-bookmark-disable',
      '--enable-metrics': 'true',
      '--enable-observability-metrics': 'true',
      '--enable-job-insights': 'true',
      ...((props.autoScaling ?? true) ? { '--enable-auto-scaling': 'true' } : {}),
      '--custom-logGroup-prefix': jobLogs.prefix,
      ...(props.extraJars?.length ? { '--extra-jars': props.extraJars.join(',') } : {}),
      ...(this.pythonFiles.length > 0 ? { '--extra-py-files': this.pythonFiles.join(',') } : {}),
      ...this.ownArguments,
      ...props.defaultArguments,
    };
  }
}
