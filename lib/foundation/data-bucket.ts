import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct, IConstruct } from 'constructs';
import { IDataKey } from './data-key';
import { DeploymentProfile } from './deployment-profile';
import { acknowledge } from './private/acknowledge';
import { BucketEmptier } from './private/bucket-emptier';
import { LogBucket } from './private/log-bucket';

/** A bucket that holds data. */
export interface IDataBucket extends IConstruct {
  /** The S3 bucket. Its grants include the key when the bucket was defined with one. */
  readonly bucket: s3.IBucket;
}

/** Properties of a `DataBucket`. */
export interface DataBucketProps {
  /** The key that every object is encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for. A sandbox empties and deletes the bucket with its stack, production keeps it.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the bucket, unique in the partition.
   *
   * @default - CloudFormation makes one up
   */
  readonly bucketName?: string;

  /**
   * Where S3 delivers the access logs. The bucket must be encrypted with SSE-S3 and allow `logging.s3.amazonaws.com`.
   *
   * @default - a log bucket of its own
   */
  readonly accessLogsBucket?: s3.IBucket;

  /**
   * How long access logs are kept in the log bucket of its own.
   *
   * @default - 14 days in a sandbox, 365 days in production
   */
  readonly accessLogsRetention?: Duration;

  /**
   * How long overwritten and deleted versions of objects are kept.
   *
   * @default - 1 day in a sandbox, 30 days in production
   */
  readonly noncurrentVersionRetention?: Duration;

  /**
   * Lifecycle rules besides the two that every data bucket has (old versions expire, abandoned multipart uploads are
   * aborted after 7 days). Never expire objects under an Iceberg table this way: its metadata still names them.
   *
   * @default - none
   */
  readonly lifecycleRules?: s3.LifecycleRule[];
}

/**
 * An S3 bucket for data: encrypted with a customer-managed key (one bucket key, so that KMS is not called for every
 * object), reachable over TLS only, closed to the public, versioned, its access logged.
 */
export class DataBucket extends Construct implements IDataBucket {
  /** Adopts a bucket that exists already; its encryption, policy and lifecycle stay as they are. */
  static fromBucket(scope: Construct, id: string, bucket: s3.IBucket): IDataBucket {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new AdoptedBucket(scope, id, { bucket });
  }

  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: DataBucketProps) {
    super(scope, id);
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    const bucket = new s3.Bucket(this, 'Resource', {
      bucketName: props.bucketName,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: props.key.key,
      bucketKeyEnabled: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: profile.removalPolicy,
      lifecycleRules: [
        {
          noncurrentVersionExpiration: props.noncurrentVersionRetention ?? profile.noncurrentVersionRetention,
          expiredObjectDeleteMarker: true,
        },
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
        ...(props.lifecycleRules ?? []),
      ],
    });
    acknowledge(
      bucket,
      'NIST.800.53.R5-S3BucketReplicationEnabled',
      'Iceberg names its files by absolute path, so a replica is not a table; versions keep what is overwritten.',
    );
    this.bucket = bucket;
    const logs = props.accessLogsBucket ?? this.createLogBucket(bucket, props, profile);
    this.logAccess(bucket, logs);
    if (profile.destroyable) {
      const emptier = new BucketEmptier(this, 'Emptier', { key: props.key, profile });
      emptier.empty('Emptied', bucket);
      if (!props.accessLogsBucket) emptier.empty('EmptiedAccessLogs', logs);
    }
  }

  private createLogBucket(bucket: s3.Bucket, props: DataBucketProps, profile: DeploymentProfile): s3.IBucket {
    const logs = new LogBucket(this, 'AccessLogs', { profile, retention: props.accessLogsRetention });
    logs.allowDeliveryFrom(bucket);
    return logs.bucket;
  }

  // Written on the L1 because the L2's `serverAccessLogsBucket` gives the log bucket an ACL or a policy depending on a
  // feature flag of the app that uses us, and an ACL is refused by a bucket without ACLs.
  private logAccess(bucket: s3.Bucket, logs: s3.IBucket): void {
    const resource = bucket.node.defaultChild as s3.CfnBucket;
    resource.loggingConfiguration = {
      destinationBucketName: logs.bucketName,
      logFilePrefix: `${this.node.addr.slice(-8)}/`,
    };
  }
}

interface AdoptedBucketProps {
  readonly bucket: s3.IBucket;
}

class AdoptedBucket extends Construct implements IDataBucket {
  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: AdoptedBucketProps) {
    super(scope, id);
    this.bucket = props.bucket;
  }
}
