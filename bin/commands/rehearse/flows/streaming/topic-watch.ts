import type { Admin } from 'kafkajs';
import { kafkaClient } from './topics';

/** How far a consumer group is behind, at an instant. */
export interface LagSample {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly lag: number;
}

const SAMPLE_MILLISECONDS = 500;
const POLL_MILLISECONDS = 300;

/** Looks into topics and consumer groups from outside, as whoever operates the brokers does. */
export class TopicWatch {
  private readonly admin: Admin;
  private readonly samples = new Map<string, LagSample[]>();
  private sampling?: NodeJS.Timeout;

  private constructor(
    bootstrapServers: string,
    public readonly topic: string,
    private readonly groups: readonly string[],
  ) {
    this.admin = kafkaClient(bootstrapServers).admin();
    groups.forEach((group) => this.samples.set(group, []));
  }

  /** @param groups consumer groups of the topic whose lag is sampled until `stop` */
  public static async start(bootstrapServers: string, topic: string, groups: readonly string[]): Promise<TopicWatch> {
    const watch = new TopicWatch(bootstrapServers, topic, groups);
    await watch.admin.connect();
    watch.sampling = setInterval(() => void watch.sample().catch(() => undefined), SAMPLE_MILLISECONDS);
    return watch;
  }

  public async stop(): Promise<void> {
    clearInterval(this.sampling);
    await this.admin.disconnect();
  }

  public lagOf(group: string): readonly LagSample[] {
    return this.samples.get(group) ?? [];
  }

  /** Messages of a topic, transaction markers included. */
  public async size(topic: string): Promise<number> {
    const offsets = await this.admin.fetchTopicOffsets(topic);
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /**
   * Waits until the group has read the topic to its end, and none of the outputs has grown for as long as it takes to
   * be sure.
   *
   * @param quiet in milliseconds
   * @param read the offset that each partition has been read up to, as the group itself tells; it may be unknown
   * @throws when it takes longer than that many seconds
   */
  public async caughtUp(
    group: string,
    outputs: readonly string[],
    quiet: number,
    seconds: number,
    read: () => Promise<ReadonlyMap<number, number>> = () => Promise.resolve(new Map()),
  ): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    let before = '';
    let since = Date.now();
    while (Date.now() < deadline) {
      // Who is being restarted tells nothing.
      const lag = await this.lag(group, await read().catch(() => new Map()));
      const now = JSON.stringify([lag, await Promise.all(outputs.map((each) => this.size(each)))]);
      if (now !== before) {
        [before, since] = [now, Date.now()];
      } else if (now.startsWith('[0,') && Date.now() - since >= quiet) {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
    throw new Error(`${group}: has not caught up with ${this.topic} within ${seconds} s (lag and outputs: ${before})`);
  }

  /** Messages that the group has yet to read, as far as it has told the brokers, or us. */
  public async lag(group: string, read: ReadonlyMap<number, number> = new Map()): Promise<number> {
    const [ends, [told]] = await Promise.all([
      this.admin.fetchTopicOffsets(this.topic),
      this.admin.fetchOffsets({ groupId: group, topics: [this.topic] }),
    ]);
    return ends.reduce((sum, { partition, high }) => {
      const committed = Number(told?.partitions.find((each) => each.partition === partition)?.offset ?? -1);
      return sum + Number(high) - Math.max(committed, read.get(partition) ?? 0, 0);
    }, 0);
  }

  private async sample(): Promise<void> {
    for (const group of this.groups) {
      this.samples.get(group)?.push({ time: Date.now(), lag: await this.lag(group) });
    }
  }
}
