/** A topic as it should be. */
export interface DesiredTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** What of Kafka's admin protocol is needed. */
export interface TopicAdmin {
  /** Number of partitions, or undefined when there is no such topic. */
  partitionsOf(topic: string): Promise<number | undefined>;
  /** Values of these settings, defaults included. */
  configsOf(topic: string, names: string[]): Promise<Record<string, string>>;
  create(topic: DesiredTopic): Promise<void>;
  growPartitions(topic: string, partitions: number): Promise<void>;
  setConfigs(topic: string, configs: Readonly<Record<string, string>>): Promise<void>;
  delete(topic: string): Promise<void>;
}

/**
 * Makes a topic be as desired: creates it, adds partitions, changes settings. A topic that exists already is adopted.
 *
 * @throws when the topic has more partitions than desired: Kafka cannot take any away
 */
export async function reconcileTopic(admin: TopicAdmin, desired: DesiredTopic): Promise<void> {
  const partitions = await admin.partitionsOf(desired.name);
  if (partitions === undefined) {
    await admin.create(desired);
    return;
  }
  if (partitions > desired.partitions) {
    throw new Error(
      `topic '${desired.name}' has ${partitions} partitions and cannot shrink to ${desired.partitions}; ` +
        `set partitions to ${partitions}, or move to a new topic`,
    );
  }
  if (partitions < desired.partitions) await admin.growPartitions(desired.name, desired.partitions);
  await reconcileConfigs(admin, desired);
}

/** Deletes a topic, if it is there. */
export async function removeTopic(admin: TopicAdmin, topic: string): Promise<void> {
  if ((await admin.partitionsOf(topic)) !== undefined) await admin.delete(topic);
}

// Only when something differs: some settings (cleanup.policy on MSK Serverless) are refused even when they stay the same.
async function reconcileConfigs(admin: TopicAdmin, desired: DesiredTopic): Promise<void> {
  const names = Object.keys(desired.configs);
  const actual = await admin.configsOf(desired.name, names);
  if (names.some((name) => actual[name] !== desired.configs[name])) {
    await admin.setConfigs(desired.name, desired.configs);
  }
}
