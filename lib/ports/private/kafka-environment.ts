import type { IEventTopic } from '../event-topic';

/** What a handler needs to connect to the brokers of a topic. */
export function kafkaEnvironment(topic: IEventTopic): { [name: string]: string } {
  return {
    BOOTSTRAP_SERVERS: topic.bootstrapServers,
    KAFKA_SECURITY_PROTOCOL: topic.kafkaClientProperties['security.protocol'],
    KAFKA_SASL_MECHANISM: topic.kafkaClientProperties['sasl.mechanism'] ?? '',
  };
}
