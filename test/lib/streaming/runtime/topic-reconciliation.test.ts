import {
  DesiredTopic,
  reconcileTopic,
  removeTopic,
  TopicAdmin,
} from '../../../../lib/streaming/runtime/topic-reconciliation';

interface Topic {
  partitions: number;
  replicationFactor: number;
  configs: Record<string, string>;
}

/** A cluster in memory that refuses what Kafka refuses. */
class Cluster implements TopicAdmin {
  readonly calls: string[] = [];
  constructor(readonly topics: Record<string, Topic> = {}) {}

  async partitionsOf(topic: string) {
    return this.topics[topic]?.partitions;
  }
  async configsOf(topic: string, names: string[]) {
    return Object.fromEntries(names.map((name) => [name, this.topics[topic].configs[name] ?? 'default']));
  }
  async create({ name, ...topic }: DesiredTopic) {
    this.calls.push('create');
    this.topics[name] = { ...topic };
  }
  async growPartitions(topic: string, partitions: number) {
    this.calls.push('grow');
    if (partitions <= this.topics[topic].partitions) throw new Error('INVALID_PARTITIONS');
    this.topics[topic].partitions = partitions;
  }
  async setConfigs(topic: string, configs: Readonly<Record<string, string>>) {
    this.calls.push('configs');
    this.topics[topic].configs = { ...configs };
  }
  async delete(topic: string) {
    this.calls.push('delete');
    delete this.topics[topic];
  }
}

const desired: DesiredTopic = {
  name: 'trades',
  partitions: 6,
  replicationFactor: 3,
  configs: { 'retention.ms': '1000' },
};
const actual = (topic: Partial<Topic> = {}): Record<string, Topic> => ({
  trades: { partitions: 6, replicationFactor: 3, configs: { 'retention.ms': '1000' }, ...topic },
});

test('a missing topic is created', async () => {
  const cluster = new Cluster();
  await reconcileTopic(cluster, desired);
  expect(cluster.topics).toEqual(actual());
});

test('a topic that is as desired is left alone', async () => {
  const cluster = new Cluster(actual());
  await reconcileTopic(cluster, desired);
  expect(cluster.calls).toEqual([]);
});

test('partitions grow', async () => {
  const cluster = new Cluster(actual({ partitions: 2 }));
  await reconcileTopic(cluster, desired);
  expect(cluster.topics.trades.partitions).toBe(6);
});

test('partitions never shrink, and nothing else is changed then', async () => {
  const cluster = new Cluster(actual({ partitions: 12, configs: {} }));
  await expect(reconcileTopic(cluster, desired)).rejects.toThrow(
    "topic 'trades' has 12 partitions and cannot shrink to 6; set partitions to 12, or move to a new topic",
  );
  expect(cluster.calls).toEqual([]);
});

test('settings are changed', async () => {
  const cluster = new Cluster(actual({ configs: { 'retention.ms': '5' } }));
  await reconcileTopic(cluster, desired);
  expect(cluster.topics.trades.configs).toEqual({ 'retention.ms': '1000' });
});

test('a topic is deleted', async () => {
  const cluster = new Cluster(actual());
  await removeTopic(cluster, 'trades');
  expect(cluster.topics).toEqual({});
});

test('a topic that is gone already need not be deleted', async () => {
  const cluster = new Cluster();
  await removeTopic(cluster, 'trades');
  expect(cluster.calls).toEqual([]);
});
