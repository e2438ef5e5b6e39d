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

/**
 * Makes a generation the served one, at once for every request that begins afterwards; without one tells which is.
 *
 * @throws for what is no generation, or one that has no window in the store
 */
export async function switchGeneration(
  asked: unknown,
  served: number,
  pointer: Pointer,
  windowsOf: (generation: number) => { symbols(): Promise<string[]> },
): Promise<Switched> {
  if (asked === undefined) return { generation: served, previous: served };
  if (typeof asked !== 'number' || !Number.isInteger(asked) || asked < 1) {
    throw new Error(`generation is ${JSON.stringify(asked)}; it must be a whole number from 1`);
  }
  if ((await windowsOf(asked).symbols()).length === 0) {
    throw new Error(
      `generation ${asked} has no window in the store; wait until its sink has written, or check its number`,
    );
  }
  await pointer.set(StoreKeys.SERVED, asked);
  return { generation: asked, previous: served };
}
