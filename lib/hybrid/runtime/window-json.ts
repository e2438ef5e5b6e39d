import type { WindowSums } from './reconcile';

const NUMBER = String.raw`"?(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"?`;

/**
 * Reads a window of the hot store. Decimals are taken as they are written, for a JavaScript number would round them.
 *
 * @throws when it is no window with the three sums
 */
export function sumsOf(json: string): WindowSums {
  const { symbol, window_start: written } = JSON.parse(json) as { symbol?: unknown; window_start?: unknown };
  const text = String(written).replace(' ', 'T');
  const start = Date.parse(/([zZ]|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`);
  if (typeof symbol !== 'string' || Number.isNaN(start)) throw new Error(`the hot store holds no window: ${json}`);
  return {
    symbol,
    start,
    tradeCount: Number(fieldOf(json, 'trade_count')),
    totalVolume: fieldOf(json, 'total_volume'),
    vwap: fieldOf(json, 'vwap'),
  };
}

/** The window with other sums; everything else of it stays as it is written. */
export function withSums(json: string, sums: WindowSums): string {
  return replaced(
    replaced(replaced(json, 'trade_count', String(sums.tradeCount)), 'total_volume', sums.totalVolume),
    'vwap',
    sums.vwap,
  );
}

/** A window that the hot store has not got, as Flink writes one. */
export function windowJson(sums: WindowSums, windowMillis: number): string {
  const at = (millis: number) => new Date(millis).toISOString().slice(0, 19);
  const times = `"window_start":"${at(sums.start)}","window_end":"${at(sums.start + windowMillis)}"`;
  return (
    `{${times},"symbol":${JSON.stringify(sums.symbol)},"trade_count":${sums.tradeCount},` +
    `"total_volume":${sums.totalVolume},"vwap":${sums.vwap}}`
  );
}

function fieldOf(json: string, name: string): string {
  const match = new RegExp(`"${name}"\\s*:\\s*${NUMBER}`).exec(json);
  if (!match) throw new Error(`a window of the hot store has no '${name}': ${json}`);
  return match[1];
}

function replaced(json: string, name: string, value: string): string {
  return json.replace(new RegExp(`("${name}"\\s*:\\s*)${NUMBER}`), (_, before: string) => `${before}${value}`);
}
