import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { loadWarehouseSettings } from '../../blueprints/warehouse/settings';
import { TradingWarehouseStack } from '../../blueprints/warehouse/stack';
import { newApp } from '../blueprints/lakehouse/synth';
import { seedBlock } from './blocks';

const { text } = seedBlock({ language: 'yaml', section: 'Pattern 1: The Modern Data Stack > Example Implementation' });
/** What the blueprint's own file has besides. */
const REST = '  - { name: crm, connector: postgres }\n  - { name: billing, connector: http }\n';
const folder = mkdtempSync(join(tmpdir(), 'seed-warehouse-'));
beforeAll(() => {
  cpSync(join(__dirname, '../../blueprints/warehouse'), folder, { recursive: true });
  writeFileSync(join(folder, 'blueprint.yaml'), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the seed’s YAML is a blueprint.yaml as it stands', () => {
  const { settings } = loadWarehouseSettings(folder);
  expect(settings.sources.map(({ name, schedule }) => [name, schedule])).toEqual([
    ['exchange_api', 'cron(0,15,30,45 * * * ? *)'],
  ]);
  expect(settings.warehouse).toMatchObject({ name: 'TRADING_ANALYTICS', size: 'MEDIUM', engine: 'redshift' });
  expect(settings.models).toContain('metrics/trader_performance.sql');
  expect(settings.dashboards).toEqual(['Trading Volume (daily)', 'Symbol Performance', 'Trader Leaderboard']);
});

test('it makes the database of its name, and a workgroup whose name is derived from it', () => {
  const { settings } = loadWarehouseSettings(folder);
  const stack = new TradingWarehouseStack(newApp(), 'Seed', { settings, directory: folder });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::RedshiftServerless::Namespace', { DbName: 'trading_analytics' });
  template.hasResourceProperties('AWS::RedshiftServerless::Workgroup', {
    WorkgroupName: 'trading-analytics',
    BaseCapacity: 16,
  });
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(0,15,30,45 * * * ? *)',
  });
});

test.each([
  [
    'connector: http',
    'connector: htp',
    /blueprint\.yaml:4:\d+: 'sources\.0\.connector' is 'htp'; did you mean 'http'\?/,
  ],
  ['size: MEDIUM', 'size: HUGE', /blueprint\.yaml:10:\d+: 'warehouse\.size' is 'HUGE'; use one of: XSMALL/],
  [
    'size: MEDIUM',
    'engine: snowflake',
    /blueprint\.yaml:10:\d+: 'snowflake' wants 'account', 'virtual_warehouse', 'secret_arn' in 'warehouse\.connection'/,
  ],
  [
    '  - marts/fct_trades.sql',
    '  - marts/dim_customer_health.sql',
    /blueprint\.yaml:\d+:\d+: the model dim_customer_health needs the source '\w+' \(through stg_\w+\), which 'sources'/,
  ],
  ['*/15 * * * *', '0 0 31 2 *', /blueprint\.yaml:5:\d+: '0 0 31 2 \*' never fires/],
  ['marts/fct_trades.sql', 'marts/fct_trade.sql', /there is no model dbt\/models\/marts\/fct_trade\.sql; did you mean/],
  ['Symbol Performance', 'Symbol Performence', /no file of dashboards\/ has the title 'Symbol Performence'; did you/],
])('%s as %s is told with line and remedy', (right, wrong, sentence) => {
  writeFileSync(join(folder, 'blueprint.yaml'), text.replace(right, wrong));
  expect(() => loadWarehouseSettings(folder)).toThrow(sentence);
  writeFileSync(join(folder, 'blueprint.yaml'), text);
});

test('an empty list of models stands for all of them, and of sources for none', () => {
  const none = text.replace(/models:\n(  - .*\n)+/, 'models: []\n');
  expect(none).not.toBe(text);
  writeFileSync(join(folder, 'blueprint.yaml'), none);
  // The seed's file names one source, and all models want those of the customers, too.
  expect(() => loadWarehouseSettings(folder)).toThrow(/needs the source '(crm|billing)'/);
  writeFileSync(
    join(folder, 'blueprint.yaml'),
    none.replace(/sources:\n(  .*\n)+/, (sources) => `${sources}${REST}`),
  );
  expect(loadWarehouseSettings(folder).settings.models).toEqual([]);
  writeFileSync(join(folder, 'blueprint.yaml'), text);
});

test.each([
  [
    'x: traded_on',
    'x: traded_at',
    /symbol_performance\.yaml:35:\d+: the query of the card gives no column 'traded_at'/,
  ],
  ['y: [change]', 'y: [chance]', /symbol_performance\.yaml:36:\d+: the query of .* 'chance'; select it, or name one/],
  ['series: symbol', 'series: venue', /symbol_performance\.yaml:37:\d+: the query of .* gives no column 'venue'/],
  ['chart: bar', 'chart: pyramid', /symbol_performance\.yaml:\d+:\d+: 'cards\.1\.chart' is 'pyramid'; use one of/],
])('a dashboard with %s as %s is told with line and remedy', (right, wrong, sentence) => {
  const file = join(folder, 'dashboards', 'symbol_performance.yaml');
  const written = readFileSync(file, 'utf8');
  writeFileSync(file, written.replace(right, wrong));
  expect(() => loadWarehouseSettings(folder)).toThrow(sentence);
  writeFileSync(file, written);
});
