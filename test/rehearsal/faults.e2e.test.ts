import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { cli } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let report: RehearsalReport;

beforeAll(async () => {
  const { stdout, stderr } = await cli([
    'rehearse',
    'TradingLakehouseStack',
    '--faults',
    '--rows',
    '5000',
    '--out',
    out,
  ]);
  try {
    report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as RehearsalReport;
  } catch {
    throw new Error(`no report.json:\n${stdout}\n${stderr}`);
  }
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('nothing is lost and nothing is double after jobs, broker, storage and disk broke', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.rows).toBe(5000);
});

test('each fault struck after a commit of its table and before the last', () => {
  const names = ['streaming job killed', 'disk full for the checkpoint', 'broker killed', 'silver job killed'];
  expect(report.faults?.map(({ name }) => name)).toEqual([...names, 'S3 answers 500 and 503', 'gold job killed']);
  for (const { versionBefore, versionAfter } of report.faults ?? []) {
    expect(versionBefore).toBeGreaterThan(0);
    expect(versionAfter).toBeGreaterThan(versionBefore);
  }
});

test('what was killed had failed, and was run again', () => {
  const runs = (step: string) => report.stages.filter(({ name }) => name === `${step} (faults)`);
  // The last one of bronze brings what was posted when the broker was back.
  expect([runs('bronze').length, runs('silver').length, runs('gold').length]).toEqual([4, 2, 2]);
  const struck = report.checks.filter(({ name }) => name.startsWith('fault: ') && !name.includes('deployment'));
  expect(struck.map(({ actual }) => actual.split(':')[0])).toEqual(Array(6).fill('it struck'));
});
