import { Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { ErasureJob, type ErasureJobProps, IcebergTable, MedallionLayer } from '../../../lib/lakehouse';
import { file, type Json, newLake, newStack, only, rawSchema, statements, tradeSchema, byDay } from './fixture';

const goldSql = file('gold.sql', 'SELECT 1;\n');

function erasure(props: Partial<ErasureJobProps> = {}, stack = newStack()): { stack: Stack; job: ErasureJob } {
  const lake = newLake(stack, 'Lake', { databasePrefix: '' });
  const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  const silver = lake.addTable(MedallionLayer.SILVER, {
    tableName: 'trades',
    schema: tradeSchema.conformed(),
    partitionedBy: byDay,
  });
  const job = new ErasureJob(stack, 'Erasure', {
    lake,
    columns: ['trade_id'],
    identity: 'trade_id',
    tables: [silver],
    messages: { table: bronze, record: tradeSchema, consumers: [silver] },
    derived: [{ table: silver, sqlFiles: [goldSql] }],
    ...props,
  });
  return { stack, job };
}

/** The plan with each reference to another resource as `<LogicalId>`. */
function plan(stack: Stack): Json {
  const jobs = only(stack, 'AWS::Glue::Job');
  const text = jobs.Properties.DefaultArguments['--plan'];
  const flat = (value: Json): string =>
    typeof value === 'string' ? value : value.Ref ? `<${value.Ref.replace(/[0-9A-F]{8}$/, '')}>` : value['Fn::Sub'];
  return JSON.parse(text['Fn::Join'][1].map(flat).join(''));
}

/** Suffixes of the objects on which an action is allowed. */
function allowed(stack: Stack, action: string): string[] {
  const resources = statements(stack)
    .filter((statement) => [statement.Action].flat().includes(action))
    .flatMap((statement) => [statement.Resource].flat());
  return resources.map((resource) => resource['Fn::Join']?.[1].at(-1) ?? JSON.stringify(resource)).sort();
}

test('the plan names tables, columns, record and SQL, in the order of the erasure', () => {
  expect(plan(erasure().stack)).toMatchObject({
    columns: ['trade_id'],
    identity: 'trade_id',
    tables: [{ table: '<LakeSilver>.trades' }],
    payloads: [{ table: '<LakeBronze>.trades', consumers: [{ table: '<LakeSilver>.trades', name: 'bronze' }] }],
    derived: [{ table: '<LakeSilver>.trades', sql: [expect.stringMatching(/^s3:\/\/.*\.sql$/)] }],
    record: expect.stringMatching(/^s3:\/\/.*\.json$/),
    variables: { bronze: '<LakeBronze>', silver: '<LakeSilver>', gold: '<LakeGold>' },
    disposable: ['s3://<LakeData>/query-results'],
    orphanHours: 24,
  });
});

test('a lake without raw messages and aggregates needs neither record nor SQL', () => {
  const { stack } = erasure({ messages: undefined, derived: undefined });
  expect(plan(stack)).toMatchObject({ payloads: [], derived: [] });
  expect(plan(stack)).not.toHaveProperty('record');
});

test('the age of leftovers and the places of copies are the user’s', () => {
  const { stack } = erasure({ leftoverAge: Duration.minutes(90), disposablePrefixes: ['copies'] });
  expect(plan(stack)).toMatchObject({ orphanHours: 1.5, disposable: ['s3://<LakeData>/copies'] });
});

test('versions are removed under the tables, the copies and the requests, and nowhere else', () => {
  expect(allowed(erasure().stack, 's3:DeleteObjectVersion')).toEqual([
    '/bronze/trades/*',
    '/erasure-requests/*',
    '/query-results/*',
    '/silver/trades/*',
  ]);
});

test('requests are read and records are written, not the other way round', () => {
  const { stack } = erasure();
  expect(allowed(stack, 's3:PutObject')).toContain('/erasures/*');
  expect(allowed(stack, 's3:PutObject')).not.toContain('/erasure-requests/*');
  expect(allowed(stack, 's3:GetObject')).toContain('/erasure-requests/*');
  expect(allowed(stack, 's3:GetObject')).not.toContain('/erasures/*');
});

test('says where requests are put and where records stand', () => {
  const { stack, job } = erasure();
  const bucket = { Ref: expect.stringMatching(/^LakeData/) };
  expect(stack.resolve(job.requestLocation)).toEqual({ 'Fn::Join': ['', ['s3://', bucket, '/erasure-requests/']] });
  expect(stack.resolve(job.recordLocation)).toEqual({ 'Fn::Join': ['', ['s3://', bucket, '/erasures/']] });
});

test('is started by nobody but a person', () => {
  const { stack } = erasure();
  expect(() => only(stack, 'AWS::Scheduler::Schedule')).toThrow();
});

test('a table of another bucket is refused, and what to do is said', () => {
  const stack = newStack();
  const other = IcebergTable.fromIcebergTableAttributes(stack, 'Other', {
    databaseName: 'other',
    tableName: 'people',
    bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'elsewhere'),
    prefix: 'people',
  });
  expect(() => erasure({ tables: [other], messages: undefined, derived: undefined }, stack)).toThrow(
    "Erasure: table 'people' stands in another bucket than the lake; give its own lake an ErasureJob.",
  );
});

test('at least one column is needed', () => {
  expect(() => erasure({ columns: [] })).toThrow('Erasure: no columns; name at least one by which rows are erased.');
});
