import { createReadStream } from 'fs';
import { createInterface } from 'readline';
import { UserError } from '../../../../cli-errors';

/** What of a file of messages the rehearsal has to know to send others before and after. */
export interface GivenTrades {
  /** Event time of the earliest and of the latest trade, in milliseconds since 1970. */
  readonly begin: number;
  readonly end: number;
  readonly symbols: readonly string[];
}

/** A trade that comes so much later than a younger one may have missed its window: the watermark of the blueprint. */
const MOST_DISORDER = 10_000;

/**
 * Reads a file with one message a line. What is no trade is data like any other, and says nothing of time.
 *
 * @throws UserError when no line has a time, or a trade may come too late for its window
 */
export async function readGivenTrades(file: string): Promise<GivenTrades> {
  const symbols = new Set<string>();
  let [begin, end, number, latest] = [Infinity, -Infinity, 0, 0];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    number += 1;
    const trade = tradeOf(line);
    if (trade === undefined) continue;
    const { symbol, time } = trade;
    if (end - time > MOST_DISORDER) {
      throw new UserError(
        `--trades ${file}:${number}: the trade is ${(end - time) / 1000} s older than that of line ${latest}, and may come too late for its window (10 s), so that no window could be foretold; sort the file by timestamp.`,
      );
    }
    symbols.add(symbol);
    begin = Math.min(begin, time);
    if (time > end) [end, latest] = [time, number];
  }
  if (symbols.size === 0) {
    throw new UserError(
      `--trades ${file}: no line has a symbol and a timestamp, so there is no window to compute; give at least one trade.`,
    );
  }
  return { begin, end, symbols: [...symbols] };
}

function tradeOf(line: string): { symbol: string; time: number } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { symbol, timestamp } = (value ?? {}) as { symbol?: unknown; timestamp?: unknown };
  if (typeof symbol !== 'string' || symbol === '') return undefined;
  const time = typeof timestamp === 'string' ? Date.parse(timestamp) : Number(timestamp ?? NaN);
  return Number.isFinite(time) ? { symbol, time } : undefined;
}
