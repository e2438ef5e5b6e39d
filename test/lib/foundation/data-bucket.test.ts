import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataBucket, DataBucketProps, DataKey, DeploymentProfile } from '../../../lib/foundation';

function template(props?: Partial<DataBucketProps>): Template {
  const stack = new Stack(new App(), 'Stack');
  const key = new DataKey(stack, 'Key');
  new DataBucket(stack, 'Data', { key, ...props });
  return Template.fromStack(stack);
}

const VERSIONED = Match.objectLike({ VersioningConfiguration: { Status: 'Enabled' } });

test('objects are encrypted with the given key, through a bucket key', () => {
  template().hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: {
            SSEAlgorithm: 'aws:kms',
            KMSMasterKeyID: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Key'), 'Arn'] },
          },
        },
      ],
    },
  });
});

test('every bucket, the log bucket too, is closed to the public', () => {
  template().allResourcesProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
  });
});

test('every bucket, the log bucket too, refuses requests without TLS', () => {
  template().allResourcesProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    },
  });
});

test('the bucket keeps versions', () => {
  template().hasResource('AWS::S3::Bucket', { Properties: VERSIONED });
});

test('old versions expire and abandoned uploads are aborted', () => {
  template({ noncurrentVersionRetention: Duration.days(3) }).hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: [
        { ExpiredObjectDeleteMarker: true, NoncurrentVersionExpiration: { NoncurrentDays: 3 }, Status: 'Enabled' },
        { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' },
      ],
    },
  });
});

test('lifecycle rules of the user come on top', () => {
  template({
    lifecycleRules: [
      { transitions: [{ storageClass: s3.StorageClass.INTELLIGENT_TIERING, transitionAfter: Duration.days(0) }] },
    ],
  }).hasResourceProperties('AWS::S3::Bucket', {
    LifecycleConfiguration: {
      Rules: Match.arrayWith([
        { Status: 'Enabled', Transitions: [{ StorageClass: 'INTELLIGENT_TIERING', TransitionInDays: 0 }] },
      ]),
    },
  });
});

test('access is logged to a bucket of its own, encrypted with SSE-S3', () => {
  const result = template();
  result.hasResourceProperties('AWS::S3::Bucket', {
    LoggingConfiguration: { DestinationBucketName: { Ref: Match.stringLikeRegexp('AccessLogs') } },
  });
  result.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
  });
});

test('the log bucket admits the logs of this bucket only', () => {
  template().hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Action: 's3:PutObject',
          Condition: {
            ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^Data'), 'Arn'] } },
            StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
          },
        }),
      ]),
    },
  });
});

test('a log bucket can be given', () => {
  const stack = new Stack(new App(), 'Stack');
  const accessLogsBucket = s3.Bucket.fromBucketName(stack, 'Logs', 'central-logs');
  new DataBucket(stack, 'Data', { key: new DataKey(stack, 'Key'), accessLogsBucket });
  const result = Template.fromStack(stack);
  result.resourceCountIs('AWS::S3::Bucket', 1);
  result.hasResourceProperties('AWS::S3::Bucket', { LoggingConfiguration: { DestinationBucketName: 'central-logs' } });
});

test('production keeps the buckets and has no function to empty them', () => {
  const result = template();
  result.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  result.resourceCountIs('AWS::Lambda::Function', 0);
});

test('a sandbox empties and deletes its buckets', () => {
  const result = template({ profile: DeploymentProfile.SANDBOX });
  result.allResources('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
  result.resourceCountIs('Custom::EmptiedBucket', 2);
  result.allResourcesProperties('AWS::S3::Bucket', {
    Tags: [{ Key: 'cdk-data-patterns:emptied-on-delete', Value: 'true' }],
  });
});

test('what empties a bucket goes before the bucket and its policy', () => {
  template({ profile: DeploymentProfile.SANDBOX }).allResources('Custom::EmptiedBucket', {
    DependsOn: Match.arrayWith([Match.stringLikeRegexp('^Data.*Policy')]),
  });
});

test('a given log bucket is never emptied', () => {
  const stack = new Stack(new App(), 'Stack');
  const accessLogsBucket = s3.Bucket.fromBucketName(stack, 'Logs', 'central-logs');
  const profile = DeploymentProfile.SANDBOX;
  new DataBucket(stack, 'Data', { key: new DataKey(stack, 'Key'), accessLogsBucket, profile });
  Template.fromStack(stack).resourceCountIs('Custom::EmptiedBucket', 1);
});

test('an adopted bucket is used as it is', () => {
  const stack = new Stack(new App(), 'Stack');
  const adopted = DataBucket.fromBucket(stack, 'Data', s3.Bucket.fromBucketName(stack, 'Existing', 'our-lake'));
  expect(adopted.bucket.bucketName).toBe('our-lake');
  expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
});
