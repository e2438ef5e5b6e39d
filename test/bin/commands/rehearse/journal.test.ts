import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Journal, readJobSummary } from '../../../../bin/commands/rehearse/journal';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function journal(...entries: object[]): Journal {
  const path = join(folder, 'journal.jsonl');
  writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return Journal.read(path);
}

test('gives the resources of the stack alone, each with its last label', () => {
  const resource = { event: 'resource', type: 'AWS::S3::Bucket', note: '' };
  const read = journal(
    { ...resource, stack: 'CDKToolkit', logicalId: 'Assets', label: 'executed' },
    { ...resource, stack: 'Lake', logicalId: 'Data', label: 'recorded' },
    { ...resource, stack: 'Lake', logicalId: 'Data', label: 'executed' },
  );
  expect(read.resources('Lake').map(({ logicalId, label }) => [logicalId, label])).toEqual([['Data', 'executed']]);
});

test('counts what can run as executed only when it ran', () => {
  const job = { event: 'resource', stack: 'Lake', type: 'AWS::Glue::Job', label: 'executed', note: '' };
  const machine = { ...job, type: 'AWS::StepFunctions::StateMachine' };
  const ran = { event: 'execution', state: 'SUCCEEDED', seconds: 1 };
  const read = journal(
    { ...job, logicalId: 'Silver', physicalId: 'Lake-Silver-1' },
    { ...job, logicalId: 'Gold', physicalId: 'Lake-Gold-1' },
    { ...machine, logicalId: 'Pipeline', physicalId: 'arn:aws:states:us-east-1:1:stateMachine:Pipeline-1' },
    { ...ran, kind: 'glue-job', name: 'Lake-Silver-1' },
    { ...ran, kind: 'state-machine', name: 'Pipeline-1' },
  );
  expect(read.resources('Lake').map(({ logicalId, label }) => [logicalId, label])).toEqual([
    ['Silver', 'executed'],
    ['Gold', 'recorded'],
    ['Pipeline', 'executed'],
  ]);
});

test('counts a role and its policies as executed only when they allowed a request', () => {
  const role = { event: 'resource', stack: 'Lake', type: 'AWS::IAM::Role', label: 'executed', note: '' };
  const policy = { ...role, type: 'AWS::IAM::Policy' };
  const read = journal(
    { ...role, logicalId: 'Silver', physicalId: 'silver' },
    { ...role, logicalId: 'Schedule', physicalId: 'schedule' },
    { ...policy, logicalId: 'SilverPolicy', physicalId: 'silver-policy' },
    { ...policy, logicalId: 'SchedulePolicy', physicalId: 'schedule-policy' },
    { event: 'policy', policy: 'silver-policy', roles: ['silver'], allowed: [['s3:GetObject', '*']] },
    { event: 'policy', policy: 'schedule-policy', roles: ['schedule'], allowed: [['glue:StartJobRun', '*']] },
    { event: 'grant-used', role: 'silver', action: 's3:GetObject', resource: '*' },
  );
  expect(read.resources('Lake').map(({ logicalId, label }) => [logicalId, label])).toEqual([
    ['Silver', 'executed'],
    ['Schedule', 'recorded'],
    ['SilverPolicy', 'executed'],
    ['SchedulePolicy', 'recorded'],
  ]);
});

test('tells executions by kind, and violations', () => {
  const read = journal(
    { event: 'execution', kind: 'glue-job', name: 'silver', state: 'SUCCEEDED', seconds: 1 },
    { event: 'execution', kind: 'lambda', name: 'empty', state: 'SUCCEEDED', seconds: 1 },
    { event: 'violation', rule: 'job-not-played', subject: 'gold', message: 'It was not run.' },
  );
  expect(read.executions('glue-job').map(({ name }) => name)).toEqual(['silver']);
  expect(read.violations().map(({ rule }) => rule)).toEqual(['job-not-played']);
});

test('a journal that was never begun is empty', () => {
  expect(Journal.read(join(folder, 'none.jsonl')).violations()).toEqual([]);
});

describe('readJobSummary', () => {
  function log(content: string): string {
    const path = join(folder, 'job.log');
    writeFileSync(path, content);
    return path;
  }

  test("finds the job's last line among Spark's", () => {
    const summary = { event: 'job-summary', job: 'silver', rowsIn: 5, rowsOut: 4, rowsRejected: 1, seconds: 2.5 };
    expect(readJobSummary(log(`26/11/23 INFO x\n${JSON.stringify(summary)}\n26/11/23 INFO y\n`))).toMatchObject({
      rowsIn: 5,
      rowsOut: 4,
      rowsRejected: 1,
      seconds: 2.5,
    });
  });

  test('is found where Spark logs before its line has ended', () => {
    const line = '{"event":"job-summary","job":"gold","rowsIn":1,"rowsOut":1,"rowsRejected":0,"seconds":1}';
    const between = '26/11/24 04:24:45 INFO BlockManager: Removing RDD {116}';
    expect(readJobSummary(log(`${line}${between}\n\n`))).toMatchObject({ job: 'gold', rowsIn: 1 });
  });

  test('a job that did not come to its end has none', () => {
    expect(readJobSummary(log('26/11/23 INFO x\nTraceback\n'))).toBeUndefined();
    expect(readJobSummary(undefined)).toBeUndefined();
  });
});
