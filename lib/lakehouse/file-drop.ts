import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { IDataBucket } from '../foundation';
import type { ILakeGround } from './lake-ground';
import { grantPrefixRead, grantPrefixWrite } from '../foundation/private/prefix-access';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';

/** Properties of a `FileDrop`. */
export interface FileDropProps {
  /** The lake that the files are for; its key encrypts them. */
  readonly lake: ILakeGround;

  /**
   * The bucket. One without versions works, but a file that is overwritten before it was read is lost there.
   *
   * @default - the lake's own
   */
  readonly bucket?: IDataBucket;

  /**
   * Where in the bucket the drop is, without slashes at the ends.
   *
   * @default 'drop'
   */
  readonly prefix?: string;

  /**
   * How long files are kept after they were read or set aside. Applies to a bucket that is defined in this app.
   *
   * @default Duration.days(90)
   */
  readonly retention?: Duration;
}

/**
 * A drop bucket: partners and batch systems put files into `<prefix>/inbox/`, a `FilesToBronzeJob` reads each of them
 * once and moves it to `<prefix>/done/`, or to `<prefix>/rejected/` with the reason beside it.
 */
export class FileDrop extends Construct {
  /** The bucket. */
  public readonly bucket: IDataBucket;

  /** Where in the bucket the drop is, without slashes at the ends. */
  public readonly prefix: string;

  /** Where files are to be put: `s3://bucket/prefix/inbox/`. */
  public readonly inboxUrl: string;

  private readonly lake: ILakeGround;

  constructor(scope: Construct, id: string, props: FileDropProps) {
    super(scope, id);
    this.lake = props.lake;
    this.bucket = props.bucket ?? props.lake.bucket;
    this.prefix = props.prefix ?? 'drop';
    if (/^\/|\/$|^$/.test(this.prefix)) {
      throw new Error(`${this.node.path}: prefix '${this.prefix}' is empty or has a slash at an end; write 'drop'.`);
    }
    this.inboxUrl = this.bucket.bucket.s3UrlForObject(`${this.prefix}/inbox/`);
    const { bucket } = this.bucket;
    if (!(bucket instanceof s3.Bucket)) return;
    for (const folder of ['done', 'rejected']) {
      bucket.addLifecycleRule({
        prefix: `${this.prefix}/${folder}/`,
        expiration: props.retention ?? Duration.days(90),
      });
    }
  }

  /** Lets the grantee put files into the inbox, and neither read nor delete there. */
  public grantDrop(grantee: iam.IGrantable): iam.Grant {
    const { bucket } = this.bucket;
    const inbox = bucket.arnForObjects(`${this.prefix}/inbox/*`);
    acknowledgeWildcards(grantee, [inbox], 'Whoever drops a file names it.');
    const grant = iam.Grant.addToPrincipalOrResource({
      grantee,
      actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
      resourceArns: [inbox],
      resource: bucket,
    });
    // Decrypt: S3 puts the parts of a large file together with it.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions (2026-11-23)
    return grant.combine(this.key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey'));
  }

  /** Lets the grantee see which files wait. */
  public grantList(grantee: iam.IGrantable): iam.Grant {
    return this.list(grantee, ['s3:ListBucket']);
  }

  /** Lets the grantee read the files that wait, every version of them, and move them. */
  public grantProcess(grantee: iam.IGrantable): iam.Grant {
    const { bucket } = this.bucket;
    const files = (folder: string) => ({
      bucket,
      prefix: `${this.prefix}/${folder}`,
      key: this.key,
      content: 'dropped files',
    });
    const inbox = bucket.arnForObjects(`${this.prefix}/inbox/*`);
    return this.list(grantee, ['s3:ListBucketVersions'])
      .combine(grantPrefixRead(grantee, files('inbox')))
      .combine(grantPrefixRead(grantee, files('batches')))
      .combine(grantPrefixWrite(grantee, files('batches')))
      .combine(grantPrefixWrite(grantee, files('done')))
      .combine(grantPrefixWrite(grantee, files('rejected')))
      .combine(
        iam.Grant.addToPrincipalOrResource({
          grantee,
          actions: ['s3:GetObjectVersion', 's3:DeleteObjectVersion'],
          resourceArns: [inbox],
          resource: bucket,
        }),
      );
  }

  private get key() {
    return this.bucket.bucket.encryptionKey ?? this.lake.key.key;
  }

  private list(grantee: iam.IGrantable, actions: string[]): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions,
      resourceArns: [this.bucket.bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [`${this.prefix}/inbox/*`] } },
    });
  }
}
