import { mkdtempSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { launchBrowser } from '../support/browser';
import { CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;

beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingLakehouseWarehouseStack', '--rows', '5000'], out));
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('every check passes, and the exit status says so', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(result.code).toBe(0);
});

test('what was corrected, late or deleted, an added column and a sync that was killed are among the checks', () => {
  const names = report.checks.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'marts: what silver corrected is corrected',
      'marts: what came late is on its day',
      'marts: what silver deleted is gone',
      'evolution: the dashboard shows the column venue that silver got',
      'sync: killed with a second commit wholly loaded, it leaves the first one alone',
      'sync: the next one resumes with the commit that was lost, and copies no other',
      'lake.trades at the end',
      'marts.fct_daily_summary at the end',
    ]),
  );
});

test('totals go from bronze to the dashboard, each place after the one before it', () => {
  const totals = report.totals ?? [];
  expect(totals.map(({ place }) => place)).toEqual([
    'bronze',
    'silver',
    'warehouse: lake.trades',
    'warehouse: marts.fct_trades',
    'warehouse: marts.fct_daily_summary',
    'dashboard',
  ]);
  const [, silver, copy, trades, daily, dashboard] = totals;
  expect(copy.rows).toBe(silver.rows);
  expect([daily.rows, dashboard.rows]).toEqual([trades.rows, trades.rows]);
  expect([trades.turnover, daily.turnover]).toEqual([silver.turnover, silver.turnover]);
  expect(trades.rows).toBeLessThan(silver.rows);
});

test('both halves were executed, not recorded', () => {
  const types = ['AWS::Glue::Job', 'AWS::ECS::TaskDefinition', 'AWS::RedshiftServerless::Workgroup'];
  const executed = report.resources.filter(({ label }) => label === 'executed').map(({ type }) => type);
  expect(executed).toEqual(expect.arrayContaining(types));
});

test('leaves the copy and the marts beside the tables of the lake', () => {
  for (const table of ['silver.trades', 'lake.trades', 'marts.fct_trades', 'marts.fct_trades_by_venue']) {
    expect(statSync(join(out, 'tables', `${table}.parquet`)).size).toBeGreaterThan(0);
  }
});

test.each([1280, 390])(
  'the totals can be looked at, %d pixels wide',
  async (width) => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage({ viewport: { width, height: 900 } });
      await page.goto(`file://${join(out, 'report.html')}`);
      const places = page.locator('section[aria-labelledby=totals] tbody th');
      expect(await places.allInnerTexts()).toContain('warehouse: lake.trades');
      expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    } finally {
      await browser.close();
    }
  },
  60_000,
);
