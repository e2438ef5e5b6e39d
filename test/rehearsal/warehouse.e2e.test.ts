import { mkdtempSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { launchBrowser } from '../support/browser';
import { CliResult, rehearse } from './cli';
import { OwnProject } from './own-project';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;

// The first time, the engines are fetched.
beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingWarehouseStack', '--rows', '10000'], out));
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('every check passes, and the exit status says so', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.checks.length).toBeGreaterThan(22);
  expect(result.code).toBe(0);
});

test('what carries the data was executed, not recorded', () => {
  const dataPath = [
    'AWS::ECS::TaskDefinition',
    'AWS::StepFunctions::StateMachine',
    'AWS::RedshiftServerless::Workgroup',
  ];
  const labels = report.resources
    .filter(({ type }) => dataPath.includes(type))
    .map(({ type, label }) => `${type} ${label}`);
  for (const type of dataPath) {
    expect(labels).toContain(`${type} executed`);
  }
});

test('every difference from AWS is listed, and that Metabase was not run', () => {
  expect(report.environment?.map(({ what }) => what)).toEqual(
    expect.arrayContaining([
      'Amazon Redshift Serverless',
      "dbt's profile",
      "dlt's destination",
      'AWS Fargate',
      'Metabase',
    ]),
  );
  expect(report.environment?.some(({ what }) => what.startsWith('SQL of models/marts/fct_daily_summary.sql'))).toBe(
    true,
  );
  expect(report.notes?.some((note) => note.startsWith('Metabase was not run'))).toBe(true);
});

test('leaves one Parquet file for each mart', () => {
  for (const table of ['marts.fct_trades', 'marts.fct_daily_summary', 'marts.dim_customer_health']) {
    expect(statSync(join(out, 'tables', `${table}.parquet`)).size).toBeGreaterThan(0);
  }
});

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
] as const)(
  'the dashboards can be looked at: %s, %d pixels wide',
  async (colorScheme, width) => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(`file://${join(out, 'dashboards.html')}`);
      expect(await page.locator('h2').allInnerTexts()).toEqual([
        'Symbol Performance',
        'Trader Leaderboard',
        'Trading Volume (daily)',
      ]);
      // One of each chart's two renderings is seen, and something is drawn in it.
      expect(await page.locator('.board svg:visible').count()).toBe(6);
      expect(await page.locator('.board svg:visible path').count()).toBeGreaterThan(30);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  },
  MINUTE,
);

test(
  'SQL that is wrong ends it before anything is deployed: file, line, remedy, exit 2',
  () => {
    const project = new OwnProject('warehouse');
    try {
      project.edit('dbt/models/marts/fct_trades.sql', '    quantity,\n', '    quantty,\n');
      project.edit('dbt/models/marts/dim_customer_health.sql', 'left join billing on', 'left join billing onn');
      project.edit(
        'dashboards/trader_leaderboard.yaml',
        'trader_id, round(sum(gain_on_vwap)',
        'trader, round(sum(gain)',
      );
      const { status, output } = project.run(
        'rehearse',
        'TradingWarehouseStack',
        '--rows',
        '1000',
        '--out',
        join(out, 'wrong'),
      );
      expect(output).toContain(
        "dbt/models/marts/fct_trades.sql:24: there is no column 'quantty' in stg_trades; did you mean 'quantity'?",
      );
      expect(output).toMatch(/dim_customer_health\.sql:\d+: /);
      expect(output).toMatch(
        /dashboards\/trader_leaderboard\.yaml:11: there is no column 'trader' in trader_performance/,
      );
      expect(output).not.toContain('Deployment by the CDK CLI');
      expect(status).toBe(2);
    } finally {
      project.remove();
    }
  },
  2 * MINUTE,
);

test.each([
  ['blueprint.yaml', 'connector: http', 'connector: htp', /blueprint\.yaml:7:\d+: .*'htp'; did you mean 'http'\?/],
  ['blueprint.yaml', 'size: MEDIUM', 'size: HUGE', /blueprint\.yaml:\d+:\d+: 'warehouse\.size' is 'HUGE'; use one of/],
  ['blueprint.yaml', "'*/15 * * * *'", "'0 0 31 2 *'", /blueprint\.yaml:8:\d+: '0 0 31 2 \*' never fires/],
  [
    'dashboards/symbol_performance.yaml',
    'chart: bar',
    'chart: pyramid',
    /symbol_performance\.yaml:\d+:\d+: .*'pyramid'/,
  ],
  [
    'dbt/models/staging/stg_trades.sql',
    "source('exchange_api'",
    "source('exchange'",
    /stg_trades\.sql:16:\d+: no file of dbt\/models declares the source 'exchange'; did you mean 'exchange_api'\?/,
  ],
])(
  '%s with %s as %s ends it with file, line and remedy, exit 2',
  (file, before, after, sentence) => {
    const project = new OwnProject('warehouse');
    try {
      project.edit(file, before, after);
      const { status, output } = project.run('rehearse', 'TradingWarehouseStack', '--out', join(out, 'refused'));
      expect(output).toMatch(sentence);
      expect(status).toBe(2);
    } finally {
      project.remove();
    }
  },
  MINUTE,
);
