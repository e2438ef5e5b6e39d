import { STREAM_START, SYMBOLS, tradeLine } from '../streaming/streamed-trades';

/** A trade, as the rules see it. */
export interface RuledTrade {
  readonly id: string;
  readonly symbol: string;
  readonly trader: string;
  readonly price: number;
  readonly quantity: number;
  readonly time: number;
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

/** What both rules say of the trades, as `rule trade`, computed without any SQL. */
export function alertsOf(trades: readonly RuledTrade[]): string[] {
  return trades.flatMap((trade) => {
    const before = (millis: number) => trades.filter(({ time }) => time <= trade.time && time >= trade.time - millis);
    const others = before(FIVE_MINUTES).filter(({ symbol, id }) => symbol === trade.symbol && id !== trade.id);
    const volume = others.reduce((sum, { quantity }) => sum + quantity, 0);
    const average = others.reduce((sum, { price, quantity }) => sum + price * quantity, 0) / volume;
    const own = before(TEN_SECONDS).filter(({ trader }) => trader === trade.trader).length;
    return [
      ...(others.length > 0 && Math.abs(trade.price - average) > 0.2 * average
        ? [`price_far_from_vwap ${trade.id}`]
        : []),
      ...(own > 20 ? [`burst_of_one_trader ${trade.id}`] : []),
    ];
  });
}
