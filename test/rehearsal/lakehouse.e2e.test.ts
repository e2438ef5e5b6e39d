import { mkdtempSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;

// The first time, the engines are fetched.
beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingLakehouseStack', '--rows', '20000'], out));
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('every check passes, and the exit status says so', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.checks.length).toBeGreaterThan(30);
  expect(result.code).toBe(0);
});

test('every trade goes from its source to bronze, and to silver or into a duplicate or revision', () => {
  const stage = (name: string) => report.stages.find((candidate) => candidate.name === name);
  const rowsOut = (name: string) => stage(name)?.rowsOut ?? NaN;
  // One trade in twenty stands in a file; one file has a row that is too short, another one five rows of the first again.
  expect([rowsOut('kafka') + rowsOut('http'), rowsOut('bronze'), rowsOut('files')]).toEqual([19000, 19000, 1006]);
  expect(rowsOut('http')).toBeGreaterThan(900);
  expect(stage('silver')?.rowsIn).toBe(20006);
  expect(stage('silver')?.rowsRejected).toBeGreaterThan(0);
  expect(rowsOut('gold')).toBe(80);
});

test('what carries the data was executed, not recorded', () => {
  const dataPath = ['AWS::Glue::Table', 'AWS::Glue::Job', 'AWS::StepFunctions::StateMachine', 'AWS::MSK::Topic'];
  const ofDataPath = report.resources.filter(({ type }) => dataPath.includes(type));
  expect([...new Set(ofDataPath.map(({ type }) => type))].sort()).toEqual([...dataPath].sort());
  // Two jobs run when somebody starts them, and say that nobody did.
  const idle = ofDataPath.filter(({ label }) => label !== 'executed');
  expect(idle.map(({ logicalId, note }) => `${logicalId.replace(/[0-9A-F]{8}$/, '')}: ${note}`).sort()).toEqual([
    'Erasure: It was never run.',
    'NextDayReturn: It was never run.',
  ]);
});

test('leaves the page and one Parquet file for each table', () => {
  const files = ['report.html', 'tables/bronze.trades.parquet', 'tables/silver.trades.parquet'];
  for (const file of [...files, 'tables/gold.daily_trading_summary.parquet']) {
    expect(statSync(join(out, file)).size).toBeGreaterThan(0);
  }
});

test('says which seed gives the same trades, and what it took', () => {
  expect(report).toMatchObject({ stack: 'TradingLakehouseStack', seed: 1, rows: 20000 });
  expect(report.peakMemoryMiB).toBeGreaterThan(500);
  expect(report.seconds).toBeGreaterThan(10);
});
