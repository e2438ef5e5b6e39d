import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey, IDataNetwork } from '../../foundation';
import { acknowledge, acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { BucketEmptier } from '../../foundation/private/bucket-emptier';

export interface DocsSiteProps {
  readonly network: IDataNetwork;
  /** Of the logs of the function that empties the bucket in a sandbox. */
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
}

/**
 * Pages in a bucket that are read over HTTPS from inside of one VPC, and from nowhere else: no server, no certificate of
 * one's own, nothing to pay for at rest.
 *
 * S3 counts a policy that admits everyone of one VPC as not public, so that public access stays blocked.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html (2026-11-28)
 */
export class DocsSite extends Construct {
  readonly bucket: s3.IBucket;
  /** The first page. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: DocsSiteProps) {
    super(scope, id);
    const { network, key, profile } = props;
    const bucket = new s3.Bucket(this, 'Resource', {
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: profile.removalPolicy,
      lifecycleRules: [{ noncurrentVersionExpiration: profile.noncurrentVersionRetention }],
    });
    this.bucket = bucket;
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'ReadFromTheNetwork',
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [this.bucket.arnForObjects('*')],
        conditions: { StringEquals: { 'aws:SourceVpc': network.vpc.vpcId } },
      }),
    );
    acknowledge(
      this.bucket,
      ['NIST.800.53.R5-S3DefaultEncryptionKMS', 'CKV_AWS_145'],
      'Browsers inside of the network read it without signing, and KMS answers nobody who does not sign.',
    );
    acknowledge(
      this.bucket,
      ['AwsSolutions-S1', 'NIST.800.53.R5-S3BucketLoggingEnabled', 'CKV_AWS_18'],
      'Pages about tables, not data; who reads them is in the flow logs of the network.',
    );
    acknowledge(this.bucket, 'NIST.800.53.R5-S3BucketReplicationEnabled', 'Every run of dbt writes the pages anew.');
    if (profile.destroyable) new BucketEmptier(this, 'Emptier', { key, profile }).empty('Emptied', this.bucket);
    const { region, urlSuffix } = Stack.of(this);
    this.url = `https://${this.bucket.bucketName}.s3.${region}.${urlSuffix}/index.html`;
  }

  /** Lets the grantee replace the pages. */
  grantPublish(grantee: iam.IGrantable): iam.Grant {
    const pages = this.bucket.arnForObjects('*');
    acknowledgeWildcards(grantee, [pages], 'dbt decides on the names of its pages.');
    return iam.Grant.addToPrincipal({ grantee, actions: ['s3:PutObject'], resourceArns: [pages] });
  }
}
