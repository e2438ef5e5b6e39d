import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { cli, CliResult } from './cli';

describe('a planted breach: two of ten trades are invalid', () => {
  const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
  let result: CliResult;
  let report: RehearsalReport;

  beforeAll(async () => {
    const trades = Array.from({ length: 10 }, (_, index) => ({
      trade_id: `t${index}`,
      symbol: 'BTC-USD',
      price: index < 2 ? '0' : '100.5',
      quantity: '1',
      timestamp: '2026-01-05T10:00:00Z',
    }));
    const file = join(out, 'trades.jsonl');
    writeFileSync(file, trades.map((trade) => `${JSON.stringify(trade)}\n`).join(''));
    result = await cli(['rehearse', 'TradingLakehouseStack', '--trades', file, '--out', join(out, 'report')]);
    report = JSON.parse(readFileSync(join(out, 'report', 'report.json'), 'utf8')) as RehearsalReport;
  }, 10 * 60_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  const actual = (name: string): string | undefined => report.checks.find((check) => check.name === name)?.actual;

  test('fails the rehearsal', () => {
    expect(result.code).toBe(1);
  });

  test('stops the pipeline at the gate, by the deployed rule', () => {
    expect(actual('pipeline: the execution succeeds')).toContain('ColumnValues "invalid_share" <= 0.1');
  });

  test('leaves gold as it was', () => {
    expect(actual('gold: rows')).toBe('0');
    expect(report.stages.map(({ name }) => name)).not.toContain('gold');
  });

  test('publishes the share all the same', () => {
    expect(actual('quality: share of invalid rows, as the metric says')).toBe('0.2');
  });
});
