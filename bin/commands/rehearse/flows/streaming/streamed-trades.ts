import { createWriteStream } from 'fs';
import { once } from 'events';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** First instant of the generated stream; fixed and past, so that no result depends on the clock. */
export const STREAM_START = Date.parse('2026-01-05T10:00:00Z');

/** Sector of each symbol that is known; one that is traded is not. */
export const SECTORS: { readonly [symbol: string]: string } = {
  AAPL: 'technology',
  MSFT: 'technology',
  NVDA: 'technology',
  JPM: 'finance',
  V: 'finance',
  XOM: 'energy',
  WMT: 'retail',
  'BTC-USD': 'crypto',
  'ETH-USD': 'crypto',
  'EUR/USD': 'currencies',
};
/** Every symbol that is traded. */
export const SYMBOLS: readonly string[] = [...Object.keys(SECTORS), 'UNLISTED'];
const VENUES = ['XNAS', 'XNYS', 'BATS', undefined];

/** What ids begin with of trades that come after their windows have closed. */
export const LATE_PREFIX = 'late-';

/** Out of order by so much at most, in milliseconds: well within the watermark's ten seconds. */
const DISORDER = 4_000;
/** Event time of one trade after another, in milliseconds, on average. */
const MILLIS_BETWEEN = 9;
const FAULTY_SHARE = 0.01;
const TEST_SHARE = 0.05;

/** What is no valid trade, each for a reason of its own. */
const FAULTY: readonly string[] = [
  'this is not JSON',
  '{"trade_id":"f1","symbol":"AAPL","price":"1.123456789","quantity":1,"timestamp":"2026-01-05T10:00:00Z"}',
  '{"trade_id":"f2","symbol":"AAPL","price":"cheap","quantity":1,"timestamp":"2026-01-05T10:00:00Z"}',
  '{"trade_id":"f3","symbol":"","price":"-1","quantity":0,"timestamp":"yesterday"}',
  '{"trade_id":"f4","symbol":"AAPL","price":12345678901,"quantity":1,"timestamp":"2026-01-05T10:00:00Z"}',
  '[1,2,3]',
];

/** A generated stream: messages in the order in which they are sent. */
export interface StreamedTrades {
  readonly lines: Iterable<string>;
  /** Event time of the last trade, in milliseconds since 1970. */
  readonly end: number;
}

/** The same rows and seed give the same bytes, on every machine. */
export function streamedTrades(rows: number, seed: number): StreamedTrades {
  return { lines: generate(rows, seed), end: STREAM_START + rows * MILLIS_BETWEEN };
}

function* generate(rows: number, seed: number): Generator<string> {
  const random = xoroshiro128plus(seed);
  const below = (limit: number): number => Number((BigInt(random.next() >>> 0) * BigInt(limit)) >> 32n);
  for (let i = 0; i < rows; i++) {
    if (below(10_000) < FAULTY_SHARE * 10_000) {
      yield FAULTY[below(FAULTY.length)];
      continue;
    }
    const time = STREAM_START + i * MILLIS_BETWEEN - below(Math.min(DISORDER, i * MILLIS_BETWEEN + 1));
    yield tradeLine({
      id: `t${i}`,
      symbol: SYMBOLS[below(SYMBOLS.length)],
      price: `${1 + below(999)}.${String(below(100_000_000)).padStart(8, '0')}`,
      quantity: `${below(500)}.${String(1 + below(99_999_999)).padStart(8, '0')}`,
      time,
      // Both forms that the wire has for a time.
      iso: i % 2 === 0,
      venue: VENUES[below(VENUES.length)],
      test: below(10_000) < TEST_SHARE * 10_000,
    });
  }
}

export interface TradeLine {
  readonly id: string;
  readonly symbol: string;
  readonly price: string;
  readonly quantity: string;
  readonly time: number;
  readonly iso?: boolean;
  readonly venue?: string;
  readonly test?: boolean;
}

export function tradeLine({ id, symbol, price, quantity, time, iso = true, venue, test }: TradeLine): string {
  return JSON.stringify({
    trade_id: id,
    symbol,
    price,
    quantity,
    timestamp: iso ? new Date(time).toISOString() : time,
    side: id.length % 2 === 0 ? 'buy' : 'sell',
    venue,
    is_test: test,
  });
}

export async function writeLines(lines: Iterable<string>, file: string): Promise<void> {
  const stream = createWriteStream(file);
  for (const line of lines) {
    if (!stream.write(`${line}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}
