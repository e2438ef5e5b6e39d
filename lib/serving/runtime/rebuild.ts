import type { Cluster } from 'iovalkey';
import type { Kafka } from 'kafkajs';
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
  { kafka, topic, group }: LogToRebuildFrom,
  deadline: number,
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic).finally(() => admin.disconnect());
  const read = await valkey.hgetall(keys.rebuilt);
  const next = new Map(
    ends.map(({ partition, low }) => [partition, Math.max(Number(low), Number(read[partition] ?? 0))]),
  );
  const left = new Set(
    ends
      .filter(({ partition, high }) => (next.get(partition) as number) < Number(high))
      .map(({ partition }) => partition),
  );
  if (left.size === 0) return;

  const consumer = kafka.consumer({ groupId: group, sessionTimeout: 30_000 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${topic}: not read whole in time; the next batch goes on`)),
        Math.max(deadline - Date.now(), 0),
      );
      const finish = (error?: Error) => {
        clearTimeout(timer);
        if (error) reject(error);
        else resolve();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => finish(payload.error));
      // Told of batches without messages, too: the end may be the mark of a transaction, which no consumer is given.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
        const end = ends.find((each) => each.partition === partition);
        if (Number(lastOffset) + 1 >= Number(end?.high ?? 0)) left.delete(partition);
        if (left.size === 0) finish();
      });
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch, heartbeat }) => {
            const { partition } = batch;
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
        })
        .catch(finish);
      for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) });
    });
  } finally {
    await consumer.disconnect();
  }
}
