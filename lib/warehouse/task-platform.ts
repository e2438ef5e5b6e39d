import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DataBucket, DeploymentProfile, type IDataBucket, type IDataKey, type IDataNetwork } from '../foundation';
import { acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { containerLog, FARGATE_CLUSTER, taskPrincipal } from '../foundation/private/fargate';
import { packageFile } from '../foundation/private/package-assets';
import type { BucketPrefix } from '../foundation/private/prefix-access';
import { WarehouseEngine } from '../ports';
import { BuiltImage } from './private/built-image';

/** Properties of a `TaskPlatform`. */
export interface TaskPlatformProps {
  /**
   * Where the tasks run. They need a way to the internet where sources are outside (`natGateways` of the network), which
   * is also their way to AWS then.
   */
  readonly network: IDataNetwork;

  /** The key that files, images and logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * The image that the tasks' own is built from: Debian with Python 3.11. Name a mirror where Amazon ECR Public is not
   * reached, as in China.
   *
   * @default 'public.ecr.aws/docker/library/python:3.11-slim-bookworm'
   * @see https://docs.amazonaws.cn/en_us/aws/latest/userguide/ecr-public.md (2026-11-28)
   */
  readonly baseImage?: string;

  /**
   * The engine whose clients the image has: those of the warehouse that the tasks load and transform.
   *
   * @default WarehouseEngine.REDSHIFT
   */
  readonly engine?: WarehouseEngine;

  /**
   * Connectors of Airbyte that the image carries, each in an environment of its own: packages of PyPI with a version, such
   * as `airbyte-source-faker==6.2.38`. `TaskPlatform.LOW_CODE` runs low-code manifests, and its packages are locked with
   * their hashes; what the others bring along is what their packages say.
   *
   * @default - none
   */
  readonly airbyteConnectors?: string[];

  /**
   * Where loaders stage files and dbt keeps its artifacts.
   *
   * @default - a bucket of its own
   */
  readonly bucket?: IDataBucket;

  /**
   * How long the logs of tasks are kept.
   *
   * @default - 14 days in a sandbox, a year in production
   */
  readonly logRetention?: logs.RetentionDays;
}

/** What the tasks of a warehouse share: a cluster, an image with dlt and dbt, a bucket, a log. */
export class TaskPlatform extends Construct {
  /** The runner of Airbyte's low-code manifests, as `airbyteConnectors` names it. */
  static readonly LOW_CODE = 'airbyte-cdk==7.39.1';

  /** Where the tasks run. */
  readonly network: IDataNetwork;

  /** The key that everything is encrypted with. */
  readonly key: IDataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;

  /** Where loaders stage files (`staging/`) and dbt keeps its artifacts (`dbt/`). */
  readonly bucket: IDataBucket;

  /** The engine whose clients the image has. */
  readonly engine: WarehouseEngine;

  /** Connectors of Airbyte that the image carries. */
  readonly airbyteConnectors: string[];

  /** Name of the ECS cluster. */
  readonly clusterName: string;

  /** ARN of the ECS cluster. */
  readonly clusterArn: string;

  /** @internal */
  readonly _image: BuiltImage;

  /** @internal */
  readonly _executionRole: iam.IRole;

  private readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, props: TaskPlatformProps) {
    super(scope, id);
    this.network = props.network;
    this.key = props.key;
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.bucket = props.bucket ?? new DataBucket(this, 'Data', { key: props.key, profile: this.profile });
    this.engine = props.engine ?? WarehouseEngine.REDSHIFT;
    this.airbyteConnectors = requireConnectors(this, props.airbyteConnectors ?? []);
    this._image = new BuiltImage(this, 'Image', {
      context: packageFile('lib/warehouse/runtime/task'),
      buildArguments: {
        BASE_IMAGE: props.baseImage ?? 'public.ecr.aws/docker/library/python:3.11-slim-bookworm',
        ...(this.engine === WarehouseEngine.REDSHIFT ? {} : { ENGINE: this.engine }),
        ...(this.airbyteConnectors.length > 0 ? { AIRBYTE_CONNECTORS: this.airbyteConnectors.join(' ') } : {}),
      },
      key: props.key,
      profile: this.profile,
    });
    const cluster = new ecs.CfnCluster(this, 'Resource', FARGATE_CLUSTER);
    this.clusterName = cluster.ref;
    this.clusterArn = cluster.attrArn;
    props.key.allowLogGroups();
    this.logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: props.key.key,
      retention: props.logRetention ?? this.profile.logRetention,
      removalPolicy: this.profile.removalPolicy,
    });
    this._executionRole = this._createExecutionRole(this, 'ExecutionRole', this._image);
  }

  /** @internal */
  get _imageUri(): string {
    return this._image.imageUri;
  }

  /** @internal */
  _logConfiguration(streamPrefix: string): ecs.CfnTaskDefinition.LogConfigurationProperty {
    return containerLog(this.logGroup, streamPrefix);
  }

  /**
   * Files of one user of the bucket.
   *
   * @internal
   */
  _files(prefix: string, content: string): BucketPrefix {
    return { bucket: this.bucket.bucket, prefix, key: this.bucket.bucket.encryptionKey ?? this.key.key, content };
  }

  /**
   * Fetches the image and writes the log, on behalf of ECS.
   *
   * @internal
   */
  _createExecutionRole(scope: Construct, id: string, image: BuiltImage): iam.Role {
    // eslint-disable-next-line awscdk/require-passing-this -- a role of its caller
    const role = new iam.Role(scope, id, { assumedBy: taskPrincipal(this) });
    acknowledgeInlinePolicy(role);
    image.repository.grantPull(role);
    this.key.key.grantDecrypt(role);
    acknowledgeWildcards(role, ['*'], 'A token for ECR is given for the whole registry.');
    this.logGroup.grants.write(role);
    return role;
  }
}

const CONNECTOR = /^airbyte-(cdk|source-[a-z0-9-]+)==\d+(\.[0-9a-z]+)*$/;

/** They become words of a command. */
function requireConnectors(platform: TaskPlatform, connectors: string[]): string[] {
  const wrong = connectors.find((connector) => !CONNECTOR.test(connector));
  if (wrong !== undefined) {
    throw new Error(
      `${platform.node.path}: '${wrong}' is no connector of Airbyte with a version; write 'airbyte-source-faker==6.2.38'.`,
    );
  }
  return [...new Set(connectors)];
}
