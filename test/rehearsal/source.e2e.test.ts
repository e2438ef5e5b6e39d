import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { prepareToolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import { cli, CliResult } from './cli';

// A synthesis on a busy machine takes its time.
jest.setTimeout(60_000);

// As Kraken's documentation prints them; see test/blueprints/lakehouse/test_sources.py.
const MESSAGES = [
  '{"channel":"status","type":"update","data":[{"system":"online"}]}',
  '{"method":"subscribe","result":{"channel":"trade","symbol":"MATIC/USD"},"success":true}',
  `{"channel":"trade","type":"snapshot","data":[{"symbol":"MATIC/USD","side":"buy","price":0.5147,"qty":6423.46326,"ord_type":"limit","trade_id":4665846,"timestamp":"2023-09-25T07:48:36.925533Z"},{"symbol":"MATIC/USD","side":"buy","price":0.5147,"qty":1136.19677815,"ord_type":"limit","trade_id":4665847,"timestamp":"2023-09-25T07:49:36.925603Z"}]}`,
  '{"channel":"heartbeat"}',
  `{"channel":"trade","type":"update","data":[{"symbol":"MATIC/USD","side":"sell","price":0.5117,"qty":40.0,"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}]}`,
];

const out = mkdtempSync(join(tmpdir(), 'data-patterns-e2e-'));
let result: CliResult;
let report: RehearsalReport;
let python: string;

beforeAll(async () => {
  ({ python } = await prepareToolchain({ onProgress: () => undefined }));
  const file = join(out, 'messages.jsonl');
  writeFileSync(file, `${MESSAGES.join('\n')}\n`);
  const source = ['--source', 'kraken', '--trades', file];
  result = await cli(['rehearse', 'TradingLakehouseStack', ...source, '--out', out]);
  report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as RehearsalReport;
}, 12 * 60_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** The rows of a final table, as texts. */
function rows(table: string, columns: string): string[][] {
  const query = `SELECT ${columns} FROM read_parquet('${join(out, 'tables', table)}.parquet') ORDER BY ALL`;
  const script = `import duckdb, json, sys; c = duckdb.connect(); c.execute("SET TimeZone = 'UTC'"); print(json.dumps(c.execute(sys.argv[1]).fetchall()))`;
  return JSON.parse(execFileSync(python, ['-c', script, query], { encoding: 'utf8' })) as string[][];
}

test("an exchange's own messages become trades by its mapping", () => {
  expect(result.code).toBe(0);
  expect(rows('silver.trades', 'trade_id, symbol, price::TEXT, quantity::TEXT, traded_at::TEXT, is_valid')).toEqual([
    ['kraken:MATIC/USD:4665846', 'MATIC/USD', '0.51470000', '6423.46326000', '2023-09-25 07:48:36.925533+00', true],
    ['kraken:MATIC/USD:4665847', 'MATIC/USD', '0.51470000', '1136.19677815', '2023-09-25 07:49:36.925603+00', true],
    ['kraken:MATIC/USD:4665906', 'MATIC/USD', '0.51170000', '40.00000000', '2023-09-25 07:49:37.708706+00', true],
  ]);
});

test('and a day of gold', () => {
  // 0.5147 * 7559.66003815 + 0.5117 * 40 = 3911.425021635805, over 7599.66003815.
  const columns = 'date::TEXT, symbol, total_volume::TEXT, vwap::TEXT, trade_count';
  expect(rows('gold.daily_trading_summary', columns)).toEqual([
    ['2023-09-25', 'MATIC/USD', '7599.66003815', '0.51468421', 3],
  ]);
});

test('messages of another kind are counted, and kept in bronze alone', () => {
  const ignored = report.checks.find(({ name }) => name === 'silver: messages of other kinds, as reported');
  expect(ignored).toMatchObject({ actual: '3', passed: true });
  expect(rows('bronze.trades', 'count(*)')).toEqual([[5]]);
});

test.each([
  [
    ['--source', 'krakn', '--trades', 'README.md'],
    /no mapping 'krakn' in sources\/; did you mean 'kraken'\?.*--source/,
  ],
  [['--source', 'kraken'], /--source says whose messages a file has: name the file with --trades/],
])('%j is an input error with its remedy', async (args, sentence) => {
  const { code, stderr } = await cli(['rehearse', 'TradingLakehouseStack', ...args, '--out', join(out, 'none')]);
  expect(code).toBe(2);
  expect(stderr).toMatch(sentence);
});
