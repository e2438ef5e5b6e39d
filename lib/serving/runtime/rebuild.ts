import type { Cluster } from 'iovalkey';
import type { Kafka } from 'kafkajs';
import { readToEnd } from '../../foundation/runtime/read-log';
import { StoreKeys } from './store-keys';
import { readWindows, type WindowSink } from './sink-windows';

/** Somebody else takes over when a rebuild has not been heard of for so long. */
const LOCK_SECONDS = 30;

export interface LogToRebuildFrom {
  readonly kafka: Kafka;
  readonly topic: string;
  /** A consumer group of its own, which never commits. */
  readonly group: string;
}

/**
 * Fills a store that has lost its windows (or never had any) from the log: reads the topic from its beginning to where
 * it ended when this began. Live batches may come meanwhile, for a window is only ever replaced by a newer one. Does
 * nothing when the store is whole, or while somebody else does it.
 *
 * @throws when the log cannot be read whole before `deadline`; the next batch then goes on where this one stopped
 */
export async function rebuildIfEmpty(
  valkey: Cluster,
  generation: number,
  sink: WindowSink,
  log: LogToRebuildFrom,
  deadline: number,
): Promise<void> {
  const keys = new StoreKeys(generation);
  if ((await valkey.hget(keys.rebuilt, 'done')) !== null) return;
  if ((await valkey.set(keys.rebuilding, '1', 'EX', LOCK_SECONDS, 'NX')) === null) return;
  try {
    await readLog(valkey, keys, sink, log, deadline);
    await valkey.hset(keys.rebuilt, 'done', new Date().toISOString());
  } finally {
    await valkey.del(keys.rebuilding);
  }
}

/** Has the next rebuild read the whole log again. */
export async function forgetRebuild(valkey: Cluster, generation: number): Promise<void> {
  await valkey.del(new StoreKeys(generation).rebuilt);
}

async function readLog(
  valkey: Cluster,
  keys: StoreKeys,
  sink: WindowSink,
  log: LogToRebuildFrom,
  deadline: number,
): Promise<void> {
  const read = await valkey.hgetall(keys.rebuilt);
  await readToEnd({
    ...log,
    deadline,
    from: (partition, low) => Math.max(low, Number(read[partition] ?? 0)),
    eachBatch: async (batch, heartbeat) => {
      const { topic, partition } = batch;
      const { windows } = readWindows(
        batch.messages.map(({ key, value, offset, timestamp }) => ({
          topic,
          partition,
          offset: Number(offset),
          timestamp: Number(timestamp),
          key: key?.toString('base64'),
          value: value?.toString('base64'),
        })),
      );
      await sink.put(windows);
      await valkey.hset(keys.rebuilt, String(partition), Number(batch.lastOffset()) + 1);
      await valkey.expire(keys.rebuilding, LOCK_SECONDS);
      await heartbeat();
    },
  });
}
