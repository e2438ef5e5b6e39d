import * as iam from 'aws-cdk-lib/aws-iam';
import type { IDataBucket } from '../data-bucket';
import { acknowledgeWildcards } from './acknowledge';

/** Where Lambda puts what its own destinations are given: https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
export const LAMBDA_DESTINATION = 'aws/lambda/*';

/** Lets the grantee add messages that could not be applied to a bucket, below these prefixes and nowhere else. */
export function grantDeadLetters(grantee: iam.IGrantable, { bucket }: IDataBucket, prefixes: readonly string[]): void {
  const objects = prefixes.map((prefix) => bucket.arnForObjects(prefix));
  acknowledgeWildcards(grantee, objects, 'A message gets a name of its own when it is set aside.');
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:PutObject'], resourceArns: objects });
  bucket.encryptionKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
  if (!prefixes.includes(LAMBDA_DESTINATION)) return;
  // Lambda looks at the bucket before it takes it for a destination.
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] });
}
