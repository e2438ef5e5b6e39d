import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** First generated day (UTC); fixed and past, so that no result depends on the clock. */
const FIRST_DAY = Date.parse('2026-01-05T00:00:00Z');
/** Enough for a value at risk that has scenarios to choose from. */
const DAYS = 30;
const SPAN = DAYS * 86_400_000;

// Symbol, and its first price in units of 10^-2; one of them nobody has listed.
const SYMBOLS: readonly (readonly [string, number])[] = [
  ['AAPL', 25_835],
  ['MSFT', 47_212],
  ['NVDA', 18_860],
  ['AMZN', 23_306],
  ['TSLA', 43_807],
  ['WMT', 11_273],
  ['JPM', 32_548],
  ['BTC-USD', 9_140_250],
  ['ETH-USD', 314_159],
  ['UNLISTED', 300],
];
const QUOTED = SYMBOLS.length - 1;

/** How many quotes go with a number of trades. */
export const TRADES_PER_QUOTE = 4;

/** What is no sound trade, each for a reason of its own. */
const UNSOUND: readonly string[] = [
  'this is not JSON',
  '{"trade_id":"u1","symbol":"AAPL","price":"-1","quantity":"1","side":"buy","timestamp":"2026-01-06T10:00:00Z"}',
  '{"trade_id":"u2","symbol":"AAPL","price":"1","quantity":"1","side":"hold","timestamp":"2026-01-06T10:00:00Z"}',
  '{"trade_id":"u3","symbol":"AAPL","price":"1","quantity":"1","timestamp":"2026-01-06T10:00:00Z"}',
];

/** Messages for the trades' topic; the same rows and seed give the same bytes, on every machine. */
export function* meshTrades(rows: number, seed: number): Generator<Buffer> {
  const below = dice(seed);
  for (let i = 0; i < rows; i++) {
    if (below(200) === 0) {
      yield Buffer.from(UNSOUND[below(UNSOUND.length)]);
      continue;
    }
    // Now and then an earlier trade is revised.
    const id = i > 100 && below(100) === 0 ? i - 1 - below(100) : i;
    const [symbol, price] = SYMBOLS[below(SYMBOLS.length)];
    yield message({
      trade_id: `t${id}`,
      symbol,
      price: walked(price, below),
      quantity: `${below(500)}.${String(1 + below(99_999_999)).padStart(8, '0')}`,
      side: below(2) === 0 ? 'buy' : 'sell',
      trader_id: `trader-${below(40)}`,
      timestamp: new Date(FIRST_DAY + below(SPAN)).toISOString(),
    });
  }
}

/** Messages for the quotes' topic; a few are crossed, which no sound quote is. */
export function* meshQuotes(rows: number, seed: number): Generator<Buffer> {
  const below = dice(seed + 1);
  for (let i = 0; i < rows; i++) {
    const [symbol, price] = SYMBOLS[below(QUOTED)];
    const [bid, ask] = [walked(price, below), walked(price + 1, below)].sort((a, b) => Number(a) - Number(b));
    const isCrossed = below(300) === 0;
    yield message({
      quote_id: `q${i}`,
      symbol,
      bid: isCrossed ? ask : bid,
      ask: isCrossed ? bid : ask,
      timestamp: new Date(FIRST_DAY + below(SPAN)).toISOString(),
    });
  }
}

function message(record: object): Buffer {
  return Buffer.from(JSON.stringify(record));
}

/** A price within a tenth of the first one, with eight decimals. */
function walked(cents: number, below: (limit: number) => number): string {
  const units = cents * 900_000 + below(200_000) * cents;
  return `${Math.floor(units / 1e8)}.${String(units % 1e8).padStart(8, '0')}`;
}

function dice(seed: number): (limit: number) => number {
  const random = xoroshiro128plus(seed);
  return (limit) => Number((BigInt(random.next() >>> 0) * BigInt(limit)) >> 32n);
}
