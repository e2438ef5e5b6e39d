import type { Admin } from 'kafkajs';
import { type PartitionRange, topicRanges } from '../../foundation/runtime/topic-ranges';

/** What of Kafka's admin protocol is needed. */
export type LogAdmin = Pick<Admin, 'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp' | 'fetchOffsets'>;

/**
 * Refuses a log that does not hold everything from a time on, or from its first message: a replay of it would compute
 * other results than were computed when the messages came, and nobody would be told.
 *
 * @param from milliseconds since 1970; the first message when left out
 * @throws naming the partitions that begin too late, or the topic when it is not there
 */
export async function requireWholeLog(admin: LogAdmin, topic: string, from?: number): Promise<void> {
  const ranges = await topicRanges(admin, topic);
  const found = from === undefined ? [] : await admin.fetchTopicOffsetsByTimestamp(topic, from);
  const firstOf = (range: PartitionRange) =>
    Number(found.find(({ partition }) => partition === range.partition)?.offset ?? range.low);
  // One that begins with a message of that time may have had others of it before.
  const truncated = ranges.filter((range) => range.low > 0 && firstOf(range) <= range.low);
  if (truncated.length === 0) return;
  const places = truncated.map(({ partition, low }) => `partition ${partition} begins at offset ${low}`).join(', ');
  const wanted = from === undefined ? 'its first message' : new Date(from).toISOString();
  throw new Error(
    `${topic}: cannot be replayed from ${wanted}, for ${places}: what stood before has been deleted, and results would differ without a word. ` +
      'Replay from a later time (from), or bring the topic back from the lake; a topic with unlimitedRetention keeps everything.',
  );
}

/** How many messages a consumer group has yet to read, as far as it has told. */
export async function lagOf(
  admin: Pick<LogAdmin, 'fetchTopicOffsets' | 'fetchOffsets'>,
  topic: string,
  groupId: string,
): Promise<number> {
  const ranges = await topicRanges(admin, topic);
  const [read] = await admin.fetchOffsets({ groupId, topics: [topic] });
  return ranges.reduce((sum, { partition, low, high }) => {
    const committed = Number(read?.partitions.find((each) => each.partition === partition)?.offset ?? -1);
    return sum + high - Math.max(committed, low);
  }, 0);
}
