import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { cli, CliResult } from './cli';

/** Trino is fetched on request (0.9 GB), and so is its test. */
const isAskedFor = process.env.DATA_PATTERNS_TEST_TRINO === '1';

test('an engine that does not exist is an input error that names those that do', async () => {
  const { code, stderr } = await cli(['rehearse', 'TradingLakehouseStack', '--with', 'presto']);
  expect([code, stderr]).toEqual([
    2,
    "error: option '--with <engine>' argument 'presto' is invalid. Allowed choices are trino.\n",
  ]);
});

(isAskedFor ? describe : describe.skip)('with Trino', () => {
  const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
  let result: CliResult;
  let report: RehearsalReport;

  // A trade of today is summarized by a second run of the pipeline: gold has two commits, and the first is another one.
  beforeAll(async () => {
    const trades = join(out, 'trades.jsonl');
    const lines = [
      { trade_id: '1', symbol: 'BTC-USD', price: '100.5', quantity: '2', timestamp: '2026-01-05T00:00:00Z' },
      { trade_id: '2', symbol: 'BTC-USD', price: '101.5', quantity: '1', timestamp: '2026-01-05T23:59:59.999999Z' },
      { trade_id: '3', symbol: 'ETH-USD', price: '7', quantity: '3', timestamp: Date.now() },
    ];
    writeFileSync(trades, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const folder = join(out, 'report');
    result = await cli(['rehearse', 'TradingLakehouseStack', '--trades', trades, '--with', 'trino', '--out', folder]);
    report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as RehearsalReport;
  }, 12 * 60_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  const actual = (name: string): string | undefined => report.checks.find((check) => check.name === name)?.actual;

  test('every check passes', () => {
    expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(result.code).toBe(0);
  });

  test('Trino reads the tables as they are now', () => {
    expect(actual('trino: silver rows')).toBe('3');
    expect(actual('trino: silver sum of price')).toBe('209.00000000');
    expect(actual('trino: gold rows')).toBe('2');
  });

  test('Trino reads a version of the past that differs from the present', () => {
    expect(actual('trino: gold FOR VERSION AS OF its first commit')).toBe('1');
  });

  test('the report names Trino and its version', () => {
    expect(report.stages.find(({ engine }) => engine === 'Trino')?.version).toBe('476');
    expect(JSON.stringify(report.environment)).toContain('DuckDB and Trino 476 read the same tables');
  });
});
