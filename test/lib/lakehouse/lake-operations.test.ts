import { Duration } from 'aws-cdk-lib';
import { readFileSync } from 'node:fs';
import {
  LakeOperations,
  type LakeOperationsProps,
  LakePipeline,
  MedallionLayer,
  QualityGate,
  SqlJob,
} from '../../../lib/lakehouse';
import { byDay, file, newLake, newStack, only, rawSchema, resources, tradeSchema, type Json } from './fixture';

function operated(props: Partial<LakeOperationsProps> = {}) {
  const stack = newStack();
  const lake = newLake(stack);
  const source = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  const schema = tradeSchema.conformed();
  const table = lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
  const job = (id: string) => new SqlJob(stack, id, { lake, sqlFiles: [file(`${id}.sql`, 'SELECT 1')] });
  const qualityGate = new QualityGate(stack, 'Gate', { lake, record: tradeSchema, table, source });
  const pipeline = new LakePipeline(stack, 'Pipeline', { lake, silver: job('Silver'), qualityGate, gold: job('Gold') });
  return { stack, operations: new LakeOperations(stack, 'Operations', { pipeline, qualityGate, ...props }) };
}

function alarms(props: Partial<LakeOperationsProps> = {}): Json[] {
  return Object.values(resources(operated(props).stack, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
}

const daily = alarms({ goldEvery: Duration.days(2) });

describe('alarms', () => {
  test('are four with a pipeline on schedule, three on demand', () => {
    expect(daily).toHaveLength(4);
    expect(alarms()).toHaveLength(3);
  });

  test('each link to a section that the runbook has', () => {
    const headings = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (\S+)$/gm)].map(
      ([, heading]) => heading,
    );
    const anchors = daily.map(
      ({ AlarmDescription }) => /Runbook: https:\S+\/docs\/runbook\.md#(\S+)$/.exec(AlarmDescription)?.[1],
    );
    expect(anchors).toHaveLength(4);
    expect(headings).toEqual(expect.arrayContaining(anchors));
  });

  test('link to a page of the team when there is one', () => {
    const linked = alarms({ runbookUrl: 'https://wiki.example.com/lake' }).filter(({ AlarmDescription }) =>
      AlarmDescription.includes('https://wiki.example.com/lake#'),
    );
    expect(linked).toHaveLength(2);
  });

  test('all tell the topic of the pipeline', () => {
    expect(new Set(daily.map(({ AlarmActions }) => JSON.stringify(AlarmActions))).size).toBe(1);
  });

  test('go off at the first broken rule, and stay until a run of the gate says otherwise', () => {
    expect(daily.find(({ MetricName }) => MetricName === 'RulesFailed')).toMatchObject({
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 1,
      TreatMissingData: 'ignore',
    });
  });

  test('go off when nothing has succeeded for as long as it may take, an execution that never was included', () => {
    expect(daily.find(({ MetricName }) => MetricName === 'ExecutionsSucceeded')).toMatchObject({
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      Period: 86_400,
      EvaluationPeriods: 2,
      TreatMissingData: 'breaching',
    });
  });

  test('take the bound of freshness', () => {
    const [silent] = alarms({ freshness: Duration.hours(3) }).filter(
      ({ MetricName }) => MetricName === 'HoursSinceArrival',
    );
    expect(silent).toMatchObject({ Threshold: 3, AlarmDescription: expect.stringContaining('more than 3 hours') });
  });
});

test('the dashboard shows freshness, lag, quality and runs', () => {
  const body = JSON.stringify(only(operated().stack, 'AWS::CloudWatch::Dashboard').Properties.DashboardBody);
  for (const metric of ['HoursSinceArrival', 'RowsArrived', 'QualityScore', 'RulesFailed', 'InvalidShare']) {
    expect(body).toContain(metric);
  }
  expect(body).toMatch(/ExecutionsSucceeded.*ExecutionsFailed.*ExecutionTime/);
});

test.each([Duration.hours(30), Duration.days(8)])('gold every %s is refused', (goldEvery) => {
  expect(() => operated({ goldEvery })).toThrow(/goldEvery is .*; an alarm looks back over whole days, 1 to 7/);
});
