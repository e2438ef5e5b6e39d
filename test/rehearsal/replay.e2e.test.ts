import { mkdtempSync, rmSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-replay-'));
let result: CliResult;
let report: RehearsalReport;

beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingStreamingStack', '--environment', 'replay', '--rows', '10000'], out));
}, 12 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('new logic replays the log beside the old, agrees where nothing changed, and is served without a gap', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(report.checks.filter(({ name }) => name.startsWith('replay: ')).map(({ name }) => name)).toEqual([
    'replay: a generation without windows is refused',
    'replay: no gap at the API while generations are switched',
    'replay: API: knows every symbol',
    'replay: API: answers the windows that were computed',
    'replay: API: answers the newest window',
    'replay: nothing is left to read',
    'replay: windows that the new logic does not touch are identical',
    'replay: the other windows differ',
  ]);
  expect(result.code).toBe(0);
});

test('the same SQL as a batch ends by itself, with the windows of the stream', () => {
  const names = report.checks.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('batch: '))).toEqual([
    'batch: ends by itself',
    'batch: enriched_trades: every valid trade once, with its sector',
    'batch: trades_rejected: every invalid message once, with its reasons',
  ]);
  expect(names.filter((name) => /^(trade-summaries|trade_aggregates)-g3: /.test(name))).toHaveLength(12);
});
