import { required } from '../../foundation/runtime/environment';
import { servedGeneration } from './served-generation';
import { storeClient } from './store-client';
import { type Switched, switchGeneration, type SwitchRequest } from './switch-generation';
import { WindowStore } from './window-store';

const servedByDefault = Number(required('SERVED_GENERATION'));

/** `{"generation": 2}` makes that one the served one; `{}` tells which is. */
export async function handler(event: SwitchRequest): Promise<Switched> {
  const valkey = await storeClient();
  const served = await servedGeneration(valkey, servedByDefault);
  return switchGeneration(event, served, valkey, (generation) => new WindowStore(valkey, generation, 1));
}
