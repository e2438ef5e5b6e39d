import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataBucket } from '../../../lib/foundation';
import {
  FileDrop,
  type FileDropProps,
  FilesToBronzeJob,
  type FilesToBronzeJobProps,
  MedallionLayer,
} from '../../../lib/lakehouse';
import { flat, type Json, newLake, newStack, only, rawSchema, resources, statements, template } from './fixture';

function ingest(props: Partial<FilesToBronzeJobProps> = {}, dropProps: Partial<FileDropProps> = {}): Stack {
  const stack = newStack();
  const lake = newLake(stack, 'Lake', { databasePrefix: '' });
  const table = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  const drop = new FileDrop(stack, 'Drop', { lake, ...dropProps });
  new FilesToBronzeJob(stack, 'Files', { lake, drop, table, ...props });
  return stack;
}

function jobArguments(stack: Stack): Record<string, string> {
  const all: Record<string, Json> = only(stack, 'AWS::Glue::Job').Properties.DefaultArguments;
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, flat(value)]));
}

/** The statements of a role, as `action resource below the bucket`. */
function rights(stack: Stack, role: RegExp): string[] {
  const policies = Object.entries(resources(stack, 'AWS::IAM::Policy')).filter(([id]) => role.test(id));
  return policies
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Json[])
    .flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action: string) => [Resource].flat().map((each) => `${action} ${flat(each)}`)),
    )
    .map((right) => right.replace(/<[^>]*LakeData[^>]*>+/, 'BUCKET').replace(/<\[.*\]>/, 'X'))
    .sort();
}

describe('files to bronze', () => {
  test('tells the runner bucket, prefix and table', () => {
    expect(jobArguments(ingest())).toMatchObject({
      '--table': expect.stringMatching(/^<LakeBronze[0-9A-F]+>\.trades$/),
      '--bucket': expect.stringMatching(/^<LakeData\w+>$/),
      '--prefix': 'drop',
    });
  });

  test('says nothing of the format that the runner does not know by itself', () => {
    const names = Object.keys(jobArguments(ingest()));
    expect(names.filter((name) => /csv|required/.test(name))).toEqual([]);
  });

  test('tells the runner what was agreed upon', () => {
    const csv = { delimiter: ';', quote: "'", encoding: 'windows-1252' };
    expect(jobArguments(ingest({ csv, requiredFields: ['id', 'price'] }))).toMatchObject({
      '--csv_delimiter': ';',
      '--csv_quote': "'",
      '--csv_encoding': 'windows-1252',
      '--required_fields': 'id,price',
    });
  });

  test.each([
    [{ csv: { delimiter: '||' } }, "Stack/Files: csv delimiter '||' is not one visible character or a tab."],
    [{ csv: { quote: ' ' } }, "csv quote ' ' is not one visible character or a tab."],
    [
      { csv: { encoding: 'utf-16' } },
      "csv encoding 'utf-16' is not read; use one of: utf-8, iso-8859-1, windows-1252.",
    ],
    [{ requiredFields: ['a,b'] }, "required field 'a,b' is blank or has a comma; name single fields."],
    [{ lookEvery: Duration.seconds(90) }, 'Stack/Files: cannot run every 1 minute 30 seconds'],
  ])('refuses %j', (props, sentence) => {
    expect(() => ingest(props)).toThrow(sentence);
  });

  test('is a batch job that never runs twice at a time', () => {
    const { Command, ExecutionProperty } = only(ingest(), 'AWS::Glue::Job').Properties;
    expect(Command.Name).toBe('glueetl');
    expect(ExecutionProperty).toEqual({ MaxConcurrentRuns: 1 });
  });

  test('is started by a function that looks into the inbox, every 15 minutes unless it is said otherwise', () => {
    const schedule = only(ingest(), 'AWS::Scheduler::Schedule').Properties;
    expect(schedule.ScheduleExpression).toBe('rate(15 minutes)');
    expect(flat(schedule.Target.Arn)).toContain('FilesStarter');
    const other = only(ingest({ lookEvery: Duration.hours(2) }), 'AWS::Scheduler::Schedule').Properties;
    expect(other.ScheduleExpression).toBe('rate(120 minutes)');
  });

  test('has a starter that may list the inbox and start the job, and nothing else', () => {
    const found = rights(ingest(), /FilesStarterRole/).filter((right) => !/^(logs|xray):/.test(right));
    expect(found).toEqual([
      expect.stringMatching(/^glue:StartJobRun .*:job\/<Files\w+>$/),
      expect.stringMatching(/^s3:ListBucket /),
    ]);
  });

  test('deletes files in the inbox by their version only, and writes nothing into it', () => {
    const inbox = rights(ingest(), /FilesRole/).filter((right) => right.endsWith('/drop/inbox/*'));
    expect(inbox.map((right) => right.split(' ')[0])).toEqual([
      's3:DeleteObjectVersion',
      's3:GetObject',
      's3:GetObjectVersion',
    ]);
  });

  test('takes its place and its run time from what it is given', () => {
    const { Timeout, Name } = only(
      ingest({ jobName: 'files', timeout: Duration.minutes(7) }),
      'AWS::Glue::Job',
    ).Properties;
    expect({ Timeout, Name }).toEqual({ Timeout: 7, Name: 'files' });
  });
});

describe('file drop', () => {
  test('keeps what was read or set aside for 90 days, unless it is said otherwise', () => {
    const rules = (stack: Stack) =>
      Object.values(resources(stack, 'AWS::S3::Bucket'))
        .flatMap(({ Properties }) => Properties.LifecycleConfiguration.Rules as Json[])
        .filter(({ Prefix }) => Prefix)
        .map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays]);
    expect(rules(ingest())).toEqual([
      ['drop/done/', 90],
      ['drop/rejected/', 90],
    ]);
    expect(rules(ingest({}, { prefix: 'in', retention: Duration.days(7) }))).toEqual([
      ['in/done/', 7],
      ['in/rejected/', 7],
    ]);
  });

  test('stands in a bucket that exists, whose lifecycle is left alone', () => {
    const stack = newStack();
    const lake = newLake(stack);
    const name = new CfnParameter(stack, 'Name').valueAsString;
    const bucket = DataBucket.fromBucket(stack, 'Partners', s3.Bucket.fromBucketName(stack, 'Bucket', name));
    const drop = new FileDrop(stack, 'Drop', { lake, bucket });
    expect(stack.resolve(drop.inboxUrl)).toEqual({ 'Fn::Join': ['', ['s3://', { Ref: 'Name' }, '/drop/inbox/']] });
    template(stack);
  });

  test.each(['', '/drop', 'drop/'])("refuses the prefix '%s'", (prefix) => {
    expect(() => ingest({}, { prefix })).toThrow('is empty or has a slash at an end');
  });

  test('lets partners put files, and neither read nor delete them', () => {
    const stack = newStack();
    const drop = new FileDrop(stack, 'Drop', { lake: newLake(stack) });
    drop.grantDrop(new iam.Role(stack, 'Partner', { assumedBy: new iam.AccountRootPrincipal() }));
    const actions = statements(stack).flatMap(({ Action }) => Action);
    expect(actions).toEqual(['s3:PutObject', 's3:AbortMultipartUpload', 'kms:Decrypt', 'kms:GenerateDataKey']);
  });
});
