import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { DeploymentProfile, IDataKey } from '../foundation';
import type { SyncProps } from './ingestion-props';

/** How a stream of a connection is read and written. */
export enum AirbyteSyncMode {
  /** What is new by the cursor, merged by the primary key. */
  INCREMENTAL_DEDUPED = 'incremental_deduped_history',
  /** What is new by the cursor, after what is there. */
  INCREMENTAL_APPEND = 'incremental_append',
  /** Everything, in place of what is there. */
  FULL_OVERWRITE = 'full_refresh_overwrite',
}

/** A stream of a source of Airbyte. */
export interface AirbyteStream {
  /** Its name, as the source has it. */
  readonly name: string;

  /**
   * How it is read and written.
   *
   * @default AirbyteSyncMode.INCREMENTAL_DEDUPED
   */
  readonly mode?: AirbyteSyncMode;

  /**
   * The field by which new rows are known.
   *
   * @default - the source's own
   */
  readonly cursorField?: string;

  /**
   * The fields that identify a row.
   *
   * @default - the source's own
   */
  readonly primaryKey?: string[];
}

/** Properties of a sync by an Airbyte that exists. */
export interface AirbyteSyncProps extends SyncProps {
  /**
   * Its public API, such as `https://airbyte.example/api/public/v1` of one that you run.
   *
   * @default 'https://api.airbyte.com/v1'
   */
  readonly apiUrl?: string;

  /** The workspace, as Airbyte's settings show it: a UUID. */
  readonly workspaceId: string;

  /**
   * JSON with `client_id` and `client_secret` of an application of Airbyte, and every key that `source` and
   * `destination` name as `{secret:key}`.
   */
  readonly secret: secretsmanager.ISecret;

  /**
   * Configuration of the source with its `sourceType`, as Airbyte's API describes each. `{secret:key}` stands for a key of
   * `secret`; nothing secret belongs here.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what each source reads, as JSON
  readonly source: { [key: string]: any };

  /**
   * Configuration of the destination with its `destinationType`, which has to be that of the warehouse: Airbyte logs in
   * with a user of the role `loader`, over a network that reaches the warehouse.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what each destination reads, as JSON
  readonly destination: { [key: string]: any };

  /** What is read. */
  readonly streams: AirbyteStream[];

  /**
   * When Airbyte syncs it, as Quartz writes it, in UTC: six fields, seconds first, such as `0 0/15 * * * ?`.
   *
   * @default - whenever someone starts it in Airbyte
   */
  readonly cron?: string;

  /** Encrypts the log of the function that makes the connection. */
  readonly key: IDataKey;

  /**
   * What the deployment is for: in a sandbox the connection is deleted with its stack.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}
