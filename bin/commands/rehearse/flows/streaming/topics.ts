import { Kafka, logLevel, type Message } from 'kafkajs';

/** A client that lives with brokers which are being restarted, and is silent about it. */
export function kafkaClient(bootstrapServers: string): Kafka {
  return new Kafka({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING, retry: { retries: 20 } });
}

/** Sends messages to a topic. */
export async function sendMessages(bootstrapServers: string, topic: string, messages: Message[]): Promise<void> {
  const producer = kafkaClient(bootstrapServers).producer();
  await producer.connect();
  try {
    await producer.send({ topic, messages });
  } finally {
    await producer.disconnect();
  }
}
