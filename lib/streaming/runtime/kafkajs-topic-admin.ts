import { type Admin, ConfigResourceTypes, KafkaJSProtocolError } from 'kafkajs';
import type { DesiredTopic, TopicAdmin } from './topic-reconciliation';

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';

/** Kafka's admin protocol through kafkajs. */
export class KafkajsTopicAdmin implements TopicAdmin {
  constructor(private readonly admin: Admin) {}

  async partitionsOf(topic: string): Promise<number | undefined> {
    try {
      const { topics } = await this.admin.fetchTopicMetadata({ topics: [topic] });
      return topics.find(({ name }) => name === topic)?.partitions.length;
    } catch (error) {
      if (error instanceof KafkaJSProtocolError && error.type === UNKNOWN_TOPIC) return undefined;
      throw error;
    }
  }

  async configsOf(topic: string, names: string[]): Promise<Record<string, string>> {
    const { resources } = await this.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: names }],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
  }

  async create(topic: DesiredTopic): Promise<void> {
    await this.admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: topic.replicationFactor,
          configEntries: entriesOf(topic.configs),
        },
      ],
    });
  }

  async growPartitions(topic: string, partitions: number): Promise<void> {
    await this.admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  }

  async setConfigs(topic: string, configs: Readonly<Record<string, string>>): Promise<void> {
    await this.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: entriesOf(configs) }],
    });
  }

  async delete(topic: string): Promise<void> {
    await this.admin.deleteTopics({ topics: [topic] });
  }
}

function entriesOf(configs: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(configs).map(([name, value]) => ({ name, value }));
}
