import { join } from 'path';
import type { AssemblyStack } from '../../cdk';
import { writeFlinkEngine } from '../../engines/flink';
import type { EngineEndpoints } from '../../engines/endpoints';
import { type Kafka, startKafka } from '../../engines/kafka';
import { startValkey, type Valkey } from '../../engines/valkey';
import { type FlinkToolchain, prepareFlink } from '../../toolchain/flink';
import { prepareValkey, type ValkeyToolchain } from '../../toolchain/valkey';
import type { RehearsalHost } from '../data-flow';
import { checkPlans } from './plan-check';

interface Prepared {
  readonly flink: FlinkToolchain;
  readonly valkey: ValkeyToolchain;
}

interface Started {
  readonly kafka: Kafka;
  readonly store: Valkey;
}

/** What a stream with a hot store runs on: Kafka, Flink and Valkey. */
export class StreamEngines {
  private prepared?: Prepared;
  private started?: Started;

  public constructor(private readonly host: RehearsalHost) {}

  /**
   * Fetches the engines, and has Flink's planner judge the SQL of a stack.
   *
   * @returns bytes that came over the network
   */
  public async prepare(stack: AssemblyStack, onProgress: (message: string) => void): Promise<number> {
    const { toolchain, folder } = this.host;
    const flink = await prepareFlink(toolchain, { onProgress });
    const valkey = await prepareValkey(toolchain, onProgress);
    this.prepared = { flink, valkey };
    onProgress("judging the SQL by Flink's planner");
    await checkPlans(stack, flink, toolchain.javaHome, join(folder, 'plans'));
    return flink.downloadedBytes + valkey.downloadedBytes;
  }

  public async start(): Promise<EngineEndpoints> {
    const { supervisor, toolchain, folder } = this.host;
    const [kafka, store] = await Promise.all([
      startKafka(supervisor, toolchain, join(folder, 'kafka')),
      startValkey(supervisor, this.toolchains.valkey, join(folder, 'valkey')),
    ]);
    this.started = { kafka, store };
    return {
      kafka: kafka.bootstrapServers,
      flink: writeFlinkEngine(this.toolchains.flink, toolchain, folder),
      valkey: store.endpoint,
    };
  }

  public get toolchains(): Prepared {
    if (this.prepared === undefined) throw new Error('the engines have not been prepared');
    return this.prepared;
  }

  public get kafka(): Kafka {
    return this.running.kafka;
  }

  public get store(): Valkey {
    return this.running.store;
  }

  private get running(): Started {
    if (this.started === undefined) throw new Error('the engines have not been started');
    return this.started;
  }
}
