import { Duration, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { grantAssetRead } from '../foundation/private/assets';
import type { BiService } from './bi-service';
import { FargateTask } from './private/fargate-task';
import type { TaskPlatform } from './task-platform';

/** Properties of `Dashboards`. */
export interface DashboardsProps {
  /** Cluster, image and bucket of the task. */
  readonly platform: TaskPlatform;

  /** Where the dashboards are shown. */
  readonly service: BiService;

  /** The folder with one YAML file a dashboard: SQL, charts, filters. */
  readonly folder: string;

  /**
   * Titles of the dashboards to bring.
   *
   * @default - every file of the folder
   */
  readonly titles?: string[];
}

/**
 * Dashboards as code: a task brings them to Metabase through its API. Repeating it changes nothing, and what people made by
 * hand stays as it is.
 */
export class Dashboards extends Construct {
  /** ARN of the task definition. */
  readonly taskDefinitionArn: string;

  private readonly task: FargateTask;

  constructor(scope: Construct, id: string, props: DashboardsProps) {
    super(scope, id);
    const { platform, service } = props;
    const dashboards = new Asset(this, 'Files', { path: props.folder });
    const source = service._source;
    this.task = new FargateTask(this, 'Task', {
      platform,
      command: ['python', '-m', 'warehouse_tasks.dashboards'],
      environment: {
        PROJECT_URI: dashboards.s3ObjectUrl,
        METABASE_URL: service.url,
        METABASE_SECRET_ARN: service.adminSecret.secretArn,
        ...(props.titles ? { DASHBOARDS: JSON.stringify(props.titles) } : {}),
        BI_CONNECTION: Stack.of(this).toJsonString(source._description),
      },
      size: { cpu: 256, memoryMiB: 512 },
      timeout: Duration.minutes(15),
    });
    this.taskDefinitionArn = this.task.taskDefinitionArn;
    grantAssetRead(this.task, dashboards);
    service.adminSecret.grantRead(this.task);
    source._secret?.grantRead(this.task);
    service.connections.allowDefaultPortFrom(this.task, 'Dashboards as code');
  }

  /** A state that brings the dashboards up to date and waits for its end. */
  runState(scope: Construct, id: string): sfn.CustomState {
    return this.task.runState(scope, id);
  }

  /** Lets the grantee, a state machine, run the task. */
  grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.task.grantRun(grantee);
  }
}
