import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { acknowledgeWildcards } from './acknowledge';

/** Objects of a bucket that share a prefix. */
export interface BucketPrefix {
  readonly bucket: s3.IBucket;
  /** Without slashes at its ends. */
  readonly prefix: string;
  /** The key that the objects are encrypted with. */
  readonly key?: kms.IKey;
  /** What the objects are, for the reason beside the wildcard. */
  readonly content: string;
}

const READ_OBJECTS = ['s3:GetObject'];
// Iceberg's S3FileIO and Spark upload large files in parts and clean up after a failed commit.
const WRITE_OBJECTS = ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

/** Lets the grantee read the objects under a prefix and list their names. */
export function grantPrefixRead(grantee: iam.IGrantable, files: BucketPrefix): iam.Grant {
  const grant = objects(grantee, files, READ_OBJECTS).combine(listing(grantee, files));
  return files.key ? grant.combine(files.key.grant(grantee, 'kms:Decrypt')) : grant;
}

/** Lets the grantee add, replace and delete the objects under a prefix. */
export function grantPrefixWrite(grantee: iam.IGrantable, files: BucketPrefix): iam.Grant {
  const grant = objects(grantee, files, WRITE_OBJECTS);
  if (!files.key) return grant;
  // Decrypt too: S3 asks for it when the parts of a multipart upload are put together.
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions (2026-11-23)
  return grant.combine(files.key.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey'));
}

/**
 * Lets the grantee use a prefix as a folder of Hadoop's S3A, which Spark keeps checkpoints in: before it makes a folder
 * it looks whether one of the folders above it is a file, by HEAD and by listing.
 *
 * @see https://github.com/apache/hadoop/pull/100 (HADOOP-13278), as found by a rehearsal under IAM
 */
export function grantFolder(grantee: iam.IGrantable, files: BucketPrefix): iam.Grant {
  const parts = files.prefix.split('/');
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const probes = iam.Grant.addToPrincipal({
    grantee,
    actions: READ_OBJECTS,
    resourceArns: folders.map((folder) => files.bucket.arnForObjects(folder)),
  });
  const listings = iam.Grant.addToPrincipal({
    grantee,
    actions: ['s3:ListBucket'],
    resourceArns: [files.bucket.bucketArn],
    conditions: { StringEquals: { 's3:prefix': folders.map((folder) => `${folder}/`) } },
  });
  return grantPrefixRead(grantee, files).combine(grantPrefixWrite(grantee, files)).combine(probes).combine(listings);
}

/** Lets the grantee read the metadata files of the table whose files these are, and nothing else. */
export function grantMetadataRead(grantee: iam.IGrantable, files: BucketPrefix): iam.Grant {
  const metadata = { ...files, prefix: `${files.prefix}/metadata`, content: `the metadata of ${files.content}` };
  const grant = objects(grantee, metadata, READ_OBJECTS);
  return files.key ? grant.combine(files.key.grant(grantee, 'kms:Decrypt')) : grant;
}

/** Lets the grantee see every version of the objects under a prefix, and remove them for good. */
export function grantPrefixPurge(grantee: iam.IGrantable, files: BucketPrefix): iam.Grant {
  return objects(grantee, files, ['s3:DeleteObject', 's3:DeleteObjectVersion']).combine(
    listing(grantee, files, 's3:ListBucketVersions'),
  );
}

function objects(grantee: iam.IGrantable, files: BucketPrefix, actions: string[]): iam.Grant {
  const arn = files.bucket.arnForObjects(`${files.prefix}/*`);
  acknowledgeWildcards(grantee, [arn], `The names of ${files.content} are made up as they are written.`);
  return iam.Grant.addToPrincipalOrResource({ grantee, actions, resourceArns: [arn], resource: files.bucket });
}

function listing(grantee: iam.IGrantable, files: BucketPrefix, action = 's3:ListBucket'): iam.Grant {
  return iam.Grant.addToPrincipal({
    grantee,
    actions: [action],
    resourceArns: [files.bucket.bucketArn],
    conditions: { StringLike: { 's3:prefix': [files.prefix, `${files.prefix}/*`] } },
  });
}
