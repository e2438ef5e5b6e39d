import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const folder = mkdtempSync(join(tmpdir(), 'path-reconciliation-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
/** Path of a file with a query. */
function written(sql: string): string {
  const file = join(folder, `windows-${(files += 1)}.sql`);
  writeFileSync(file, sql);
  return file;
}
const QUERY = written(
  "-- The windows, as SQL has them.\nselect '{from}'\nfrom ${silver} where late > {grace_seconds} -- by day\nand traded_at < {to}\n",
);
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
  const tables = { silver };
  return new PathReconciliation(stack, id, { store, queries, tables, windowsFile: QUERY, key, profile, ...props });
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
        QUERY: {
          'Fn::Join': [
            '',
            [
              "select '{from}' from \"",
              { Ref: Match.stringLikeRegexp('^Lake') },
              '"."trades" where late > {grace_seconds} and traded_at < {to}',
            ],
          ],
        },
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
  ['Query', { windowsFile: written('select {from}, {grace_seconds}') }, '.sql does not use {to}'],
  ['Length', { windowsFile: written(`{from}{to}{grace_seconds}${'x'.repeat(3000)}`) }, 'has more than 3000 bytes'],
  ['File', { windowsFile: 'nowhere.sql' }, 'nowhere.sql cannot be read; name an SQL file'],
  ['Table', { windowsFile: written('from ${gold}') }, '.sql reads ${gold}; name it in tables: silver'],
  ['Tables', { windowsFile: written('{from}{to}{grace_seconds}'), tables: {} }, 'tables is empty; name those that'],
  ['LookBack', { lookBack: Duration.seconds(30) }, 'lookBack is shorter than a window'],
])('%s: what cannot be is refused with the remedy', (id, props, sentence) => {
  expect(() => create(`Refused${id}`, props)).toThrow(sentence);
});

test('it names no partition', () => {
  expect(JSON.stringify(template.toJSON())).not.toContain('arn:aws:');
});
