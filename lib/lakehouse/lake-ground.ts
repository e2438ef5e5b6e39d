import type { IDataBucket, IDataKey, DeploymentProfile } from '../foundation';

/** What jobs and workgroups stand on: a lake in layers, or the domain of a mesh. */
export interface ILakeGround {
  /** What the deployment is for; what stands on it follows. */
  readonly profile: DeploymentProfile;

  /** Encrypts what is written and logged. */
  readonly key: IDataKey;

  /** The bucket, for tables and for what jobs keep beside them. */
  readonly bucket: IDataBucket;

  /** Names of the databases in the catalog, by what SQL files call them: `${bronze}`. */
  readonly databaseNames: { [variable: string]: string };
}
