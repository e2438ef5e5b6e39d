import type { StoredWindow, WindowStore } from '../../serving/runtime/window-store';
import { type BatchWindow, type Cause, type Difference, reconcile } from './reconcile';
import { sumsOf, windowJson, withSums } from './window-json';

/** What is compared. */
export interface Paths {
  readonly store: Pick<WindowStore, 'symbols' | 'stored' | 'repair'>;
  readonly batch: readonly BatchWindow[];
  /** The first instant that the batch path has not processed, in milliseconds since 1970. */
  readonly processedUntil: number;
  readonly from: number;
  readonly to: number;
  readonly windowMillis: number;
  /** How many windows of a symbol the store keeps. */
  readonly kept: number;
  readonly repairs: boolean;
}

/** What came of it. */
export interface Outcome {
  readonly compared: number;
  /** Differences that waiting does not mend. */
  readonly differing: number;
  readonly repaired: number;
  /** How many windows differ for each cause. */
  readonly causes: Readonly<Partial<Record<Cause, number>>>;
  /** The first of them. */
  readonly differences: readonly Difference[];
}

/** More would not fit into an answer, nor would anybody read them. */
const SHOWN = 100;

/**
 * Compares the windows of the hot store with those of the batch path, and puts the batch path's into the store where it
 * is told to and where they are final. A window that a newer message has reached meanwhile is left alone.
 */
export async function reconcilePaths(paths: Paths): Promise<Outcome> {
  const { store, windowMillis, from, to } = paths;
  const symbols = [...new Set([...(await store.symbols()), ...paths.batch.map(({ symbol }) => symbol)])].sort();
  const stored = (await Promise.all(symbols.map((symbol) => store.stored(symbol)))).flat();
  const hot = new Map(stored.map((each) => [`${each.symbol} ${each.start}`, each]));
  const newest = stored.reduce((latest, { start }) => Math.max(latest, start + windowMillis), Number.NEGATIVE_INFINITY);
  const oldest = oldestKept(stored, paths.kept);
  const isCompared = ({ symbol, start }: { symbol: string; start: number }) =>
    start >= from && start + windowMillis <= to && start >= (oldest.get(symbol) ?? from);
  const found = reconcile(
    stored.filter((each) => isCompared(each) && each.json !== '').map(({ json }) => sumsOf(json)),
    paths.batch.filter(isCompared),
    { hot: newest, batch: paths.processedUntil },
    windowMillis,
  );
  const final = found.differences.filter(({ cause }) => cause !== 'not yet processed');
  const repairs = await Promise.all(
    paths.repairs
      ? final.map((each) => repair(store, each, hot.get(`${each.symbol} ${each.start}`), windowMillis))
      : [],
  );
  const causes: Partial<Record<Cause, number>> = {};
  for (const { cause } of found.differences) causes[cause] = (causes[cause] ?? 0) + 1;
  return {
    compared: found.compared,
    differing: final.length,
    repaired: repairs.filter(Boolean).length,
    causes,
    differences: found.differences.slice(0, SHOWN),
  };
}

function repair(
  store: Paths['store'],
  { symbol, start, batch }: Difference,
  known: StoredWindow | undefined,
  windowMillis: number,
): Promise<boolean> {
  const json = batch === undefined ? '' : known?.json ? withSums(known.json, batch) : windowJson(batch, windowMillis);
  return store.repair(symbol, start, known, json);
}

/** A symbol's store is full when it holds as many as are kept: what is older was not lost, but has gone. */
function oldestKept(stored: readonly StoredWindow[], kept: number): Map<string, number> {
  const counts = new Map<string, { count: number; oldest: number }>();
  for (const { symbol, start } of stored) {
    const { count, oldest } = counts.get(symbol) ?? { count: 0, oldest: start };
    counts.set(symbol, { count: count + 1, oldest: Math.min(oldest, start) });
  }
  const full = [...counts].filter(([, { count }]) => count >= kept);
  return new Map(full.map(([symbol, { oldest }]) => [symbol, oldest]));
}
