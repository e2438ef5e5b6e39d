import { type Admin, KafkaJSProtocolError } from 'kafkajs';

/** Where a partition begins and ends, as its brokers tell. */
export interface PartitionRange {
  readonly partition: number;
  /** Offset of the first message that is still there. */
  readonly low: number;
  /** Offset of the next message. */
  readonly high: number;
}

/**
 * The partitions of a topic.
 *
 * @throws naming the topic when the brokers do not have it
 */
export async function topicRanges(admin: Pick<Admin, 'fetchTopicOffsets'>, topic: string): Promise<PartitionRange[]> {
  const offsets = await admin.fetchTopicOffsets(topic).catch((error: unknown) => {
    throw namingTopic(error, topic);
  });
  return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }));
}

/** Kafka says of a topic that is not there neither its name nor what to do; any other error stays as it is. */
export function namingTopic(error: unknown, topic: string): unknown {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof KafkaJSProtocolError && each.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
      return new Error(`topic '${topic}' is not there on the brokers; create it, or name one that is there.`, {
        cause: error,
      });
    }
  }
  return error;
}
