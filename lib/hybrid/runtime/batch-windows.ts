import { type AthenaClient, GetQueryResultsCommand } from '@aws-sdk/client-athena';
import { runQuery } from '../../lakehouse/runtime/athena-query';
import type { BatchWindow } from './reconcile';

/** Which windows are asked for. */
export interface Asked {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** How long after a window's end a trade still counts in it on the real-time path. */
  readonly graceSeconds: number;
}

/** The batch path's windows, and the first instant that it has not processed. */
export interface BatchWindows {
  readonly windows: readonly BatchWindow[];
  readonly processedUntil: number;
}

const POLL_MILLIS = 500;

/**
 * Runs the query of the batch path. `{from}`, `{to}` (milliseconds) and `{grace_seconds}` in it are replaced. It gives
 * the columns symbol, window_start (milliseconds), trade_count, total_volume, turnover, late_count, duplicate_count, and
 * processed_until (milliseconds, the same in each row).
 *
 * @throws when the query fails, with Athena's reason
 */
export async function queryWindows(
  athena: Pick<AthenaClient, 'send'>,
  workGroup: string,
  query: string,
  { from, to, graceSeconds }: Asked,
): Promise<BatchWindows> {
  const values: { readonly [name: string]: number } = { from, to, grace_seconds: graceSeconds };
  const QueryString = query.replace(/\{(from|to|grace_seconds)\}/g, (_, name: string) => String(values[name]));
  const named = 'the query of the batch path';
  const id = await runQuery(athena, { QueryString, WorkGroup: workGroup }, { pollMillis: POLL_MILLIS, named });
  return readWindows(athena, id);
}

async function readWindows(
  athena: Pick<AthenaClient, 'send'>,
  QueryExecutionId: string | undefined,
): Promise<BatchWindows> {
  const windows: BatchWindow[] = [];
  let [processedUntil, isHeader] = [Number.NEGATIVE_INFINITY, true];
  let NextToken: string | undefined;
  do {
    const page = await athena.send(new GetQueryResultsCommand({ QueryExecutionId, NextToken }));
    for (const { Data = [] } of page.ResultSet?.Rows ?? []) {
      const [symbol = '', start, count, totalVolume = '', turnover = '', late, duplicates, until] = Data.map(
        ({ VarCharValue }) => VarCharValue,
      );
      // The first row of the first page holds the columns' names.
      if (!isHeader) {
        const sums = { symbol, start: Number(start), tradeCount: Number(count), totalVolume };
        const arrivals = { lateCount: Number(late), duplicateCount: Number(duplicates) };
        windows.push({ ...sums, vwap: quotient(turnover, totalVolume), ...arrivals });
        processedUntil = Number(until);
      }
      isHeader = false;
    }
    ({ NextToken } = page);
  } while (NextToken !== undefined);
  return { windows, processedUntil };
}

/** Decimals of a price. */
const SCALE = 8;

/**
 * One positive decimal over another, half up to 8 decimals. The engines of batch paths divide decimals each in its own
 * way, so that they are asked for sums, which are exact everywhere.
 */
export function quotient(dividend: string, divisor: string): string {
  const [over, under] = [unscaled(dividend), unscaled(divisor)];
  const numerator = over.digits * 10n ** BigInt(under.scale + SCALE);
  const denominator = under.digits * 10n ** BigInt(over.scale);
  if (denominator === 0n) return '';
  const text = String((2n * numerator + denominator) / (2n * denominator)).padStart(SCALE + 1, '0');
  return `${text.slice(0, -SCALE)}.${text.slice(-SCALE)}`;
}

function unscaled(text: string): { readonly digits: bigint; readonly scale: number } {
  const [whole, fraction = ''] = text.split('.');
  return { digits: BigInt(`${whole}${fraction}` || 0), scale: fraction.length };
}
