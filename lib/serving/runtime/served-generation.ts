import type { Cluster } from 'iovalkey';
import { StoreKeys } from './store-keys';

/**
 * Which generation is served: the one that somebody switched to or, when nobody did or the store has lost it, the one
 * that was deployed.
 */
export async function servedGeneration(valkey: Cluster, deployed: number): Promise<number> {
  const switched = await valkey.get(StoreKeys.SERVED);
  return switched === null ? deployed : Number(switched);
}
