import { event, LocalServer, Received } from './answers';

const PROPERTIES = { BucketName: 'lake', ObjectsArn: 'arn:aws:s3:::lake/*', Tag: 'emptied' };

/** As much of a bucket in S3's REST API as the handler uses. */
class Bucket {
  tags = ['emptied'];
  policy?: string;
  undeletable?: string;
  exists = true;
  constructor(public versions: string[]) {}

  answer({ method, path, body }: Received): { status: number; body?: string } {
    if (!this.exists) return missing('NoSuchBucket');
    const query = path.slice(path.indexOf('?') + 1);
    if (query.startsWith('tagging')) return this.tagging();
    if (query.startsWith('policy') && method === 'GET') {
      return this.policy ? { status: 200, body: this.policy } : missing('NoSuchBucketPolicy');
    }
    if (query.startsWith('policy')) {
      this.policy = body;
      return { status: 204 };
    }
    return query.startsWith('versions') ? this.list() : this.delete(body);
  }

  private tagging() {
    const tags = this.tags.map((tag) => `<Tag><Key>${tag}</Key><Value>true</Value></Tag>`).join('');
    return tags ? { status: 200, body: `<Tagging><TagSet>${tags}</TagSet></Tagging>` } : missing('NoSuchTagSet');
  }

  // Two a page, so that emptying takes several.
  private list() {
    const entries = this.versions.slice(0, 2).map((version) => {
      const element = version.startsWith('marker') ? 'DeleteMarker' : 'Version';
      return `<${element}><Key>a.parquet</Key><VersionId>${version}</VersionId></${element}>`;
    });
    return { status: 200, body: `<ListVersionsResult>${entries.join('')}</ListVersionsResult>` };
  }

  private delete(body: string) {
    const asked = [...body.matchAll(/<VersionId>([^<]+)<\/VersionId>/g)].map(([, version]) => version);
    const refused = asked.filter((version) => version === this.undeletable);
    this.versions = this.versions.filter((version) => !asked.includes(version) || refused.includes(version));
    const errors = refused.map(
      () => '<Error><Key>a.parquet</Key><Code>AccessDenied</Code><Message>held</Message></Error>',
    );
    return { status: 200, body: `<DeleteResult>${errors.join('')}</DeleteResult>` };
  }
}

function missing(code: string) {
  return { status: 404, body: `<Error><Code>${code}</Code><Message>${code}</Message></Error>` };
}

let bucket: Bucket;
const cloudFormation = new LocalServer();
const s3 = new LocalServer((request) => bucket.answer(request));
let url: string;
let handler: typeof import('../../../../lib/foundation/runtime/empty-bucket.handler').handler;

beforeAll(async () => {
  url = await cloudFormation.start();
  process.env.AWS_ENDPOINT_URL = await s3.start();
  process.env.AWS_REGION = 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  ({ handler } = await import('../../../../lib/foundation/runtime/empty-bucket.handler'));
});

afterAll(async () => {
  await cloudFormation.stop();
  await s3.stop();
});

beforeEach(() => {
  bucket = new Bucket(['v1', 'v2', 'v3', 'marker1', 'v4']);
  cloudFormation.received.length = 0;
  s3.received.length = 0;
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

const answer = (): unknown => JSON.parse(cloudFormation.received[0].body);

test('all versions and delete markers go', async () => {
  await handler(event('Delete', url, PROPERTIES, 'lake'));
  expect(bucket.versions).toEqual([]);
  expect(answer()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'lake' });
});

test('new objects are refused before the old ones go, what the policy said stays', async () => {
  const tls = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::lake' };
  bucket.policy = JSON.stringify({ Version: '2012-10-17', Statement: [tls] });
  await handler(event('Delete', url, PROPERTIES, 'lake'));
  expect(JSON.parse(bucket.policy)).toEqual({
    Version: '2012-10-17',
    Statement: [tls, { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: 'arn:aws:s3:::lake/*' }],
  });
});

test('a bucket that lost its tag keeps its objects: it is no sandbox any more', async () => {
  bucket.tags = [];
  await handler(event('Delete', url, PROPERTIES, 'lake'));
  expect(bucket.versions).toHaveLength(5);
  expect(answer()).toMatchObject({ Status: 'SUCCESS' });
});

test('another tag is not that tag', async () => {
  bucket.tags = ['owner'];
  await handler(event('Delete', url, PROPERTIES, 'lake'));
  expect(bucket.versions).toHaveLength(5);
});

test('a bucket that is gone already is fine', async () => {
  bucket.exists = false;
  await handler(event('Delete', url, PROPERTIES, 'lake'));
  expect(answer()).toMatchObject({ Status: 'SUCCESS' });
});

test('an object that cannot be deleted fails with its name', async () => {
  bucket.undeletable = 'v2';
  await handler(event('Delete', url, PROPERTIES, 'lake'));
  expect(answer()).toMatchObject({ Status: 'FAILED', Reason: 'Error: lake/a.parquet cannot be deleted: held' });
});

test.each(['Create', 'Update'] as const)('nothing is touched on %s', async (type) => {
  await handler(event(type, url, PROPERTIES, 'lake'));
  expect(s3.received).toEqual([]);
  expect(answer()).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'lake' });
});
