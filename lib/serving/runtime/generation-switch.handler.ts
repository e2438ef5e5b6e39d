import { required } from '../../foundation/runtime/environment';
import { servedGeneration } from './served-generation';
import { storeClient } from './store-client';
import { switchGeneration } from './switch-generation';
import { WindowStore } from './window-store';

const servedByDefault = Number(required('SERVED_GENERATION'));

/** `{"generation": 2}` makes that one the served one; `{}` tells which is. */
export async function handler(event: {
  readonly generation?: unknown;
}): Promise<{ generation: number; previous: number }> {
  const valkey = await storeClient();
  const served = await servedGeneration(valkey, servedByDefault);
  return switchGeneration(event.generation, served, valkey, (generation) => new WindowStore(valkey, generation, 1));
}
