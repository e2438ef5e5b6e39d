import type { Duration, Size } from 'aws-cdk-lib';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { IWarehouse } from '../ports';
import type { TaskPlatform } from './task-platform';

/** What every sync is told, whichever engine stands behind it. */
export interface SyncProps {
  /** Name of the source: lower-case letters, digits and underscores. */
  readonly sourceName: string;

  /** The warehouse that the data lands in. */
  readonly warehouse: IWarehouse;

  /**
   * The schema that the data lands in.
   *
   * @default - `raw_` and the name of the source
   */
  readonly dataset?: string;
}

/** Where a sync's task runs. */
export enum SyncCompute {
  /** A Fargate task, as long as it takes. */
  FARGATE = 'FARGATE',
  /** A Lambda function: starts sooner and is cheaper for small increments, but has fifteen minutes at most. */
  LAMBDA = 'LAMBDA',
}

/** What a source speaks. */
export class SyncConnector {
  /** A REST API with pages and a cursor. */
  static readonly HTTP = new SyncConnector('http', 443);

  /** A PostgreSQL database, read by a cursor column. The port is that of the source. */
  static postgres(port = 5432): SyncConnector {
    return new SyncConnector('postgres', port);
  }

  /**
   * A connector of Airbyte that runs in the task, without a platform: a package of PyPI such as `airbyte-source-faker`, or
   * the runner of low-code manifests. The image has to carry it, see `airbyteConnectors` of the `TaskPlatform`.
   */
  static readonly AIRBYTE = new SyncConnector('airbyte', 443);

  private constructor(
    /** As configurations write it. */
    readonly name: string,
    /** TCP port of the source, which the task's security group lets out. */
    readonly port: number,
  ) {}
}

/** Properties of a sync by dlt. */
export interface DltSyncProps extends SyncProps {
  /** Cluster, image and bucket of the task. */
  readonly platform: TaskPlatform;

  /** What the source speaks. */
  readonly connector: SyncConnector;

  /**
   * What to read and how to write it, as `docs/warehouse-data.md` describes it: `rest_api`, `sql_database` or `airbyte`,
   * `schema_contract`, `records`. No secrets: `{secret:key}` stands for a key of `secret`.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what each connector reads, as JSON
  readonly configuration: { [key: string]: any };

  /**
   * JSON with what the source asks for: a token, or user name and password.
   *
   * @default - the source asks for nothing
   */
  readonly secret?: secretsmanager.ISecret;

  /**
   * Where the task runs.
   *
   * @default SyncCompute.FARGATE
   */
  readonly compute?: SyncCompute;

  /**
   * Processor in units of 1/1024 vCPU, of those that Fargate offers with the memory. A function's follows its memory.
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
   * After how long a run is stopped; at most 15 minutes on Lambda.
   *
   * @default - 1 hour on Fargate, 15 minutes on Lambda
   */
  readonly timeout?: Duration;
}
