import table from './prices.json';

/** One price, with where it comes from. */
export interface Price {
  /** US dollars a unit, without tax, discount and free tier. */
  readonly usd: number;
  /** What is paid for, e.g. `broker-hour`. */
  readonly unit: string;
  /** The day on which the price was known, YYYY-MM-DD. */
  readonly asOf: string;
  /** AWS's page about it. */
  readonly source: string;
  /** Whether it was read from AWS's price list; otherwise it is what the authors knew, and to be checked. */
  readonly checked: boolean;
  /** Where AWS's price list has it. */
  readonly offer: { readonly service: string; readonly usagetype: string };
}

/** Prices of one region. */
export interface PriceTable {
  readonly currency: string;
  readonly region: string;
  readonly prices: Readonly<Record<string, Price>>;
}

export const PRICES: PriceTable = table;

export const HOURS_A_MONTH = 730;

/** @throws Error when the table has no such price */
export function priceOf(id: string, prices: PriceTable = PRICES): Price {
  const price = prices.prices[id];
  if (price === undefined) throw new Error(`there is no price '${id}' in bin/pricing/prices.json`);
  return price;
}

/** A cost is never known better than so: from the lower to the upper bound is at most one to four. */
export interface CostRange {
  /** US dollars a month. */
  readonly low: number;
  readonly high: number;
}

/** `92 USD`, `23 to 92 USD`: two significant digits, which is more than is known. */
export function showRange({ low, high }: CostRange): string {
  const [from, to] = [low, high].map(rounded);
  return from === to ? `${from} USD` : `${from} to ${to} USD`;
}

function rounded(usd: number): string {
  if (usd === 0) return '0';
  if (Math.abs(usd) < 1) return usd.toFixed(2);
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.abs(usd))) - 1);
  return grouped(Math.round(usd / step) * step);
}

/** `12,345`. */
export function grouped(whole: number): string {
  return String(Math.round(whole)).replace(/\B(?=(\d{3})+$)/g, ',');
}
