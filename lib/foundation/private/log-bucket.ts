import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { DeploymentProfile } from '../deployment-profile';
import { acknowledge } from './acknowledge';

export interface LogBucketProps {
  readonly profile: DeploymentProfile;
  readonly retention?: Duration;
  /**
   * Whether logs are delivered by an ACL, as those of CloudFront are.
   * @default false
   */
  readonly deliveredByAcl?: boolean;
}

/**
 * Receives the access logs of a data bucket. Encrypted with SSE-S3, which S3 delivers to by every account: AWS's page on
 * access logging (https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html, as github.com/
 * aws/aws-cdk/issues/23514 reports it; the page itself was not read) admits nothing else as a destination's default,
 * aws-cdk's commit 6c5b67e (2023) found SSE-KMS to work, too, when the key's policy admits `logging.s3.amazonaws.com`.
 * Both read 2026-11-23.
 */
export class LogBucket extends Construct {
  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: LogBucketProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Resource', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: props.deliveredByAcl
        ? s3.ObjectOwnership.BUCKET_OWNER_PREFERRED
        : s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: props.profile.removalPolicy,
      lifecycleRules: [
        {
          expiration: props.retention ?? Duration.days(props.profile.destroyable ? 14 : 365),
          noncurrentVersionExpiration: Duration.days(1),
        },
        { abortIncompleteMultipartUploadAfter: Duration.days(7) },
      ],
    });
    acknowledge(
      this.bucket,
      ['AwsSolutions-S1', 'NIST.800.53.R5-S3BucketLoggingEnabled', 'CKV_AWS_18'],
      'It is itself the destination of access logs; logging it would loop.',
    );
    acknowledge(
      this.bucket,
      'NIST.800.53.R5-S3DefaultEncryptionKMS',
      'S3 delivers access logs to buckets with SSE-S3; with a key the delivery depends on the policy of that key.',
    );
    acknowledge(
      this.bucket,
      'NIST.800.53.R5-S3BucketReplicationEnabled',
      'Access logs expire and are not what a recovery starts from.',
    );
  }

  /** Lets S3 deliver the access logs of that bucket, and of no other, here. */
  allowDeliveryFrom(source: s3.IBucket): void {
    this.bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AccessLogDelivery',
        principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')],
        actions: ['s3:PutObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: {
          ArnLike: { 'aws:SourceArn': source.bucketArn },
          StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
        },
      }),
    );
  }
}
