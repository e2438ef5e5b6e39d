import { CustomResource, Duration, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { IDataKey } from '../data-key';
import type { DeploymentProfile } from '../deployment-profile';
import { acknowledgeWildcards } from './acknowledge';
import { HandlerFunction } from './handler-function';

const TAG = 'cdk-data-patterns:emptied-on-delete';

export interface BucketEmptierProps {
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
}

/**
 * Empties buckets before their stack deletes them.
 *
 * In place of `autoDeleteObjects` of aws-cdk-lib, whose function takes the AWS SDK from Lambda's runtime: ours brings all
 * it needs, so that a local emulator runs it, too.
 */
export class BucketEmptier extends Construct {
  private readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: BucketEmptierProps) {
    super(scope, id);
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'empty-bucket',
      description: 'Empties a bucket before its stack deletes it',
      profile: props.profile,
      key: props.key,
      timeout: Duration.minutes(15),
    });
  }

  /** Empties that bucket when the stack goes. */
  empty(id: string, bucket: s3.IBucket): void {
    Tags.of(bucket).add(TAG, 'true');
    const objects = bucket.arnForObjects('*');
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['s3:GetBucketPolicy', 's3:GetBucketTagging', 's3:ListBucketVersions', 's3:PutBucketPolicy'],
      resourceArns: [bucket.bucketArn],
    });
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
      resourceArns: [objects],
    });
    acknowledgeWildcards(this.handler, [objects], 'To empty a bucket is to delete all of its objects.');
    const resource = new CustomResource(this, id, {
      resourceType: 'Custom::EmptiedBucket',
      serviceToken: this.handler.function.functionArn,
      properties: { BucketName: bucket.bucketName, ObjectsArn: objects, Tag: TAG },
    });
    // Deleted before the bucket and its policy are.
    resource.node.addDependency(bucket);
  }
}
