import type { Batch, Kafka } from 'kafkajs';
import { topicRanges } from './topic-ranges';

/** A topic that is read from its beginning to its end. */
export interface LogReading {
  readonly kafka: Kafka;
  readonly topic: string;
  /** A consumer group of its own, which never commits. */
  readonly group: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** Where to begin in a partition whose first message is at `low`; there when left out. */
  readonly from?: (partition: number, low: number) => number;
  readonly eachBatch: (batch: Batch, heartbeat: () => Promise<void>) => Promise<void>;
}

/**
 * Reads a topic to where it ends when this begins.
 *
 * @throws when that takes longer than the deadline allows, or the topic is not there
 */
export async function readToEnd({ kafka, topic, group, deadline, from, eachBatch }: LogReading): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await topicRanges(admin, topic).finally(() => admin.disconnect());
  const next = new Map(ends.map(({ partition, low }) => [partition, from?.(partition, low) ?? low] as const));
  const left = new Set(
    ends.filter(({ partition, high }) => (next.get(partition) as number) < high).map(({ partition }) => partition),
  );
  if (left.size === 0) return;

  const consumer = kafka.consumer({ groupId: group, sessionTimeout: 30_000 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${topic}: not read whole in time`)),
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
        if (Number(lastOffset) + 1 >= (end?.high ?? 0)) left.delete(partition);
        if (left.size === 0) finish();
      });
      consumer
        .run({ autoCommit: false, eachBatch: ({ batch, heartbeat }) => eachBatch(batch, heartbeat) })
        .catch(finish);
      for (const [partition, offset] of next) consumer.seek({ topic, partition, offset: String(offset) });
    });
  } finally {
    await consumer.disconnect();
  }
}
