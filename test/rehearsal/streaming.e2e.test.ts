import { mkdtempSync, rmSync, statSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;

// The first time, Flink is fetched and its runner built.
beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingStreamingStack', '--rows', '10000', '--faults'], out));
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('every check passes though Flink, the broker and the store were killed and the sink threw, and the exit status says so', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.checks.filter(({ name }) => name.startsWith('fault: '))).toHaveLength(6);
  expect(result.code).toBe(0);
});

test('what carries the data was executed, not recorded', () => {
  const dataPath = ['AWS::KinesisAnalyticsV2::Application', 'AWS::MSK::Topic', 'AWS::ElastiCache::ServerlessCache'];
  const ofDataPath = report.resources.filter(({ type }) => dataPath.includes(type));
  expect([...new Set(ofDataPath.map(({ type }) => type))].sort()).toEqual([...dataPath].sort());
  expect(ofDataPath.filter(({ label }) => label !== 'executed')).toEqual([]);
});

test('leaves the page, with the events over time and the lag of the consumers', () => {
  expect(statSync(join(out, 'report.html')).size).toBeGreaterThan(0);
  expect(report.charts?.length).toBeGreaterThanOrEqual(2);
});
