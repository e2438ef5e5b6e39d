import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { App } from 'aws-cdk-lib';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { DataBucket } from '../../../lib/foundation';
import { StreamRules, type StreamRulesProps } from '../../../lib/hybrid';
import { MedallionLake, MedallionLayer, QueryWorkgroup } from '../../../lib/lakehouse';
import { ColumnType, RecordSchema } from '../../../lib/schema';
import { FlinkTable, TopicNotifications } from '../../../lib/streaming';
import { nagFindings } from '../../support/nag';
import { byDay, ledger, tradeSchema } from '../lakehouse/fixture';
import { servingFixture } from '../serving/fixture';

const base = mkdtempSync(join(tmpdir(), 'stream-rules-'));
afterAll(() => rmSync(base, { recursive: true }));

/** A folder with these files. */
function folderOf(name: string, files: Record<string, string>): string {
  const folder = join(base, name);
  mkdirSync(folder);
  Object.entries(files).forEach(([file, text]) => writeFileSync(join(folder, file), text));
  return folder;
}
const RULE = "-- Dear.\nINSERT INTO alerts\nSELECT 'dear' AS rule, trade_id FROM trades WHERE price > 100;\n";
const folder = folderOf('rules', { 'dear.sql': RULE, 'README.md': 'No rule.' });
const history = folderOf('history', { 'trades.sql': 'SELECT * FROM ${silver} -- all of it\nWHERE is_valid\n' });

const { stack, key, profile, network, topic, deadLetters } = servingFixture();
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
const alertSchema = new RecordSchema({
  name: 'alerts',
  key: ['rule', 'trade_id'],
  columns: ['rule', 'trade_id'].map((name) => ({ name, type: ColumnType.STRING, required: true })),
});

function create(id: string, props: Partial<StreamRulesProps> = {}): StreamRules {
  const records = FlinkTable.source('trades', { topic, schema: tradesSchema() });
  const ground = { network, deadLetters, key, profile };
  return new StreamRules(stack, id, { records, alertTopic: topic, alertSchema, folder, ...ground, ...props });
}

create('Rules', {
  history: {
    queries: new QueryWorkgroup(stack, 'Queries', { lake }),
    tables: { silver },
    file: join(history, 'trades.sql'),
  },
});
let template: Template;
beforeAll(() => (template = Template.fromStack(stack)));

test('Flink runs the files of the folder, and nothing else that lies there', () => {
  const [application] = Object.values(template.findResources('AWS::KinesisAnalyticsV2::Application'));
  const { PropertyGroups } = application.Properties.ApplicationConfiguration.EnvironmentProperties;
  const scripts = PropertyGroups.find(({ PropertyGroupId }: Record<string, string>) => PropertyGroupId === 'Scripts');
  expect(Object.keys(scripts.PropertyMap)).toEqual(['0-tables.sql', '1-dear.sql']);
});

test('the same SELECT stands ready over the past, which has the place of the stream', () => {
  const [query] = Object.values(template.findResources('AWS::Athena::NamedQuery'));
  expect(query.Properties.Name).toBe('dear: back-test');
  const [, pieces] = query.Properties.QueryString['Fn::Join'] as [string, (string | { Ref: string })[]];
  const sql = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.Ref.slice(0, 10))).join('');
  expect(sql).toBe(
    `WITH trades AS (SELECT * FROM "LakeSilver"."trades" WHERE is_valid)\nSELECT 'dear' AS rule, trade_id FROM trades WHERE price > 100`,
  );
});

test('alerts are told by a function that reads them as a group of its own', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    Topics: ['windows'],
    AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'notifications-windows' },
    DestinationConfig: { OnFailure: Match.anyValue() },
  });
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { NOUN: 'alert', NOTIFICATION_TOPIC: Match.anyValue() } },
  });
});

test('no finding of cdk-nag is left open about it', () => {
  expect(nagFindings(stack.node.root as App).filter((finding) => finding.includes('/Rules/'))).toEqual([]);
});

test.each<[string, Record<string, string>, string]>([
  ['Empty', {}, 'refused-Empty has no rule; put an SQL file there'],
  ['Select', { 'a.sql': 'SELECT 1' }, "a.sql is no rule; begin it with a line 'INSERT INTO alerts'"],
  ['Other', { 'a.sql': 'INSERT INTO other\nSELECT 1' }, "a.sql is no rule; begin it with a line 'INSERT INTO alerts'"],
])('%s: what is no rule is refused with the remedy', (id, files, sentence) => {
  expect(() => create(`Refused${id}`, { folder: folderOf(`refused-${id}`, files) })).toThrow(sentence);
});

test.each([
  ['Noun', { noun: 'Alarm\n' }, 'noun is'],
  ['Batch', { batchSize: 0 }, 'batchSize is 0; use a whole number from 1 to 1000'],
])('%s: what cannot be told is refused', (id, wrong, sentence) => {
  const props = { topic, noun: 'alert', deadLetters, key, profile, ...wrong };
  expect(() => new TopicNotifications(stack, id, props)).toThrow(sentence);
});
