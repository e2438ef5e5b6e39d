import { mkdtempSync, readFileSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { cli, CliResult } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;

beforeAll(async () => {
  // Generated ids count from 1; this one is that of an ordinary trade.
  const erase = ['--erase', 'trade_id=T000000007'];
  result = await cli(['rehearse', 'TradingLakehouseStack', '--rows', '1000', '--out', out, ...erase]);
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('a trade is gone from every version of every object, and does not come back', () => {
  const { checks } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as RehearsalReport;
  const erasure = checks.filter(({ name }) => name.startsWith('erasure: '));
  expect(erasure.map(({ name, passed }) => `${name}: ${passed}`)).toEqual([
    'erasure: the search finds the value while it is there: true',
    'erasure: the job succeeds: true',
    'erasure: no object version has the value in it: true',
    'erasure: nothing comes back when all jobs run again: true',
  ]);
  expect(result.code).toBe(0);
});
