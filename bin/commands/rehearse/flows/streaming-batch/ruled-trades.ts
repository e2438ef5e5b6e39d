import { STREAM_START, SYMBOLS, tradeLine } from '../streaming/streamed-trades';

/** A trade, as rules and windows see it. */
export interface RuledTrade {
  readonly id: string;
  readonly symbol: string;
  readonly trader: string;
  /** With two decimals at most. */
  readonly price: number;
  /** A whole number. */
  readonly quantity: number;
  readonly time: number;
}

/** Sums of the trades of a symbol and minute, or day. */
export interface TradeSums {
  readonly count: number;
  readonly volume: number;
  /** Average price by volume, half up to eight decimals. */
  readonly vwap: string;
}

const MILLIS_BETWEEN = 40;
/** Every so many trades one has a price that is far away, and one trader trades again and again. */
const FAR_EVERY = 997;
const BURST_EVERY = 2_500;
const BURST = 30;
const TRADERS = 400;

const MINUTE = 60_000;
const FIVE_MINUTES = 5 * MINUTE;
const TEN_SECONDS = 10_000;

/** Trades in the order of their time, with some that rules are to find. */
export function ruledTrades(rows: number): RuledTrade[] {
  return Array.from({ length: rows }, (_, index) => {
    const isFar = index % FAR_EVERY === FAR_EVERY - 1;
    const isBurst = index % BURST_EVERY >= BURST_EVERY - BURST;
    return {
      id: `t${index}`,
      symbol: SYMBOLS[index % SYMBOLS.length],
      trader: isBurst ? 'hasty' : `trader-${(index * 7) % TRADERS}`,
      price: (isFar ? 150 : 100) + (index % 7) / 4,
      quantity: 1 + (index % 5),
      time: STREAM_START + index * MILLIS_BETWEEN,
    };
  });
}

/** The trade as it stands on the wire. */
export function wireOf({ id, symbol, price, quantity, time, trader }: RuledTrade): string {
  const line = tradeLine({ id, symbol, price: String(price), quantity: String(quantity), time });
  return JSON.stringify({ ...(JSON.parse(line) as object), trader_id: trader });
}

/** What both rules say of trades, as `rule trade`, computed without any SQL. */
export function alertsOf(trades: readonly RuledTrade[]): string[] {
  const sorted = [...trades].sort((one, other) => one.time - other.time);
  let [first, after] = [0, 0];
  return sorted.flatMap((trade) => {
    while (sorted[first].time < trade.time - FIVE_MINUTES) first += 1;
    while (after < sorted.length && sorted[after].time <= trade.time) after += 1;
    const recent = sorted.slice(first, after);
    const others = recent.filter(({ symbol, id }) => symbol === trade.symbol && id !== trade.id);
    const volume = others.reduce((sum, { quantity }) => sum + quantity, 0);
    const average = others.reduce((sum, { price, quantity }) => sum + price * quantity, 0) / volume;
    const own = recent.filter(({ trader, time }) => trader === trade.trader && time >= trade.time - TEN_SECONDS);
    return [
      ...(volume > 0 && Math.abs(trade.price - average) > 0.2 * average ? [`price_far_from_vwap ${trade.id}`] : []),
      ...(own.length > 20 ? [`burst_of_one_trader ${trade.id}`] : []),
    ];
  });
}

/** Sums of trades by what they have in common, computed without any SQL. */
export function sumsBy(trades: readonly RuledTrade[], keyOf: (trade: RuledTrade) => string): Map<string, TradeSums> {
  const groups = new Map<string, RuledTrade[]>();
  for (const trade of trades) {
    const group = groups.get(keyOf(trade));
    if (group) group.push(trade);
    else groups.set(keyOf(trade), [trade]);
  }
  return new Map([...groups].map(([key, group]) => [key, sumsOf(group)]));
}

/** Symbol and minute of a trade, by which its window is known. */
export function windowOf({ symbol, time }: RuledTrade): string {
  return `${symbol} ${minuteText(time)}`;
}

/** The minute of an instant, in UTC, such as `2026-01-05T10:00`. */
export function minuteText(time: number): string {
  return new Date(time).toISOString().slice(0, 16);
}

/** The first instant of the minute. */
export function minuteOf(time: number): number {
  return Math.floor(time / MINUTE) * MINUTE;
}

function sumsOf(trades: readonly RuledTrade[]): TradeSums {
  const volume = trades.reduce((sum, { quantity }) => sum + quantity, 0);
  const cents = trades.reduce((sum, { price, quantity }) => sum + Math.round(price * 100) * quantity, 0);
  // In integers: twice the quotient's eight decimals, and the half that is rounded up.
  const [over, under] = [BigInt(cents) * 10n ** 6n, BigInt(volume)];
  const digits = String((2n * over + under) / (2n * under)).padStart(9, '0');
  return { count: trades.length, volume, vwap: `${digits.slice(0, -8)}.${digits.slice(-8)}` };
}
