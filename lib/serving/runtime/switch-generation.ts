import { StoreKeys } from './store-keys';

/** What of the store is needed. */
interface Pointer {
  set(key: string, value: number): Promise<unknown>;
}

/** Which generation is served now, and which one was before. */
export interface Switched {
  readonly generation: number;
  readonly previous: number;
}

/** What is asked of the switch. */
export interface SwitchRequest {
  /** The generation to be served; without one it is told which is. */
  readonly generation?: unknown;
  /** Whether it may be served although its windows end before those of the one that is served. */
  readonly evenIfBehind?: boolean;
}

/**
 * Makes a generation the served one, at once for every request that begins afterwards; without one tells which is.
 *
 * @throws for what is no generation, one that has no window in the store, or one that is still behind
 */
export async function switchGeneration(
  { generation: asked, evenIfBehind = false }: SwitchRequest,
  served: number,
  pointer: Pointer,
  windowsOf: (generation: number) => { newestStart(): Promise<number | undefined> },
): Promise<Switched> {
  if (asked === undefined) return { generation: served, previous: served };
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1) {
    throw new Error(`generation is ${JSON.stringify(asked)}; it must be a whole number from 1`);
  }
  // Windows of both close meanwhile: asked in this order, one that keeps pace is never found behind.
  const reached = (await windowsOf(served).newestStart()) ?? -Infinity;
  const newest = await windowsOf(asked).newestStart();
  if (newest === undefined) {
    throw new Error(
      `generation ${asked} has no window in the store; wait until its sink has written, or check its number`,
    );
  }
  if (newest < reached && !evenIfBehind) {
    throw new Error(
      `generation ${asked} is behind: its newest window begins at ${instant(newest)}, that of generation ${served} at ${instant(reached)}; wait until it has caught up, or add "evenIfBehind": true`,
    );
  }
  await pointer.set(StoreKeys.SERVED, asked);
  return { generation: asked, previous: served };
}

function instant(millis: number): string {
  return new Date(millis).toISOString();
}
