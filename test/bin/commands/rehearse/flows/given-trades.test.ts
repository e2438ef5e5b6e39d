import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { readGivenTrades } from '../../../../../bin/commands/rehearse/flows/streaming/given-trades';

const folder = mkdtempSync(join(tmpdir(), 'given-trades-'));
const file = join(folder, 'trades.jsonl');
afterAll(() => rmSync(folder, { recursive: true }));

const TEN = Date.UTC(2026, 0, 5, 10);
const read = (...lines: string[]) => {
  writeFileSync(file, lines.join('\n'));
  return readGivenTrades(file);
};
const trade = (seconds: number, symbol = 'AAPL') => JSON.stringify({ symbol, timestamp: TEN + seconds * 1000 });

test('tells the first and the last time, and every symbol', async () => {
  const iso = '{"symbol":"EUR/USD","timestamp":"2026-01-05T10:00:30Z"}';
  expect(await read(trade(5), trade(0, 'MSFT'), iso, trade(25))).toEqual({
    begin: TEN,
    end: TEN + 30_000,
    symbols: ['AAPL', 'MSFT', 'EUR/USD'],
  });
});

test('what is no trade says nothing of time', async () => {
  const others = [
    '',
    'no JSON',
    'null',
    '[1]',
    '{"symbol":"X"}',
    '{"timestamp":1}',
    '{"symbol":"X","timestamp":"soon"}',
  ];
  expect(await read(...others, trade(0), ...others)).toEqual({ begin: TEN, end: TEN, symbols: ['AAPL'] });
});

test('ten seconds of disorder are within the watermark, more are refused with both lines', async () => {
  await expect(read(trade(20), trade(10))).resolves.toBeDefined();
  await expect(read(trade(0), trade(20), '', trade(9.5))).rejects.toThrow(
    /trades.jsonl:4: the trade is 10.5 s older than that of line 2, .*sort the file by timestamp/,
  );
});

test('a file without a trade is refused', async () => {
  await expect(read('no JSON')).rejects.toThrow('no line has a symbol and a timestamp');
});
