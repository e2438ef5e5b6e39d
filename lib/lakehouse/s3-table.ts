import { Resource, type ResourceProps, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3tables from 'aws-cdk-lib/aws-s3tables';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../foundation';
import type { ILakeTable } from '../ports';
import type { PartitionTransform, RecordSchema, SchemaLedger, SortField } from '../schema';
import { declareTable } from './private/declare-table';
import { rememberInTableBucket } from './private/glue-table';
import { renderS3Table } from './private/s3-table-renderer';
import { TableGuard } from './private/table-guard';
import { s3TableProperties } from './private/table-properties';
import type { IS3TableBucket, IS3TableNamespace } from './s3-table-bucket';

/** What an existing table of S3 Tables has to say about itself: see `aws s3tables get-table`. */
export interface S3TableAttributes {
  /** The namespace that the table stands in. */
  readonly namespace: IS3TableNamespace;

  /** Name of the table. */
  readonly tableName: string;

  /** ARN of the table, `arn:aws:s3tables:REGION:ACCOUNT:bucket/NAME/table/ID`. */
  readonly tableArn: string;

  /** Where its files are (`warehouseLocation`), without a slash at the end. */
  readonly location: string;
}

/** A table that CloudFormation is to make no more, because it exists: see `aws s3tables get-table`. */
export interface ExistingS3Table {
  /** ARN of the table. */
  readonly tableArn: string;

  /** Where its files are (`warehouseLocation`), without a slash at the end. */
  readonly location: string;
}

/** Properties of an `S3Table`. */
export interface S3TableProps {
  /** The namespace that the table stands in. */
  readonly namespace: IS3TableNamespace;

  /** Name of the table: lower-case letters, digits and underscores. */
  readonly tableName: string;

  /** The columns. Their descriptions do not reach the table, because a change of one would replace it. */
  readonly schema: RecordSchema;

  /** Where the ids of columns and partition fields are written down. */
  readonly ledger: SchemaLedger;

  /** The table's name in the ledger, `layer.table` such as `silver.trades`. It stays when the table is renamed. */
  readonly ledgerName: string;

  /**
   * How rows are put into partitions.
   *
   * @default - not partitioned
   */
  readonly partitionedBy?: PartitionTransform[];

  /**
   * In which order engines should write rows.
   *
   * @default - no order
   */
  readonly sortedBy?: SortField[];

  /**
   * Further Iceberg table properties; they win over the library's (Parquet with zstd, copy-on-write).
   *
   * @default - none
   */
  readonly properties?: { [name: string]: string };

  /**
   * The table itself, once its columns have changed. CloudFormation creates a table of S3 Tables and cannot change it:
   * it would replace it by an empty one, which the guard refuses. So a table evolves in an engine (`ALTER TABLE` in
   * Spark), and from then on CloudFormation has no part in it: it stays where it is, and the guard goes on comparing it
   * with the code before every deployment.
   *
   * @default - CloudFormation creates the table
   */
  readonly existingTable?: ExistingS3Table;

  /**
   * Whether a function looks at every change before CloudFormation makes it, and refuses what would replace the table or
   * what the table does not have.
   *
   * @default true
   */
  readonly guarded?: boolean;

  /**
   * What the deployment is for. Production keeps the table when its stack goes.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

// What Iceberg's REST catalog asks for when it loads a table and commits to it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-open-source.html (2026-11-28)
const BUCKET_ACTIONS = ['s3tables:GetNamespace', 's3tables:GetTableBucket'];
const READ_ACTIONS = ['s3tables:GetTable', 's3tables:GetTableData', 's3tables:GetTableMetadataLocation'];
const WRITE_ACTIONS = [...READ_ACTIONS, 's3tables:PutTableData', 's3tables:UpdateTableMetadataLocation'];
const GUARD_ACTIONS = ['s3tables:GetTableData', 's3tables:GetTableMetadataLocation'];

abstract class S3TableBase extends Resource implements ILakeTable {
  public abstract readonly databaseName: string;
  public abstract readonly tableName: string;
  public abstract readonly tableArn: string;
  public abstract readonly location: string;

  /** The bucket that the table is in. */
  public abstract readonly tableBucket: IS3TableBucket;

  constructor(scope: Construct, id: string, props?: ResourceProps) {
    super(scope, id, props);
    rememberInTableBucket(this);
  }

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this.grantTable(grantee, READ_ACTIONS, ['kms:Decrypt']);
  }

  public grantWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grantTable(grantee, WRITE_ACTIONS, ['kms:Decrypt', 'kms:GenerateDataKey']);
  }

  public grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grantRead(grantee).combine(this.grantWrite(grantee));
  }

  private grantTable(grantee: iam.IGrantable, actions: string[], keyActions: string[]): iam.Grant {
    const { tableBucketArn, encryptionKey } = this.tableBucket;
    const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.tableArn] }).combine(
      iam.Grant.addToPrincipal({ grantee, actions: BUCKET_ACTIONS, resourceArns: [tableBucketArn] }),
    );
    return encryptionKey ? grant.combine(encryptionKey.grant(grantee, ...keyActions)) : grant;
  }
}

/**
 * An Apache Iceberg table in a table bucket of Amazon S3 Tables, with the ids of the ledger and under the same rules as
 * an `IcebergTable`.
 *
 * CloudFormation replaces such a table, rows and all, when a column, partition field, property or the write order
 * changes; the guard refuses that and says how the table can evolve.
 */
export class S3Table extends S3TableBase {
  /** A table that exists already, whose columns this app does not declare. */
  public static fromS3TableAttributes(scope: Construct, id: string, attributes: S3TableAttributes): ILakeTable {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ImportedTable(scope, id, attributes);
  }

  /** Name of the namespace. */
  public readonly databaseName: string;
  /** Name of the table in its namespace. */
  public readonly tableName: string;
  /** ARN of the table, `arn:aws:s3tables:REGION:ACCOUNT:bucket/NAME/table/ID`. */
  public readonly tableArn: string;
  /** Where its files are, without a slash at the end. */
  public readonly location: string;
  public readonly tableBucket: IS3TableBucket;

  /** The columns. */
  public readonly schema: RecordSchema;

  constructor(scope: Construct, id: string, props: S3TableProps) {
    checkTableName(props.tableName);
    super(scope, id, { physicalName: props.tableName });
    const { namespace, tableName, schema, ledgerName, existingTable } = props;
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    const rendering = {
      tableBucketArn: namespace.tableBucket.tableBucketArn,
      namespaceName: namespace.namespaceName,
      tableName,
      shape: declareTable(this, props.ledger, {
        name: ledgerName,
        schema,
        partitionedBy: props.partitionedBy,
        sortedBy: props.sortedBy,
      }),
      properties: s3TableProperties(ledgerName, props.properties ?? {}),
    };
    this.databaseName = namespace.namespaceName;
    this.tableName = tableName;
    this.tableBucket = namespace.tableBucket;
    this.schema = schema;
    const resource = existingTable ? undefined : new s3tables.CfnTable(this, 'Resource', renderS3Table(rendering));
    resource?.applyRemovalPolicy(profile.removalPolicy);
    resource?.node.addDependency(namespace);
    this.tableArn = existingTable?.tableArn ?? resource!.attrTableArn;
    this.location = existingTable?.location ?? resource!.attrWarehouseLocation;
    if (props.guarded ?? true) {
      const key = this.tableBucket.encryptionKey;
      const guard = TableGuard.of(this, key, profile);
      if (existingTable) {
        iam.Grant.addToPrincipal({ grantee: guard, actions: GUARD_ACTIONS, resourceArns: [this.tableArn] });
        key?.grant(guard, 'kms:Decrypt');
      }
      const look = guard.lookAtS3Table(this, ledgerName, rendering, {
        creates: existingTable === undefined,
        keeps: !profile.destroyable,
      });
      resource?.node.addDependency(look);
    }
  }
}

class ImportedTable extends S3TableBase {
  public readonly databaseName: string;
  public readonly tableName: string;
  public readonly tableArn: string;
  public readonly location: string;
  public readonly tableBucket: IS3TableBucket;

  constructor(scope: Construct, id: string, props: S3TableAttributes) {
    super(scope, id);
    this.databaseName = props.namespace.namespaceName;
    this.tableName = props.tableName;
    this.tableArn = props.tableArn;
    this.location = props.location;
    this.tableBucket = props.namespace.tableBucket;
  }
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets-naming.html (2026-11-28)
function checkTableName(name: string): void {
  if (Token.isUnresolved(name) || /^[a-z0-9][a-z0-9_]{0,254}$/.test(name)) return;
  throw new Error(
    `Table name '${name}' would not work in S3 Tables; use 1 to 255 lower-case letters, digits and underscores.`,
  );
}
