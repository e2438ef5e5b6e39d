import { Arn, type IResource, Names, Resource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3tables from 'aws-cdk-lib/aws-s3tables';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile, type IDataKey } from '../foundation';

/** A table bucket of Amazon S3 Tables, which keeps Iceberg tables and compacts them by itself. */
export interface IS3TableBucket extends IResource {
  /** ARN of the table bucket. */
  readonly tableBucketArn: string;

  /** The key that its tables are encrypted with, where it is known. */
  readonly encryptionKey?: kms.IKey;

  /**
   * The Spark settings with which a job reads and writes the tables of the bucket, as `catalogName.namespace.table`.
   * For `sparkConf` of a job; the permissions come from the tables (`grantRead`, `grantWrite`).
   *
   * @param catalogName how the job's SQL calls the bucket
   */
  sparkConf(catalogName: string): { [name: string]: string };
}

/** What an existing table bucket has to say about itself. */
export interface S3TableBucketAttributes {
  /** ARN of the table bucket. */
  readonly tableBucketArn: string;

  /**
   * The key that its tables are encrypted with.
   *
   * @default - not known, and not granted
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of an `S3TableBucket`. */
export interface S3TableBucketProps {
  /**
   * Name of the bucket, unique in account and region: 3 to 63 lower-case letters, digits and hyphens.
   *
   * @default - made of stack and construct
   */
  readonly tableBucketName?: string;

  /**
   * The key that the tables are encrypted with. Its policy must let S3 Tables use it, which a key of this app learns
   * from here and the owner of an imported key has to see to.
   *
   * @default - a new one
   */
  readonly key?: IDataKey;

  /**
   * What the deployment is for. Production keeps the bucket when its stack goes; S3 deletes a sandbox's once it is empty.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

abstract class S3TableBucketBase extends Resource implements IS3TableBucket {
  public abstract readonly tableBucketArn: string;
  public abstract readonly encryptionKey?: kms.IKey;

  public sparkConf(catalogName: string): { [name: string]: string } {
    if (!/^\w+$/.test(catalogName)) {
      throw new Error(`${this.node.path}: catalog name '${catalogName}' is no name in Spark; use letters and digits.`);
    }
    const { region, urlSuffix } = Stack.of(this);
    const catalog = `spark.sql.catalog.${catalogName}`;
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-integrating-open-source.html (2026-11-28)
    return {
      [catalog]: 'org.apache.iceberg.spark.SparkCatalog',
      [`${catalog}.type`]: 'rest',
      [`${catalog}.uri`]: `https://s3tables.${region}.${urlSuffix}/iceberg`,
      [`${catalog}.warehouse`]: this.tableBucketArn,
      [`${catalog}.rest.sigv4-enabled`]: 'true',
      [`${catalog}.rest.signing-name`]: 's3tables',
      [`${catalog}.rest.signing-region`]: region,
      [`${catalog}.io-impl`]: 'org.apache.iceberg.aws.s3.S3FileIO',
    };
  }
}

/**
 * A table bucket of Amazon S3 Tables, encrypted with a customer-managed key.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets.html
 */
export class S3TableBucket extends S3TableBucketBase {
  /** A table bucket that exists already. */
  public static fromS3TableBucketAttributes(
    scope: Construct,
    id: string,
    attributes: S3TableBucketAttributes,
  ): IS3TableBucket {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExistingTableBucket(scope, id, attributes);
  }

  /** ARN of the table bucket. */
  public readonly tableBucketArn: string;
  /** The key that its tables are encrypted with. */
  public readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props?: S3TableBucketProps) {
    checkBucketName(props?.tableBucketName);
    super(scope, id, { physicalName: props?.tableBucketName });
    const profile = props?.profile ?? DeploymentProfile.PRODUCTION;
    const name = props?.tableBucketName ?? this.uniqueName();
    const { key } = props?.key ?? new DataKey(this, 'Key', { profile });
    key.addToResourcePolicy(maintenanceStatement(this.arnOf(name)));
    const bucket = new s3tables.CfnTableBucket(this, 'Resource', {
      tableBucketName: name,
      encryptionConfiguration: { sseAlgorithm: 'aws:kms', kmsKeyArn: key.keyArn },
    });
    bucket.applyRemovalPolicy(profile.removalPolicy);
    this.tableBucketArn = bucket.attrTableBucketArn;
    this.encryptionKey = key;
  }

  /** By its name: in the policy of the key, the bucket's own attribute would be a circle. */
  private arnOf(name: string): string {
    return Arn.format({ service: 's3tables', resource: 'bucket', resourceName: name }, Stack.of(this));
  }

  private uniqueName(): string {
    const name = Names.uniqueResourceName(this, { separator: '-', maxLength: 63 }).toLowerCase();
    return Token.isUnresolved(name) ? `tables-${this.node.addr}` : name;
  }
}

class ExistingTableBucket extends S3TableBucketBase {
  public readonly tableBucketArn: string;
  public readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, props: S3TableBucketAttributes) {
    super(scope, id);
    const { tableBucketArn, encryptionKey } = props;
    if (!Token.isUnresolved(tableBucketArn) && !/^arn:[^:]+:s3tables:[^:]*:\d*:bucket\/[^/]+$/.test(tableBucketArn)) {
      throw new Error(
        `${id}: '${tableBucketArn}' is no ARN of a table bucket; give arn:PARTITION:s3tables:REGION:ACCOUNT:bucket/NAME.`,
      );
    }
    this.tableBucketArn = tableBucketArn;
    this.encryptionKey = encryptionKey;
  }
}

/** A namespace of a table bucket, which is to its tables what a Glue database is to others. */
export interface IS3TableNamespace extends IResource {
  /** Name of the namespace. */
  readonly namespaceName: string;

  /** The bucket that the namespace is in. */
  readonly tableBucket: IS3TableBucket;
}

/** Properties of an `S3TableNamespace`. */
export interface S3TableNamespaceProps {
  /** The bucket that the namespace is in. */
  readonly tableBucket: IS3TableBucket;

  /** Name of the namespace: 1 to 255 lower-case letters, digits and underscores. */
  readonly namespaceName: string;

  /**
   * What the deployment is for. Production keeps the namespace when its stack goes.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/** A namespace of a table bucket. */
export class S3TableNamespace extends Resource implements IS3TableNamespace {
  /** A namespace that exists already in a table bucket. */
  public static fromNamespaceName(
    scope: Construct,
    id: string,
    tableBucket: IS3TableBucket,
    namespaceName: string,
  ): IS3TableNamespace {
    checkNamespaceName(namespaceName);
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExistingNamespace(scope, id, { tableBucket, namespaceName });
  }

  public readonly namespaceName: string;
  public readonly tableBucket: IS3TableBucket;

  constructor(scope: Construct, id: string, props: S3TableNamespaceProps) {
    checkNamespaceName(props.namespaceName);
    super(scope, id, { physicalName: props.namespaceName });
    const { tableBucket, namespaceName } = props;
    const namespace = new s3tables.CfnNamespace(this, 'Resource', {
      tableBucketArn: tableBucket.tableBucketArn,
      namespace: namespaceName,
    });
    namespace.applyRemovalPolicy((props.profile ?? DeploymentProfile.PRODUCTION).removalPolicy);
    this.namespaceName = namespaceName;
    this.tableBucket = tableBucket;
  }
}

class ExistingNamespace extends Resource implements IS3TableNamespace {
  public readonly namespaceName: string;
  public readonly tableBucket: IS3TableBucket;

  constructor(scope: Construct, id: string, props: Pick<S3TableNamespaceProps, 'tableBucket' | 'namespaceName'>) {
    super(scope, id);
    this.namespaceName = props.namespaceName;
    this.tableBucket = props.tableBucket;
  }
}

/**
 * Compaction and snapshot management work under a principal of S3 Tables.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-kms-permissions.html (2026-11-28)
 */
function maintenanceStatement(tableBucketArn: string): iam.PolicyStatement {
  return new iam.PolicyStatement({
    sid: 'MaintenanceOfS3Tables',
    principals: [new iam.ServicePrincipal('maintenance.s3tables.amazonaws.com')],
    actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
    resources: ['*'],
    conditions: { StringLike: { 'kms:EncryptionContext:aws:s3:arn': `${tableBucketArn}/*` } },
  });
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-buckets-naming.html (2026-11-28)
function checkBucketName(name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return;
  throw new Error(
    `Table bucket name '${name}' is not one; use 3 to 63 lower-case letters, digits and hyphens, a letter or digit at both ends.`,
  );
}

function checkNamespaceName(name: string): void {
  if (Token.isUnresolved(name) || /^[a-z0-9][a-z0-9_]{0,254}$/.test(name)) return;
  throw new Error(
    `Namespace '${name}' would not work in S3 Tables; use 1 to 255 lower-case letters, digits and underscores.`,
  );
}
