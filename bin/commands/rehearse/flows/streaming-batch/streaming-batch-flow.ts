import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { join } from 'path';
import { invokeFunction } from '../../aws';
import type { AssemblyStack } from '../../cdk';
import { environmentDifferences } from '../../differences';
import type { EngineEndpoints } from '../../engines/endpoints';
import { writeFlinkEngine } from '../../engines/flink';
import { type Kafka, startKafka } from '../../engines/kafka';
import { startValkey } from '../../engines/valkey';
import { pipelineJobs, runJob } from '../../jobs';
import type { ReportedCheck } from '../../report/model';
import { type FlinkToolchain, prepareFlink } from '../../toolchain/flink';
import { prepareValkey, type ValkeyToolchain } from '../../toolchain/valkey';
import type { DataFlow, Deployed, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { asOperator, endsWell } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { sendTrades } from '../send-trades';
import { checkPlans } from '../streaming/plan-check';
import { STREAM_START, writeLines } from '../streaming/streamed-trades';
import { TopicWatch } from '../streaming/topic-watch';
import { LocalWarehouse } from '../warehouse/local-warehouse';
import { alertsOf, type RuledTrade, ruledTrades, wireOf } from './ruled-trades';

const OUTPUTS = [
  'TradesTopicName',
  'SummariesTopicName',
  'BronzeJobName',
  'LakePipelineArn',
  'SilverTable',
  'ReconciliationName',
  'AlertsTopicName',
  'RulesApplicationName',
  'RealtimeUrl',
  'WarehouseDatabase',
  'ClusterName',
  'PipelineArn',
] as const;
type Outputs = { readonly [name in (typeof OUTPUTS)[number]]: string };

/** One log, read by Flink for the hot store and by Spark for the lake, and the comparison of both. */
export const STREAMING_BATCH: FlowKind = {
  name: 'stream with a batch path',
  outputs: OUTPUTS,
  options: [],
  create: (host, stack) => new StreamingBatchFlow(host, stack),
};

const LEAD =
  'Trades go two ways from one log: in seconds to the hot store, in depth to the lake. Late trades make them differ, until the comparison repairs the store.';

const PICTURE: readonly PictureStep[] = [
  { title: 'Kafka', kind: 'source', stage: /^kafka$/ },
  { title: 'Flink', kind: 'stream', stage: /^flink$/ },
  { title: 'Bronze', kind: 'bronze', stage: /^bronze$/ },
  { title: 'Silver', kind: 'silver', stage: /^silver$/ },
];

const GROUPS = ['processing-g1', 'rules'] as const;
const STORE_GROUP = 'hot-store-g1';
const QUIET_MILLISECONDS = 3_000;
const CATCH_UP_SECONDS = 300;
const MINUTE = 60_000;
/** More trades than these would only take longer. */
const MOST_ROWS = 20_000;
const LATE = 24;
const PARTITIONS = 3;

/** What the comparison answers. */
interface Compared {
  readonly compared: number;
  readonly differing: number;
  readonly repaired: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly differences: readonly { readonly symbol: string; readonly start: number; readonly cause: string }[];
}

class StreamingBatchFlow implements DataFlow {
  private readonly warehouse: LocalWarehouse;
  private flink?: FlinkToolchain;
  private valkey?: ValkeyToolchain;
  private kafka?: Kafka;

  public constructor(
    private readonly host: RehearsalHost,
    private readonly stack: AssemblyStack,
  ) {
    this.warehouse = new LocalWarehouse(host);
  }

  public async prepare(onProgress: (message: string) => void): Promise<number> {
    const { toolchain, folder } = this.host;
    this.flink = await prepareFlink(toolchain, { onProgress });
    this.valkey = await prepareValkey(toolchain, onProgress);
    const bytes = await this.warehouse.prepare(onProgress);
    onProgress("judging the SQL by Flink's planner");
    await checkPlans(this.stack, this.flink, toolchain.javaHome, join(folder, 'plans'));
    return this.flink.downloadedBytes + this.valkey.downloadedBytes + bytes;
  }

  public async startEngines(): Promise<EngineEndpoints> {
    const { supervisor, toolchain, folder } = this.host;
    if (this.flink === undefined || this.valkey === undefined) throw new Error('the engines have not been prepared');
    const [kafka, store] = await Promise.all([
      startKafka(supervisor, toolchain, join(folder, 'kafka')),
      startValkey(supervisor, this.valkey, join(folder, 'valkey')),
      this.warehouse.start(),
    ]);
    this.kafka = kafka;
    return {
      kafka: kafka.bootstrapServers,
      flink: writeFlinkEngine(this.flink, toolchain, folder),
      valkey: store.endpoint,
      postgres: this.warehouse.address(),
      warehouse_python: this.warehouse.tools.python,
      warehouse_environment: JSON.stringify({ environment: { WAREHOUSE_ENGINE: 'postgres' } }),
    };
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host } = this;
    if (this.kafka === undefined) throw new Error('the engines have not been started');
    const outputs = deployed.outputs as Outputs;
    const trades = ruledTrades(Math.min(host.options.rows, MOST_ROWS));
    const watch = await TopicWatch.start(this.kafka.bootstrapServers, outputs.TradesTopicName, [...GROUPS]);
    const windowWatch = await TopicWatch.start(this.kafka.bootstrapServers, outputs.SummariesTopicName, [STORE_GROUP]);
    const grows = [outputs.SummariesTopicName, outputs.AlertsTopicName];
    const settle = async () => {
      await Promise.all(GROUPS.map((group) => watch.caughtUp(group, grows, QUIET_MILLISECONDS, CATCH_UP_SECONDS)));
    };
    try {
      const begun = Date.now();
      const late = await host.stage('trades', 'Trades into Kafka, and a burst of late ones', () =>
        this.send(outputs, trades, settle),
      );
      await windowWatch.caughtUp(STORE_GROUP, [], QUIET_MILLISECONDS, CATCH_UP_SECONDS);
      this.addStage('flink', 'Apache Flink', trades.length, late.length, begun);
      await host.stage('silver', 'Bronze and silver: Glue jobs on Spark', () =>
        this.runSpark(deployed, outputs, trades),
      );
      await host.stage('compare', 'The two paths compared, and the store repaired', () =>
        this.compare(deployed, outputs, trades, late),
      );
      await host.stage('alerts', 'Alerts against an independent computation', () => this.judgeAlerts(outputs, trades));
    } finally {
      await Promise.all([watch.stop(), windowWatch.stop()]);
    }
    host.addNotes(
      'The sync to the warehouse is rehearsed with TradingLakehouseWarehouseStack; here it is deployed alone.',
    );
    return {
      rows: trades.length,
      pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
      environment: [...environmentDifferences(deployed.emulator.sparkOverrides), ...this.warehouse.differences],
    };
  }

  /**
   * The trades, one of them twice; then what closes their windows; then late ones, and what shows that Flink has passed
   * over them.
   */
  private async send(
    outputs: Outputs,
    trades: readonly RuledTrade[],
    settle: () => Promise<void>,
  ): Promise<readonly RuledTrade[]> {
    const { host } = this;
    const end = trades[trades.length - 1].time;
    await this.toAll(outputs, 'begin', STREAM_START);
    await settle();
    const file = join(host.folder, 'trades.jsonl');
    await writeLines([...trades, twice(trades)].map(wireOf), file);
    await sendTrades(host, this.local, outputs.TradesTopicName, file, 'trades');
    await this.toAll(outputs, 'close', end + 2 * MINUTE);
    await settle();
    const late = lateOf(trades);
    await this.produce(outputs.TradesTopicName, late.map(wireOf));
    await settle();
    await this.toAll(outputs, 'open', end + 10 * MINUTE);
    await settle();
    return late;
  }

  private async runSpark({ emulator }: Deployed, outputs: Outputs, trades: readonly RuledTrade[]): Promise<void> {
    const operator = asOperator(emulator);
    const jobs = await pipelineJobs(operator, outputs.LakePipelineArn);
    const [silver = ''] = [...jobs].find(([, step]) => step === 'Silver') ?? [];
    for (const [name, job] of [
      ['bronze', outputs.BronzeJobName],
      ['silver', silver],
    ]) {
      const begun = Date.now();
      const result = await runJob(operator, job);
      this.host.addChecks(endsWell(`${name}: the Glue job succeeds`, result));
      this.addStage(name, 'Apache Spark', trades.length, 0, begun);
    }
  }

  /** Finds exactly what was made to differ, repairs it, and finds nothing any more. */
  private async compare(
    { emulator }: Deployed,
    outputs: Outputs,
    trades: readonly RuledTrade[],
    late: readonly RuledTrade[],
  ): Promise<void> {
    const end = trades[trades.length - 1].time;
    const range = { from: STREAM_START, to: minuteOf(end) + 2 * MINUTE };
    const ask = (event: object): Promise<Compared> =>
      invokeFunction(asOperator(emulator), outputs.ReconciliationName, { ...range, ...event });
    const planted = new Map([
      [keyOf(twice(trades)), 'duplicate'],
      ...late.map((trade): [string, string] => [keyOf(trade), 'late']),
    ]);
    const expected = [...planted].map(([key, cause]) => `${key} ${cause}`).sort();
    const found = await ask({});
    const actual = found.differences.map(({ symbol, start, cause }) => `${symbol} ${iso(start)} ${cause}`).sort();
    const repaired = await ask({ repair: true });
    const after = await ask({});
    const windows = new Set(trades.map(keyOf)).size;
    this.host.addChecks(
      same(
        'paths: every closed window is compared',
        `${windows} windows or more`,
        `${found.compared} windows`,
        found.compared >= windows,
      ),
      same('paths: exactly the planted windows differ, each for its cause', expected.join(', '), actual.join(', ')),
      same('paths: repair closes every one', `${planted.size} repaired`, `${repaired.repaired} repaired`),
      same('paths: nothing differs after the repair', '0 windows', `${after.differing} windows`),
    );
  }

  private async judgeAlerts(outputs: Outputs, trades: readonly RuledTrade[]): Promise<void> {
    // The one that is sent twice counts twice on the stream, which changes neither rule's verdict.
    const expected = new Set(alertsOf(trades));
    const found = new Set(await this.readAlerts(outputs.AlertsTopicName));
    const missing = [...expected].filter((alert) => !found.has(alert));
    const added = [...found].filter((alert) => !expected.has(alert));
    this.host.addChecks(
      same(
        'rules: alerts are those of an independent computation',
        `${expected.size} alerts`,
        [`${found.size} alerts`, ...missing.slice(0, 3).map((each) => `no ${each}`), ...added.slice(0, 3)].join(', '),
      ),
    );
  }

  private async readAlerts(topic: string): Promise<string[]> {
    const kafka = this.client();
    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    let left = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    const found: string[] = [];
    if (left === 0) return found;
    const consumer = kafka.consumer({ groupId: 'rehearsal-alerts' });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachMessage = ({ message }: { message: { value: Buffer | null } }): Promise<void> => {
        const { rule, trade_id: trade } = JSON.parse(String(message.value)) as { rule: string; trade_id: string };
        found.push(`${rule} ${trade}`);
        if ((left -= 1) === 0) resolve();
        return Promise.resolve();
      };
      consumer.run({ eachMessage }).catch(reject);
    });
    await consumer.disconnect();
    return found;
  }

  /** A trade on each partition, by which time goes on. */
  private async toAll({ TradesTopicName }: Outputs, id: string, time: number): Promise<void> {
    const lines = Array.from({ length: PARTITIONS }, (_, partition) =>
      wireOf({ id: `${id}-${partition}`, symbol: 'AAPL', trader: id, price: 100, quantity: 1, time }),
    );
    await this.produce(TradesTopicName, lines);
  }

  private async produce(topic: string, lines: readonly string[]): Promise<void> {
    const producer = this.client().producer();
    await producer.connect();
    const messages = lines.map((value, index) => ({ value, partition: index % PARTITIONS }));
    await producer.send({ topic, messages });
    await producer.disconnect();
  }

  private client(): KafkaClient {
    return new KafkaClient({
      brokers: [this.local.bootstrapServers],
      logLevel: logLevel.NOTHING,
      retry: { retries: 20 },
    });
  }

  private get local(): Kafka {
    if (this.kafka === undefined) throw new Error('the engines have not been started');
    return this.kafka;
  }

  private addStage(name: string, engine: string, rows: number, rejected: number, begun: number): void {
    const seconds = (Date.now() - begun) / 1000;
    const version = (engine === 'Apache Flink' && this.flink?.version) || 'as deployed';
    this.host.addStage({
      name,
      engine,
      version,
      rowsIn: rows + rejected,
      rowsOut: rows,
      rowsRejected: rejected,
      seconds,
    });
  }
}

function same(name: string, expected: string, actual: string, passed = expected === actual): ReportedCheck {
  return { name, expected, actual, passed };
}

/** The trade that is sent twice. */
function twice(trades: readonly RuledTrade[]): RuledTrade {
  return trades[Math.floor(trades.length / 3)];
}

/** Trades for three windows that have long been closed. */
function lateOf(trades: readonly RuledTrade[]): RuledTrade[] {
  const some = [0.2, 0.5, 0.7].map((share) => trades[Math.floor(trades.length * share)]);
  return Array.from({ length: LATE }, (_, index) => ({
    ...some[index % some.length],
    id: `late-${index}`,
    quantity: 3,
  }));
}

function keyOf({ symbol, time }: RuledTrade): string {
  return `${symbol} ${iso(minuteOf(time))}`;
}

function minuteOf(time: number): number {
  return Math.floor(time / MINUTE) * MINUTE;
}

function iso(time: number): string {
  return new Date(time).toISOString().slice(0, 16);
}
