import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IDataNetwork } from '../foundation';

/** The engine behind a warehouse, which decides the SQL dialect, the loader's destination and dbt's adapter. */
export enum WarehouseEngine {
  /** Amazon Redshift. */
  REDSHIFT = 'redshift',
  /** Snowflake. */
  SNOWFLAKE = 'snowflake',
  /** Google BigQuery. */
  BIGQUERY = 'bigquery',
  /** Databricks SQL. */
  DATABRICKS = 'databricks',
}

/**
 * A cloud data warehouse: what loads it, transforms it and reads it plugs in here, whichever engine answers.
 *
 * As `IConnectable` it stands for the warehouse's endpoint: `warehouse.connections.allowDefaultPortFrom(client)` opens
 * its port. A warehouse outside of AWS has no security group; clients open their own way out.
 */
export interface IWarehouse extends IConstruct, IConnectable {
  /** The engine that answers. */
  readonly engine: WarehouseEngine;

  /** The database that everything stands in (catalog or project, where the engine calls it so). */
  readonly databaseName: string;

  /** Port that clients connect to. */
  readonly port: number;

  /**
   * What a client needs to know to connect, as environment variables `WAREHOUSE_*`. Holds no secret, at most the ARN of
   * one.
   */
  readonly clientEnvironment: { [name: string]: string };

  /**
   * The network that clients have to stand in.
   *
   * @default - the warehouse is reached over the internet
   */
  readonly network?: IDataNetwork;

  /**
   * The role under which the warehouse itself reads the files that loaders stage in S3.
   *
   * @default - it reads none; loaders insert their rows
   */
  readonly copyRole?: IRole;

  /**
   * Lets a task log in as a loader: it fills the schemas of raw data and cannot read what was made of them.
   *
   * @param role the role that the task runs under, which becomes a login of the warehouse where the engine knows roles
   * of IAM
   */
  grantLoad(role: IRole): Grant;

  /** Lets a task log in as a transformer: it reads raw data and owns what it makes of them. */
  grantTransform(role: IRole): Grant;

  /** Lets a task log in as a reader of what the transformer publishes, and of nothing else. */
  grantRead(role: IRole): Grant;
}
