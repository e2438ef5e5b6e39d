import {
  DeleteObjectsCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';
import { type PortalSite, publish, type SiteBucket } from './portal-site';

const client = new S3Client();
/** S3 deletes so many objects at a time. */
const MOST_DELETED = 1000;

/** Puts the pages that a synth has made into the portal's bucket. They stay when the resource goes: the bucket decides. */
export const handler = customResourceHandler(async (event) => {
  const bucketName = textProperty(event, 'BucketName');
  if (event.RequestType !== 'Delete') {
    const source = { Bucket: textProperty(event, 'SourceBucket'), Key: textProperty(event, 'SourceKey') };
    const { Body } = await client.send(new GetObjectCommand(source));
    const site = JSON.parse((await Body?.transformToString()) ?? '') as PortalSite;
    await publish(site, siteBucket(bucketName), event.RequestType === 'Create');
  }
  return { physicalResourceId: `${bucketName}/site` };
});

function siteBucket(Bucket: string): SiteBucket {
  return {
    async put(Key, Body, ContentType) {
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType, CacheControl: 'max-age=60' }));
    },
    async list() {
      const paths: string[] = [];
      for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket })) {
        paths.push(...(Contents ?? []).flatMap(({ Key }) => Key ?? []));
      }
      return paths;
    },
    async remove(paths) {
      for (let at = 0; at < paths.length; at += MOST_DELETED) {
        const Objects = paths.slice(at, at + MOST_DELETED).map((Key) => ({ Key }));
        const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
        const [refused] = Errors ?? [];
        if (refused) throw new Error(`${Bucket}/${refused.Key} cannot be deleted: ${refused.Message}`);
      }
    },
  };
}
