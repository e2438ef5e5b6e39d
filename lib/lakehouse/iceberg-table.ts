import { Annotations, Resource, Stack, Token } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { DeploymentProfile, type IDataBucket } from '../foundation';
import type { ILakeTable } from '../ports';
import type { PartitionTransform, RecordSchema, SchemaLedger, SortField, TableDeclaration } from '../schema';
import type { ILakeDatabase } from './lake-database';
import { Announcements } from './private/announcements';
import { declareTable } from './private/declare-table';
import { type IcebergTableRendering, renderIcebergTable } from './private/iceberg-renderer';
import {
  grantMetadataRead,
  grantPrefixRead,
  grantPrefixWrite,
  type BucketPrefix,
} from '../foundation/private/prefix-access';
import { TableGuard } from './private/table-guard';
import { checkColumns, tableProperties } from './private/table-properties';

/** How rows that are in committed files already are changed. */
export enum IcebergWriteMode {
  /** Files with changed rows are written anew. Readers stay fast, and incremental readers can follow. */
  COPY_ON_WRITE = 'copy-on-write',
  /** Changes are kept beside the files and merged by readers. Writers are fast, incremental readers cannot follow. */
  MERGE_ON_READ = 'merge-on-read',
}

/**
 * Version of the Iceberg table format. It cannot change once the table exists.
 *
 * @see https://iceberg.apache.org/spec/#format-versioning
 */
export enum IcebergFormatVersion {
  /** Row-level changes; every engine reads it. */
  V2 = '2',
  /** Deletion vectors, row lineage, new types. Spark on Glue 5.1 reads and writes it, Athena reads it not. */
  V3 = '3',
}

/** What an existing Iceberg table has to say about itself. */
export interface IcebergTableAttributes {
  /** Name of the Glue database. */
  readonly databaseName: string;

  /** Name of the table. */
  readonly tableName: string;

  /** The bucket with the table's files. */
  readonly bucket: s3.IBucket;

  /** Where in the bucket the table's files are, without slashes at the ends. */
  readonly prefix: string;

  /**
   * The key that the files are encrypted with.
   *
   * @default - the encryption key that the bucket knows of
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of an `IcebergTable`. */
export interface IcebergTableProps {
  /** The database that the table stands in. */
  readonly database: ILakeDatabase;

  /** Name of the table: lower-case letters, digits and underscores. */
  readonly tableName: string;

  /** The columns. */
  readonly schema: RecordSchema;

  /** Where the ids of columns and partition fields are written down. */
  readonly ledger: SchemaLedger;

  /** The table's name in the ledger, `layer.table` such as `silver.trades`. It stays when the database is renamed. */
  readonly ledgerName: string;

  /** The bucket for the table's files. */
  readonly bucket: IDataBucket;

  /**
   * Where in the bucket the files are, without slashes at the ends. Never change it for a table that exists: Iceberg
   * knows its files by absolute path, so that another prefix is a migration.
   *
   * @default - the name in the ledger, as a folder: `silver/trades`
   */
  readonly prefix?: string;

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
   * Version of the table format.
   *
   * @default IcebergFormatVersion.V2
   */
  readonly formatVersion?: IcebergFormatVersion;

  /**
   * How rows are changed.
   *
   * @default IcebergWriteMode.COPY_ON_WRITE
   */
  readonly writeMode?: IcebergWriteMode;

  /**
   * Columns whose values nobody may interpret: no minimum, maximum or count of them is kept in the table's metadata.
   * For columns with foreign bytes, which need not be UTF-8 even where the type says text.
   *
   * @default - the column `raw_payload`, where there is one
   */
  readonly opaqueColumns?: string[];

  /**
   * Further Iceberg table properties; they win over the library's (Parquet with zstd, 100 old metadata files).
   *
   * @default - none
   * @see https://iceberg.apache.org/docs/1.10.0/configuration/#table-properties
   */
  readonly properties?: { [name: string]: string };

  /**
   * Whether a function looks at the table before CloudFormation changes it, and refuses what would orphan, resurrect or
   * misread data. CloudFormation knows the last template alone, not what the writers of the table did since.
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

const PAYLOAD_COLUMN = 'raw_payload';

// GlueCatalog loads a table with GetTable and its namespace with GetDatabase; Athena plans with the plural forms too.
// https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html (2026-11-23)
const READ_ACTIONS = ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'];
// A commit of Iceberg's GlueCatalog is one UpdateTable with the version it has read.
const WRITE_ACTIONS = ['glue:GetTable', 'glue:UpdateTable'];

/** Somebody was granted a table. */
interface AccessRequest {
  readonly grantee: iam.IGrantable;
  readonly write: boolean;
}

abstract class IcebergTableBase extends Resource implements ILakeTable {
  public abstract readonly databaseName: string;
  public abstract readonly tableName: string;
  public abstract readonly location: string;

  /** @internal */
  protected abstract readonly _files: BucketPrefix;

  public get tableArn(): string {
    return this.glueArn('table', `${this.databaseName}/${this.tableName}`);
  }

  /** @internal */
  public readonly _requests = new Announcements<AccessRequest>();

  public grantRead(grantee: iam.IGrantable): iam.Grant {
    this._requests.announce({ grantee, write: false });
    return this._grantCatalog(grantee, READ_ACTIONS).combine(grantPrefixRead(grantee, this._files));
  }

  public grantWrite(grantee: iam.IGrantable): iam.Grant {
    this._requests.announce({ grantee, write: true });
    return this._grantCatalog(grantee, WRITE_ACTIONS).combine(grantPrefixWrite(grantee, this._files));
  }

  public grantReadWrite(grantee: iam.IGrantable): iam.Grant {
    return this.grantRead(grantee).combine(this.grantWrite(grantee));
  }

  /** @internal */
  protected _grantCatalog(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    // Glue asks for an action on a table on its database and its catalog as well.
    // https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html (2026-11-23)
    const resourceArns = [this.glueArn('catalog'), this.glueArn('database', this.databaseName), this.tableArn];
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
  }

  /**
   * Lets the grantee read what the table is, and none of its rows.
   *
   * @internal
   */
  public _grantMetadataRead(grantee: iam.IGrantable): iam.Grant {
    return this._grantCatalog(grantee, ['glue:GetTable']).combine(grantMetadataRead(grantee, this._files));
  }

  private glueArn(resource: string, name?: string): string {
    const path = name === undefined ? resource : `${resource}/${name}`;
    const { partition, region, account } = Stack.of(this);
    return `arn:${partition}:glue:${region}:${account}:${path}`;
  }
}

/**
 * An Apache Iceberg table in the Glue Data Catalog, created by CloudFormation itself.
 *
 * Its column and partition-field ids come from the ledger (`schemas.lock.json`), so that no deployment gives an id to
 * another column than the one the data files know by it. Synthesis fails when code and ledger disagree.
 */
export class IcebergTable extends IcebergTableBase {
  /** A table that exists already, in this account and region. */
  public static fromIcebergTableAttributes(
    scope: Construct,
    id: string,
    attributes: IcebergTableAttributes,
  ): ILakeTable {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExistingTable(scope, id, attributes);
  }

  /** Name of the Glue database. */
  public readonly databaseName: string;
  /** Name of the table in its database. */
  public readonly tableName: string;
  /** Where the table's files are: `s3://bucket/prefix`, without a slash at the end. */
  public readonly location: string;

  /** The columns. */
  public readonly schema: RecordSchema;

  /** @internal */
  public readonly _guard?: iam.IGrantable;

  /** @internal */
  protected readonly _files: BucketPrefix;

  constructor(scope: Construct, id: string, props: IcebergTableProps) {
    checkTableName(props.tableName);
    super(scope, id, { physicalName: props.tableName });
    const { database, tableName, schema } = props;
    const bucket = props.bucket.bucket;
    const table = props.ledgerName;
    const prefix = checkPrefix(table, props.prefix ?? table.replaceAll('.', '/'));
    const opaque = props.opaqueColumns ?? schema.columns.map((c) => c.name).filter((name) => name === PAYLOAD_COLUMN);
    checkColumns(table, 'opaqueColumns', opaque, schema);
    const formatVersion = props.formatVersion ?? IcebergFormatVersion.V2;
    const declaration: TableDeclaration = {
      name: table,
      schema,
      partitionedBy: props.partitionedBy,
      sortedBy: props.sortedBy,
      formatVersion: Number(formatVersion),
    };
    const writeMode = props.writeMode ?? IcebergWriteMode.COPY_ON_WRITE;

    this.schema = schema;
    this.location = bucket.s3UrlForObject(prefix);
    this._files = { bucket, prefix, key: bucket.encryptionKey, content: `the files of table ${tableName}` };
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    const rendering: IcebergTableRendering = {
      catalogId: Stack.of(this).account,
      databaseName: database.databaseName,
      tableName,
      location: this.location,
      formatVersion,
      shape: declareTable(this, props.ledger, declaration),
      properties: tableProperties(table, writeMode, opaque, props.properties ?? {}),
    };
    this.databaseName = database.databaseName;
    this.tableName = tableName;
    const resource = new glue.CfnTable(this, 'Resource', renderIcebergTable(rendering));
    resource.applyRemovalPolicy(profile.removalPolicy);
    // The location is text to CloudFormation, and the role that creates the table writes its first metadata file there.
    resource.node.addDependency(database, props.bucket);
    if (props.guarded ?? true) {
      const guard = TableGuard.of(this, this._files.key, profile);
      this._guard = guard;
      this._grantMetadataRead(guard);
      resource.node.addDependency(guard.look(this, table, rendering));
    }
    if (formatVersion === IcebergFormatVersion.V3) {
      Annotations.of(this).addWarningV2(
        'cdk-data-patterns:iceberg-v3',
        `${table}: Athena does not read format version 3; query it with Spark, or keep to version 2.`,
      );
    }
  }
}

class ExistingTable extends IcebergTableBase {
  public readonly databaseName: string;
  public readonly tableName: string;
  public readonly location: string;
  protected readonly _files: BucketPrefix;

  constructor(scope: Construct, id: string, props: IcebergTableAttributes) {
    super(scope, id);
    const { bucket, databaseName, tableName } = props;
    const prefix = checkPrefix(`${databaseName}.${tableName}`, props.prefix);
    this.databaseName = databaseName;
    this.tableName = tableName;
    this.location = bucket.s3UrlForObject(prefix);
    this._files = {
      bucket,
      prefix,
      key: props.encryptionKey ?? bucket.encryptionKey,
      content: `the files of table ${tableName}`,
    };
  }
}

function checkTableName(name: string): void {
  if (Token.isUnresolved(name) || /^[a-z0-9_]{1,255}$/.test(name)) return;
  throw new Error(
    `Table name '${name}' would not work in Athena and Spark alike; use 1 to 255 lower-case letters, digits and underscores.`,
  );
}

function checkPrefix(table: string, prefix: string): string {
  if (Token.isUnresolved(prefix) || (prefix !== '' && !prefix.startsWith('/') && !prefix.endsWith('/'))) return prefix;
  throw new Error(
    `${table}: prefix '${prefix}' is empty or has a slash at an end; give a folder such as silver/trades.`,
  );
}
