import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** The engine behind a query endpoint, which decides the SQL dialect. */
export enum QueryEngine {
  /** Amazon Athena SQL, engine version 3 (Trino's dialect). */
  ATHENA = 'ATHENA',
}

/** Where SQL is sent to read the lake. */
export interface IQueryEndpoint extends IConstruct {
  /** The engine that answers. */
  readonly engine: QueryEngine;

  /** The workgroup that queries run in. */
  readonly workgroupName: string;

  /** Where the results stand: an `s3://` URL with a slash at the end. */
  readonly resultLocation: string;

  /**
   * Lets the grantee run queries here and read their results. What the queries may read is granted by the tables
   * (`ILakeTable.grantRead`).
   */
  grantQuery(grantee: IGrantable): Grant;
}
