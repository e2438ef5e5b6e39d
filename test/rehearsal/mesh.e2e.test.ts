import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-mesh-'));
let result: CliResult;
let report: RehearsalReport;

beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingMesh', '--rows', '2000'], out));
}, 15 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('the products of three domains, each computed in its own account, are what another computation finds', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  const names = report.checks.map(({ name }) => name);
  for (const product of ['volumes', 'exposures', 'var', 'limits', 'revenue', 'costs', 'pnl']) {
    expect(names).toContain(`${product}: every value`);
  }
  expect(names).toContain('pnl: reconciles with the trades to the last decimal');
  expect(names).toContain('federated query: one query joins products of three domains');
  expect(result.code).toBe(0);
});

test('people of a domain read what they were given, and nothing else', () => {
  const doors = report.checks.filter(({ name }) => name.startsWith('access: '));
  expect(doors).toHaveLength(4);
  expect(doors.every(({ actual }) => actual.startsWith('FAILED: '))).toBe(true);
});

test('every job of every domain was executed', () => {
  const jobs = report.resources.filter(({ type }) => type === 'AWS::Glue::Job');
  expect(jobs.length).toBeGreaterThanOrEqual(10);
  expect(jobs.filter(({ label }) => label !== 'executed')).toEqual([]);
});
