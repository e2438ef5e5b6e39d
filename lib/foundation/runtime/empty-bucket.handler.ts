import {
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetBucketTaggingCommand,
  ListObjectVersionsCommand,
  type ObjectIdentifier,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { customResourceHandler, textProperty } from './custom-resource';

const s3 = new S3Client();

interface Policy {
  readonly Version: string;
  readonly Statement: object[];
}

/**
 * Empties a bucket that is about to be deleted with its stack, all versions of all objects.
 *
 * A delete event also comes when a deployment stops being a sandbox: then the resource leaves the template and the bucket
 * stays. CloudFormation takes the tag off the bucket before it sends that event, so the bucket is emptied only while it
 * carries the tag.
 */
export const handler = customResourceHandler(async (event) => {
  const bucket = textProperty(event, 'BucketName');
  if (event.RequestType === 'Delete' && (await isTagged(bucket, textProperty(event, 'Tag')))) {
    await refuseNewObjects(bucket, textProperty(event, 'ObjectsArn'));
    await empty(bucket);
  }
  return { physicalResourceId: bucket };
});

async function isTagged(bucket: string, tag: string): Promise<boolean> {
  const tagging = await unlessMissing(s3.send(new GetBucketTaggingCommand({ Bucket: bucket })));
  return tagging?.TagSet?.some(({ Key }) => Key === tag) ?? false;
}

// Access logs are delivered for hours after the last request; one that arrives late would keep the bucket from going.
async function refuseNewObjects(bucket: string, objectsArn: string): Promise<void> {
  const existing = await unlessMissing(s3.send(new GetBucketPolicyCommand({ Bucket: bucket })));
  const policy: Policy = existing?.Policy
    ? (JSON.parse(existing.Policy) as Policy)
    : { Version: '2012-10-17', Statement: [] };
  const refusal = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: objectsArn };
  const Policy = JSON.stringify({ ...policy, Statement: [...policy.Statement, refusal] });
  await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

async function empty(bucket: string): Promise<void> {
  for (;;) {
    // From the beginning each time: what was listed is gone.
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    const objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(
      ({ Key, VersionId }): ObjectIdentifier => ({ Key, VersionId }),
    );
    if (objects.length === 0) return;
    const { Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
    );
    const [refused] = Errors ?? [];
    if (refused) throw new Error(`${bucket}/${refused.Key} cannot be deleted: ${refused.Message}`);
  }
}

async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const missing = ['NoSuchBucket', 'NoSuchTagSet', 'NoSuchBucketPolicy'];
    if (error instanceof Error && missing.includes(error.name)) return undefined;
    throw error;
  }
}
