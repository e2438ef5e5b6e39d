// The one-minute aggregation twice in one run: the seed's SQL with hand-written DDL on Flink's default settings, and what
// the streaming blueprint deploys. Prints one line of JSON.
//   aggregation ROWS RUNS ASSEMBLY
import { Kafka as KafkaClient, logLevel, type Message } from 'kafkajs';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startKafka } from '../../../bin/commands/rehearse/engines/kafka';
import { Supervisor } from '../../../bin/commands/rehearse/engines/supervisor';
import { flinkApplications } from '../../../bin/commands/rehearse/flows/streaming/plan-check';
import { STREAM_START, tradeLine } from '../../../bin/commands/rehearse/flows/streaming/streamed-trades';
import { type FlinkToolchain, prepareFlink } from '../../../bin/commands/rehearse/toolchain/flink';
import { prepareToolchain, type Toolchain } from '../../../bin/commands/rehearse/toolchain/toolchain';
import { readToEnd } from '../../../lib/foundation/runtime/read-log';
import { type FlinkRun, startFlink } from '../../support/flink';

const MINUTE = 60_000;
const PARTITIONS = 4;
const SYMBOLS = 20;
const MINUTES = 121;
/** Out of order by so much at most: well within the watermark's ten seconds. */
const DISORDER = 4_000;
const BATCH = 10_000;
const UNIT = 100_000_000n;
const RUN_SECONDS = 240;

/** The figures of each window, as they must stand in the topic, by its start and symbol. */
type Windows = Map<string, string>;

interface Cost {
  readonly seconds: number;
  /** Seconds of processor that Flink took meanwhile, which others on the machine do not lengthen by much. */
  readonly processor: number;
}

interface Variant {
  readonly name: string;
  readonly topic: string;
  readonly scripts: FlinkRun['scripts'];
  readonly variables: FlinkRun['variables'];
  readonly configuration: FlinkRun['configuration'];
  readonly cluster: FlinkRun['cluster'];
}

class Aggregation {
  private readonly client: KafkaClient;

  public constructor(
    bootstrapServers: string,
    private readonly rows: number,
    private readonly engines: {
      readonly supervisor: Supervisor;
      readonly toolchain: Toolchain;
      readonly flink: FlinkToolchain;
      readonly folder: string;
      readonly javaOptions: readonly string[];
    },
  ) {
    this.client = new KafkaClient({ brokers: [bootstrapServers], logLevel: logLevel.NOTHING });
  }

  /** Sends the trades, evenly to the partitions; gives what each closed window must hold, worked out beside Flink. */
  public async produce(): Promise<Windows> {
    await this.createTopic('trades', PARTITIONS);
    const sums = new Map<string, { count: number; volume: bigint; value: bigint }>();
    const producer = this.client.producer();
    await producer.connect();
    let messages: Message[] = [];
    for (let number = 0; number < this.rows; number++) {
      const trade = tradeOf(number, this.rows);
      const key = `${Math.floor(trade.time / MINUTE) * MINUTE}/${trade.symbol}`;
      const sum = sums.get(key) ?? { count: 0, volume: 0n, value: 0n };
      sum.count += 1;
      sum.volume += trade.quantity;
      sum.value += trade.price * trade.quantity;
      sums.set(key, sum);
      messages.push({ partition: number % PARTITIONS, value: lineOf(number, trade) });
      if (messages.length === BATCH) {
        await producer.send({ topic: 'trades', messages });
        messages = [];
      }
    }
    const closing = { symbol: 'S00', price: UNIT, quantity: UNIT, time: STREAM_START + (MINUTES + 10) * MINUTE };
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
    messages.push(...partitions.map((partition) => ({ partition, value: lineOf(-1 - partition, closing) })));
    await producer.send({ topic: 'trades', messages });
    await producer.disconnect();
    return new Map(
      [...sums].map(([key, { count, volume, value }]) => [
        key,
        `${count} ${decimal(volume)} ${decimal((value + volume / 2n) / volume)}`,
      ]),
    );
  }

  /** Runs one of the two over all trades, from its first state RUNNING to the last window in the topic. */
  public async measure(variant: Variant, run: number, expected: Windows): Promise<Cost> {
    const topic = `${variant.topic}-${run}`;
    await this.createTopic(topic, 1);
    const { engine, rest } = await startFlink({
      ...this.engines,
      ...variant,
      folder: join(this.engines.folder, topic),
      variables: { ...variant.variables, 'topic.trade_summaries': topic, 'consumer.group': topic },
    });
    try {
      const begun = await Promise.race([runningSince(rest), engine.crashed]);
      const before = processorSeconds(engine.pid);
      await Promise.race([this.lastOf(topic, expected.size), engine.crashed]);
      const processor = processorSeconds(engine.pid) - before;
      const { windows, newest } = await this.windowsIn(topic);
      expectSame(`${variant.name}, run ${run}`, windows, expected);
      return { seconds: (newest - begun) / 1000, processor };
    } finally {
      await engine.stop();
    }
  }

  private async createTopic(topic: string, numPartitions: number): Promise<void> {
    const admin = this.client.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions }] }).finally(() => admin.disconnect());
  }

  /** Resolves once the topic holds that many messages. */
  private async lastOf(topic: string, count: number): Promise<void> {
    const admin = this.client.admin();
    await admin.connect();
    try {
      const deadline = Date.now() + RUN_SECONDS * 1000;
      for (let held = 0; held < count;) {
        if (Date.now() > deadline) throw new Error(`${topic}: ${held} of ${count} windows after ${RUN_SECONDS} s`);
        await sleep(100);
        held = (await admin.fetchTopicOffsets(topic)).reduce((sum, { high }) => sum + Number(high), 0);
      }
    } finally {
      await admin.disconnect();
    }
  }

  private async windowsIn(topic: string): Promise<{ windows: Windows; newest: number }> {
    const windows: Windows = new Map();
    let newest = 0;
    await readToEnd({
      kafka: this.client,
      topic,
      group: `${topic}-read`,
      deadline: Date.now() + 30_000,
      eachBatch: async ({ messages }) => {
        for (const { value, timestamp } of messages) {
          newest = Math.max(newest, Number(timestamp));
          const text = String(value);
          const { window_start: start, symbol, trade_count: count } = JSON.parse(text) as Record<string, string>;
          const time = Date.parse(`${start.replace(' ', 'T').replace('Z', '')}Z`);
          windows.set(`${time}/${symbol}`, `${count} ${digits(text, 'total_volume')} ${digits(text, 'vwap')}`);
        }
      },
    });
    return { windows, newest };
  }
}

interface Trade {
  readonly symbol: string;
  /** In units of 10^-8, as the quantity is. */
  readonly price: bigint;
  readonly quantity: bigint;
  readonly time: number;
}

/** The same trade for the same number, spread over the minutes and out of order. */
function tradeOf(number: number, rows: number): Trade {
  const mixed = Math.imul(number ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  const behind = Math.min((mixed >>> 3) % DISORDER, Math.floor((number / rows) * MINUTES * MINUTE));
  return {
    symbol: `S${String(mixed % SYMBOLS).padStart(2, '0')}`,
    price: BigInt(100_000_000 + (mixed % 997_000_003) * 7),
    quantity: BigInt(1 + (Math.imul(mixed, 0xc2b2ae35) >>> 0)),
    time: STREAM_START + Math.floor((number / rows) * MINUTES * MINUTE) - behind,
  };
}

function lineOf(number: number, { symbol, price, quantity, time }: Trade): string {
  return tradeLine({ id: `t${number}`, symbol, price: decimal(price), quantity: decimal(quantity), time });
}

function decimal(units: bigint): string {
  return `${units / UNIT}.${String(units % UNIT).padStart(8, '0')}`;
}

/** A number with all of its digits. */
function digits(json: string, name: string): string {
  const [whole, fraction = ''] = (new RegExp(`"${name}"\\s*:\\s*"?([0-9.]+)`).exec(json)?.[1] ?? '').split('.');
  return `${whole}.${fraction.padEnd(8, '0')}`;
}

function expectSame(what: string, actual: Windows, expected: Windows): void {
  const wrong = [...expected].filter(([key, figures]) => actual.get(key) !== figures);
  if (wrong.length === 0 && actual.size === expected.size) return;
  const [[key, figures] = ['none', 'none']] = wrong;
  throw new Error(
    `${what}: ${wrong.length} of ${expected.size} windows differ, ${actual.size} there; ${key}: ${figures} expected, ${actual.get(key)} there`,
  );
}

/** Of a process since its start; Linux counts hundredths. */
function processorSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function runningSince(rest: string): Promise<number> {
  for (;;) {
    try {
      const { jobs } = (await (await fetch(`${rest}/jobs/overview`)).json()) as { jobs: { jid: string }[] };
      const { timestamps } = (await (await fetch(`${rest}/jobs/${jobs[0].jid}`)).json()) as {
        timestamps: { RUNNING: number };
      };
      if (timestamps.RUNNING > 0) return timestamps.RUNNING;
    } catch {
      // It does not answer yet, or has no job.
    }
    await sleep(100);
  }
}

/** The seed's SQL as somebody would put it to work: with the wire's `timestamp`, and an end to every option left open. */
function seedVariant(bootstrapServers: string): Variant {
  return {
    name: 'seed',
    topic: 'seed',
    scripts: {
      'seed.sql': `
CREATE TABLE trades (
    trade_id STRING,
    symbol STRING,
    price DECIMAL(18, 8),
    quantity DECIMAL(18, 8),
    \`timestamp\` TIMESTAMP_LTZ(3),
    trade_time AS CAST(\`timestamp\` AS TIMESTAMP(3)),
    WATERMARK FOR trade_time AS trade_time - INTERVAL '10' SECOND
) WITH (
    'connector' = 'kafka',
    'topic' = 'trades',
    'properties.bootstrap.servers' = '${bootstrapServers}',
    'scan.startup.mode' = 'earliest-offset',
    'format' = 'json',
    'json.timestamp-format.standard' = 'ISO-8601'
);

CREATE TABLE trade_summaries (
    window_start TIMESTAMP,
    window_end TIMESTAMP,
    symbol STRING,
    trade_count BIGINT,
    total_volume DECIMAL(18, 8),
    vwap DECIMAL(18, 8),
    PRIMARY KEY (window_start, symbol) NOT ENFORCED
) WITH (
    'connector' = 'upsert-kafka',
    'topic' = '\${topic.trade_summaries}',
    'properties.bootstrap.servers' = '${bootstrapServers}',
    'key.format' = 'json',
    'value.format' = 'json',
    'value.json.encode.decimal-as-plain-number' = 'true'
);

INSERT INTO trade_summaries
SELECT
    window_start,
    window_end,
    symbol,
    COUNT(*) as trade_count,
    SUM(quantity) as total_volume,
    SUM(price * quantity) / SUM(quantity) as vwap
FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(trade_time), INTERVAL '1' MINUTE))
GROUP BY window_start, window_end, symbol;
`,
    },
    variables: {},
    configuration: {},
    // Flink's own default is not to save any state.
    cluster: { 'execution.checkpointing.interval': undefined, 'taskmanager.memory.managed.size': '128m' },
  };
}

/** What the blueprint deploys, but for the other statements: tables, settings, state that is saved as often. */
async function deployedVariant(assembly: string, bootstrapServers: string): Promise<Variant> {
  const application = flinkApplications({ assembly, template: 'TradingStreamingStack.template.json' })
    .map(({ groups }) => Object.fromEntries(groups.map((group) => [group.PropertyGroupId, group.PropertyMap])))
    .find(({ Variables }) => 'topic.trade_summaries' in Variables);
  if (application === undefined) throw new Error('no application writes trade_summaries');
  const names = Object.keys(application.Variables);
  const scripts = Object.entries(application.Scripts).filter(([name]) => /tables|trade_summaries/.test(name));
  return {
    name: 'library',
    topic: 'library',
    scripts: Object.fromEntries(
      await Promise.all(scripts.map(async ([name, url]) => [name, await readFile(fileURLToPath(url), 'utf8')])),
    ),
    variables: {
      ...application.Variables,
      // What else has a table is neither read nor written.
      ...Object.fromEntries(names.filter((each) => each.startsWith('topic.')).map((each) => [each, 'trades'])),
      'kafka.bootstrap.servers': bootstrapServers,
      'kafka.security.protocol': 'PLAINTEXT',
    },
    configuration: application.Configuration,
    cluster: {
      // As the emulator, and the service, have it.
      'state.backend.type': 'rocksdb',
      'execution.checkpointing.incremental': 'true',
      'execution.checkpointing.interval': '500 ms',
      'execution.checkpointing.min-pause': '100 ms',
      'taskmanager.memory.managed.size': '128m',
    },
  };
}

async function main([rows, runs, assembly]: string[]): Promise<void> {
  const toolchain = await prepareToolchain();
  const flink = await prepareFlink(toolchain);
  const folder = mkdtempSync(join(tmpdir(), 'data-patterns-bench-flink-'));
  const supervisor = new Supervisor(toolchain.python);
  try {
    const { bootstrapServers } = await startKafka(supervisor, toolchain, join(folder, 'kafka'));
    // What a service's JVM does, too: compile what runs often as well as it can.
    const javaOptions = ['-XX:TieredStopAtLevel=4', '-Duser.timezone=UTC'];
    const engines = { supervisor, toolchain, flink, folder, javaOptions };
    const aggregation = new Aggregation(bootstrapServers, Number(rows), engines);
    const expected = await aggregation.produce();
    const variants = [seedVariant(bootstrapServers), await deployedVariant(assembly, bootstrapServers)];
    const costs: Cost[][] = variants.map(() => []);
    for (let run = 1; run <= Number(runs); run++) {
      for (const [place, variant] of variants.entries()) {
        costs[place].push(await aggregation.measure(variant, run, expected));
      }
    }
    process.stdout.write(`${JSON.stringify({ windows: expected.size, seed: costs[0], library: costs[1] })}\n`);
  } finally {
    await supervisor.stopAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((problem: unknown) => {
  console.error(problem);
  process.exit(1);
});
