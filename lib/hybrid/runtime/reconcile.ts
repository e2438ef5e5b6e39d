/** Sums of one window and symbol on one path. */
export interface WindowSums {
  readonly symbol: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly tradeCount: number;
  /** A decimal as it is written; none where nothing was traded. */
  readonly totalVolume: string;
  readonly vwap: string;
}

/** What the batch path knows of a window, and of how its trades arrived. */
export interface BatchWindow extends WindowSums {
  /** Trades that arrived when the real-time path had closed the window. */
  readonly lateCount: number;
  /** Messages that brought a trade once more. */
  readonly duplicateCount: number;
}

/** Why two paths differ on a window. */
export type Cause = 'late' | 'dropped' | 'duplicate' | 'revised' | 'not yet processed';

/** A window that the two paths have not the same of. */
export interface Difference {
  readonly symbol: string;
  readonly start: number;
  readonly cause: Cause;
  readonly hot?: WindowSums;
  readonly batch?: BatchWindow;
}

/** What was found. */
export interface Reconciliation {
  /** Windows that either path has. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/** How far each path has come: the first instant that it has not processed, in milliseconds since 1970. */
export interface Frontiers {
  readonly hot: number;
  readonly batch: number;
}

/**
 * Compares the two paths window by window. The cause of a difference is told from what the batch path knows of arrivals,
 * the first that fits:
 *
 * 1. not yet processed: the window ends beyond what one of the paths has come to
 * 2. the batch path has more trades: late, if as many came too late for the window; else dropped
 * 3. the real-time path has more: duplicate, if as many messages brought a trade again; else revised, for a trade was
 *    taken back or moved
 * 4. as many trades, other sums: revised
 *
 * @param windowMillis length of a window
 */
export function reconcile(
  hot: readonly WindowSums[],
  batch: readonly BatchWindow[],
  frontiers: Frontiers,
  windowMillis: number,
): Reconciliation {
  const hotByKey = new Map(hot.map((each) => [keyOf(each), each]));
  const batchByKey = new Map(batch.map((each) => [keyOf(each), each]));
  const keys = [...new Set([...hotByKey.keys(), ...batchByKey.keys()])].sort();
  const differences = keys.flatMap((key): Difference[] => {
    const [ours, theirs] = [hotByKey.get(key), batchByKey.get(key)];
    if (ours && theirs && isSame(ours, theirs)) return [];
    const { symbol, start } = (ours ?? theirs) as WindowSums;
    const isOpen = start + windowMillis > Math.min(frontiers.hot, frontiers.batch);
    return [{ symbol, start, cause: isOpen ? 'not yet processed' : causeOf(ours, theirs), hot: ours, batch: theirs }];
  });
  return { compared: keys.length, differences };
}

function causeOf(hot: WindowSums | undefined, batch: BatchWindow | undefined): Cause {
  const more = (batch?.tradeCount ?? 0) - (hot?.tradeCount ?? 0);
  if (more > 0) return (batch?.lateCount ?? 0) >= more ? 'late' : 'dropped';
  if (more < 0) return (batch?.duplicateCount ?? 0) >= -more ? 'duplicate' : 'revised';
  return 'revised';
}

function isSame(one: WindowSums, other: WindowSums): boolean {
  return (
    one.tradeCount === other.tradeCount &&
    isSameDecimal(one.totalVolume, other.totalVolume) &&
    isSameDecimal(one.vwap, other.vwap)
  );
}

/** Compares decimals by what they mean: 10.50 is 10.5. Never as numbers, whose digits end too soon. */
export function isSameDecimal(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

const DECIMAL = /^(-?)0*(\d*)(?:\.(\d*?)0*)?(?:[eE]([+-]?\d+))?$/;

function plain(text: string): string {
  const match = DECIMAL.exec(text);
  if (!match) return text;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  // Digits and the power of ten of the last one, without zeros at either end.
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  if (digits === '') return '0';
  const short = digits.replace(/0+$/, '');
  return `${sign}${short}e${Number(exponent) - fraction.length + digits.length - short.length}`;
}

function keyOf({ symbol, start }: WindowSums): string {
  return `${String(start).padStart(16, '0')} ${symbol}`;
}
