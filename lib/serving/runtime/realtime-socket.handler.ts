import { windowsMessage } from './announce';
import { required } from '../../foundation/runtime/environment';
import { LiveConnections } from './live-connections';
import { newestOfAll } from './realtime-routes';
import { servedGeneration } from './served-generation';
import { storeClient } from './store-client';
import { WindowStore } from './window-store';

/** What of an event of a WebSocket API is needed. */
interface SocketEvent {
  readonly requestContext: { readonly routeKey: string; readonly connectionId: string };
}

/** A frame of a WebSocket API holds 32 KB and a message 128 KB; a snapshot leaves room. */
const SNAPSHOT_BYTES = 100_000;
const SNAPSHOT_WINDOWS = 30;

const servedByDefault = Number(required('SERVED_GENERATION'));
const kept = Number(required('WINDOWS_KEPT'));

/** Remembers who listens. `subscribe` is answered with the newest windows of every symbol. */
export async function handler({ requestContext }: SocketEvent): Promise<{ statusCode: number; body?: string }> {
  const { routeKey, connectionId } = requestContext;
  const valkey = await storeClient();
  const connections = new LiveConnections(valkey);
  switch (routeKey) {
    case '$disconnect':
      await connections.forget(connectionId);
      return { statusCode: 200 };
    case 'subscribe': {
      await connections.keep(connectionId);
      const generation = await servedGeneration(valkey, servedByDefault);
      const windows = await newestOfAll(new WindowStore(valkey, generation, kept), SNAPSHOT_WINDOWS);
      return { statusCode: 200, body: windowsMessage('snapshot', generation, fitting([...windows.values()])) };
    }
    default:
      await connections.keep(connectionId);
      return { statusCode: 200, body: '{"type":"kept"}' };
  }
}

/** As many windows of each symbol, the newest ones, as fit into an answer. */
function fitting(bySymbol: readonly (readonly string[])[]): string[] {
  for (let count = SNAPSHOT_WINDOWS; count > 1; count = Math.floor(count / 2)) {
    const windows = bySymbol.flatMap((each) => each.slice(-count));
    if (windows.reduce((bytes, each) => bytes + each.length, 0) <= SNAPSHOT_BYTES) return windows;
  }
  return bySymbol.flatMap((each) => each.slice(-1));
}
