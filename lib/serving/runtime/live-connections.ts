import type { Cluster } from 'iovalkey';
import { StoreKeys } from './store-keys';

/** A page says every thirty seconds that it is there; one that has been silent for two minutes is forgotten. */
const SILENCE_MILLIS = 120_000;

/** Who is listening. Kept in the store: when that is lost, every page says again that it is there. */
export class LiveConnections {
  public constructor(private readonly valkey: Cluster) {}

  /** Remembers a connection for a while. */
  public async keep(id: string, now: number = Date.now()): Promise<void> {
    await this.valkey.zadd(StoreKeys.CONNECTIONS, now + SILENCE_MILLIS, id);
  }

  /** Forgets a connection. */
  public async forget(id: string): Promise<void> {
    await this.valkey.zrem(StoreKeys.CONNECTIONS, id);
  }

  /** Those that are not silent; forgets the others. */
  public async all(now: number = Date.now()): Promise<string[]> {
    await this.valkey.zremrangebyscore(StoreKeys.CONNECTIONS, 0, now);
    return this.valkey.zrange(StoreKeys.CONNECTIONS, 0, -1);
  }
}
