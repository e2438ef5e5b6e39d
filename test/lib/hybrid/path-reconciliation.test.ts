import { type App, Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { PathReconciliation, type PathReconciliationProps } from '../../../lib/hybrid';
import { DataBucket } from '../../../lib/foundation';
import { MedallionLake, MedallionLayer, QueryWorkgroup } from '../../../lib/lakehouse';
import { byDay, ledger, tradeSchema } from '../lakehouse/fixture';
import { nagFindings } from '../../support/nag';
import { servingFixture } from '../serving/fixture';

const QUERY = 'select * from silver where traded_at between {from} and {to} and late > {grace_seconds}';
const { stack, key, profile, store } = servingFixture();
const lake = new MedallionLake(stack, 'Lake', {
  ledger,
  profile,
  bucket: new DataBucket(stack, 'Data', { key, profile }),
});
const silver = lake.addTable(MedallionLayer.SILVER, {
  tableName: 'trades',
  schema: tradeSchema.conformed(),
  partitionedBy: byDay,
});
const queries = new QueryWorkgroup(stack, 'Queries', { lake });

const alarmTopic = new Topic(stack, 'Alarms');

function create(id: string, props: Partial<PathReconciliationProps> = {}): PathReconciliation {
  const tables = [silver];
  return new PathReconciliation(stack, id, { store, queries, tables, windowsQuery: QUERY, key, profile, ...props });
}

create('Compared', {
  schedule: ScheduleExpression.rate(Duration.hours(1)),
  maxDifferingPercent: 2,
  repair: true,
  alarmTopic,
});
let template: Template;
beforeAll(() => (template = Template.fromStack(stack)));

test('the function is told what it compares, as whom it writes, and whether it repairs', () => {
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: {
      Variables: Match.objectLike({
        HOT_STORE_USER: Match.anyValue(),
        QUERY,
        WINDOW_SECONDS: '60',
        GRACE_SECONDS: '300',
        LOOK_BACK_SECONDS: '86400',
        REPAIR: 'true',
      }),
    },
  });
});

test('it runs on its schedule, and an alarm goes off beyond the bound', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(1 hour)' });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'DifferingShare',
    Namespace: 'DataPatterns/Hybrid',
    Threshold: 2,
  });
});

/** Services that the function is found not to reach. */
function unreached(json: string): string[] {
  const found = reachability(JSON.parse(json) as CloudFormationTemplate);
  return found.filter(({ task }) => task.startsWith('Compared')).map(({ target }) => target);
}

test('the function reaches the store and Athena, which asks Glue in its name', () => {
  const json = JSON.stringify(template.toJSON());
  expect(unreached(json)).toEqual([]);
  const withoutQueries = json.replaceAll('athena:StartQueryExecution', 'athena:ListWorkGroups');
  expect(unreached(withoutQueries)).toEqual(['glue']);
});

test('no finding of cdk-nag is left open about it', () => {
  const found = nagFindings(stack.node.root as App);
  expect(found.filter((finding) => finding.includes('/Compared'))).toEqual([]);
});

test.each<[string, Partial<PathReconciliationProps>, string]>([
  ['Share', { maxDifferingPercent: 101 }, 'maxDifferingPercent is 101; give a percentage, 0 to 100'],
  ['Query', { windowsQuery: 'select {from}, {grace_seconds}' }, 'windowsQuery does not use {to}'],
  ['Tables', { tables: [] }, 'tables is empty; name those that windowsQuery reads'],
  ['LookBack', { lookBack: Duration.seconds(30) }, 'lookBack is shorter than a window'],
])('%s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => create(`Refused${id}`, props)).toThrow(sentence);
});

test('it names no partition', () => {
  expect(JSON.stringify(template.toJSON())).not.toContain('arn:aws:');
});
