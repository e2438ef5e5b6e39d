import { Duration, Size } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { grantAssetRead } from '../foundation/private/assets';
import { createAlarmTopic } from '../foundation/private/alarms';
import { grantPrefixRead, grantPrefixWrite } from '../foundation/private/prefix-access';
import type { IWarehouse } from '../ports';
import { DocsSite } from './private/docs-site';
import { FargateTask } from './private/fargate-task';
import { requireClients } from './private/require-clients';
import type { TaskPlatform } from './task-platform';

/** What a dbt project is asked to do. */
export enum DbtStep {
  /** Fails when a source is older than it may be. */
  FRESHNESS = 'freshness',
  /** Models and their tests, in the order of their dependencies. */
  BUILD = 'build',
  /** Models and tests, incremental models from the beginning. */
  FULL_REFRESH = 'full-refresh',
  /** The project's documentation, onto its site. */
  PUBLISH = 'publish',
}

/** Properties of a `DbtProject`. */
export interface DbtProjectProps {
  /** Cluster, image and bucket of the task. */
  readonly platform: TaskPlatform;

  /** The warehouse that the models are built in. */
  readonly warehouse: IWarehouse;

  /** The folder with `dbt_project.yml` and `profiles.yml`. */
  readonly project: string;

  /**
   * The models to build, by their paths below `models/`, with all that they need.
   *
   * @default - every model
   */
  readonly models?: string[];

  /**
   * Whether a build leaves out what has changed neither in code nor in sources since the last one (dbt's `state:` and
   * `source_status:` selection, against the artifacts that are kept). Once a day everything is built all the same.
   *
   * @default false
   */
  readonly slim?: boolean;

  /**
   * Processor of the task in units of 1/1024 vCPU, of those that Fargate offers with the memory.
   *
   * @default 1024
   */
  readonly cpu?: number;

  /**
   * Memory of the task.
   *
   * @default Size.gibibytes(2)
   */
  readonly memory?: Size;

  /**
   * After how long a step is stopped.
   *
   * @default Duration.hours(1)
   */
  readonly timeout?: Duration;

  /**
   * Where a failure is told, with the models and tests that failed.
   *
   * @default - a new topic, encrypted with the platform's key, without subscribers
   */
  readonly alarmTopic?: sns.ITopic;
}

const COMMAND = ['python', '-m', 'warehouse_tasks.dbt'];
const NOT_DEPLOYED = ['target', 'target/**', 'logs', 'logs/**', 'dbt_packages', 'dbt_packages/**', '**/__pycache__'];

/**
 * A dbt project that runs as a task: freshness of its sources, models with their tests, documentation on a private site.
 * The artifacts of every run are kept, and a failure names what failed.
 *
 * The project is an asset of its own: another SQL file needs no other image.
 */
export class DbtProject extends Construct {
  /** Where a failure is told. */
  readonly alarmTopic: sns.ITopic;

  /** The bucket with the project's documentation. */
  readonly docsBucket: s3.IBucket;

  /** Where the documentation is read, from inside of the network. */
  readonly docsUrl: string;

  /** ARN of the task definition. */
  readonly taskDefinitionArn: string;

  private readonly task: FargateTask;

  constructor(scope: Construct, id: string, props: DbtProjectProps) {
    super(scope, id);
    this.validate(props);
    requireClients(this, props.warehouse, props.platform.engine);
    const { platform, warehouse } = props;
    const project = new Asset(this, 'Project', { path: props.project, exclude: NOT_DEPLOYED });
    const artifacts = platform._files('dbt', 'artifacts of dbt');
    const site = new DocsSite(this, 'Docs', platform);
    this.docsBucket = site.bucket;
    this.docsUrl = site.url;
    this.alarmTopic = props.alarmTopic ?? createAlarmTopic(this, platform.key);
    this.task = new FargateTask(this, 'Task', {
      platform,
      command: [...COMMAND, DbtStep.BUILD],
      environment: {
        ...warehouse.clientEnvironment,
        PROJECT_URI: project.s3ObjectUrl,
        ARTIFACTS_URI: platform.bucket.bucket.s3UrlForObject(artifacts.prefix),
        DOCS_URI: this.docsBucket.s3UrlForObject(),
        SLIM: String(props.slim ?? false),
        ALARM_TOPIC_ARN: this.alarmTopic.topicArn,
        ...(props.models ? { MODELS: JSON.stringify(props.models) } : {}),
      },
      size: { cpu: props.cpu ?? 1024, memoryMiB: (props.memory ?? Size.gibibytes(2)).toMebibytes() },
      timeout: props.timeout ?? Duration.hours(1),
    });
    this.taskDefinitionArn = this.task.taskDefinitionArn;
    grantAssetRead(this.task, project);
    grantPrefixRead(this.task, artifacts);
    grantPrefixWrite(this.task, artifacts);
    site.grantPublish(this.task);
    this.grantAlarm(platform);
    warehouse.grantTransform(this.task.role);
    warehouse.connections.allowDefaultPortFrom(this.task, 'Builds models');
  }

  /** A state that does one step and waits for its end. */
  runState(scope: Construct, id: string, step: DbtStep): sfn.CustomState {
    const commands: { readonly [step: string]: string[] } = { [DbtStep.FULL_REFRESH]: ['build', '--full-refresh'] };
    return this.task.runState(scope, id, [...COMMAND, ...(commands[step] ?? [step])]);
  }

  /** Lets the grantee, a state machine, run the steps. */
  grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.task.grantRun(grantee);
  }

  private validate({ project, models = [] }: DbtProjectProps): void {
    for (const file of ['dbt_project.yml', 'profiles.yml', ...models.map((model) => path.join('models', model))]) {
      if (!existsSync(path.join(project, file))) {
        throw new Error(`${this.node.path}: there is no ${file} in '${project}'; add it or name another folder.`);
      }
    }
  }

  private grantAlarm(platform: TaskPlatform): void {
    iam.Grant.addToPrincipal({
      grantee: this.task,
      actions: ['sns:Publish'],
      resourceArns: [this.alarmTopic.topicArn],
    });
    platform.key.key.grant(this.task, 'kms:Decrypt', 'kms:GenerateDataKey');
  }
}
