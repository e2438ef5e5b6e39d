import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';

/** A table of the data lake: its entry in a catalog (the Glue Data Catalog, or S3 Tables) and its files in S3. */
export interface ILakeTable extends IConstruct {
  /** Name of the Glue database, or of the namespace in S3 Tables. */
  readonly databaseName: string;

  /** Name of the table in its database. */
  readonly tableName: string;

  /** ARN of the table in its catalog. */
  readonly tableArn: string;

  /** Where the table's files are: `s3://bucket/prefix`, without a slash at the end. */
  readonly location: string;

  /** Lets the grantee read the table: catalog entry, files, decryption. */
  grantRead(grantee: IGrantable): Grant;

  /** Lets the grantee commit to the table: catalog entry, files, encryption. */
  grantWrite(grantee: IGrantable): Grant;

  /** Both `grantRead` and `grantWrite`. */
  grantReadWrite(grantee: IGrantable): Grant;
}
