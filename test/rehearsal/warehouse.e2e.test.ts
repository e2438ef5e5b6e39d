import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { launchBrowser } from '../support/browser';
import { cli, CliResult } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;

// The first time, the engines are fetched.
beforeAll(async () => {
  result = await cli(['rehearse', 'TradingWarehouseStack', '--rows', '10000', '--out', out]);
  if (!existsSync(join(out, 'report.json'))) {
    throw new Error(`no report.json:\n${result.stdout}\n${result.stderr}`);
  }
  report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as RehearsalReport;
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
