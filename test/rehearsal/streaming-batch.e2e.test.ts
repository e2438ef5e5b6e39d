import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { type CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;

beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingStreamingBatchStack', '--rows', '6000'], out));
}, 15 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('every check passes, and the exit status says so', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(result.code).toBe(0);
});

test('differences with each cause that can be made, their repair, and both sides of the rules are among the checks', () => {
  const found = new Map(report.checks.map(({ name, actual }) => [name, actual]));
  const differing = found.get('paths: exactly the planted windows differ, each for its cause') ?? '';
  expect(differing.match(/late|dropped|duplicate/g)?.sort()).toEqual(['dropped', 'duplicate', 'late', 'late', 'late']);
  expect([...found.keys()]).toEqual(
    expect.arrayContaining([
      'paths: before the batch path has run, every window is not yet processed, and none is repaired',
      'paths: nothing differs after the repair',
      'store: after the repair every window of the API is that of an independent computation',
      'rules: a subscriber of the notifications is told each of them',
      'marts: the day of each symbol, late trades included, is that of an independent computation',
    ]),
  );
});

test('the back-tests find more than the stream, which has judged the late burst without the trades beside it', () => {
  const alerts = report.checks.filter(({ name }) => name.startsWith('rules:'));
  const [stream, told, history] = alerts.map(({ actual }) => Number.parseInt(actual, 10));
  expect(told).toBe(stream);
  expect(stream).toBeGreaterThan(72);
  expect(history).toBeGreaterThan(stream);
});

test('both paths, the comparison and the warehouse were executed, not recorded', () => {
  const executed = report.resources.filter(({ label }) => label === 'executed').map(({ type }) => type);
  const types = [
    'AWS::KinesisAnalyticsV2::Application',
    'AWS::Glue::Job',
    'AWS::Lambda::Function',
    'AWS::ECS::TaskDefinition',
  ];
  expect(executed).toEqual(expect.arrayContaining(types));
});
