import type { EachBatchPayload } from 'kafkajs';
import { join } from 'path';
import { StoreKeys } from '../../../../../lib/serving/runtime/store-keys';
import { assumeRole, invokeFunction } from '../../aws';
import type { AssemblyStack } from '../../cdk';
import { environmentDifferences } from '../../differences';
import type { EngineEndpoints } from '../../engines/endpoints';
import { administer } from '../../engines/valkey';
import { pipelineJobs, runJob } from '../../jobs';
import type { ReportedChart, ReportedCheck } from '../../report/model';
import type { DataFlow, Deployed, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { asOperator, asOwner, endsWell } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { sendTrades } from '../send-trades';
import { windowsOf } from '../streaming/api-answers';
import { FlinkProcess } from '../streaming/flink-process';
import { ManagedFlink } from '../streaming/managed-flink';
import { StreamEngines } from '../streaming/stream-engines';
import { STREAM_START, SYMBOLS, writeLines } from '../streaming/streamed-trades';
import { TopicWatch } from '../streaming/topic-watch';
import { kafkaClient, sendMessages } from '../streaming/topics';
import { wakePartitions } from '../streaming/wake-partitions';
import { LocalWarehouse, NOT_RUN } from '../warehouse/local-warehouse';
import { AlertInbox } from './alert-inbox';
import { backTestsOf, runBackTests } from './back-tests';
import { alertsOf, minuteOf, minuteText, type RuledTrade, ruledTrades } from './ruled-trades';
import { sumsBy, type TradeSums, windowOf, wireOf } from './ruled-trades';

const OUTPUTS = [
  'TradesTopicName',
  'SummariesTopicName',
  'FlinkApplicationName',
  'BronzeJobName',
  'LakePipelineArn',
  'SilverTable',
  'ReconciliationName',
  'AlertsTopicName',
  'AlertsArn',
  'RulesApplicationName',
  'QueryWorkgroupName',
  'RealtimeUrl',
  'ReaderRoleArn',
  'WarehouseDatabase',
  'PipelineArn',
  'DashboardsTaskArn',
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
  'Trades go two ways from one log: in seconds to the hot store, in depth to the lake and the warehouse. Late trades make them differ, until the comparison repairs the store.';

const PICTURE: readonly PictureStep[] = [
  { title: 'Kafka', kind: 'source', stage: /^kafka$/ },
  { title: 'Flink', kind: 'stream', stage: /^flink$/ },
  { title: 'Hot store', kind: 'store', stage: /^hot store$/ },
  { title: 'Bronze', kind: 'bronze', stage: /^bronze$/ },
  { title: 'Silver', kind: 'silver', stage: /^silver$/ },
  { title: 'Marts', kind: 'gold', stage: /^marts$/ },
];

/** Consumer groups, as the blueprints name them, and the generation that is deployed as the served one. */
const PROCESSING_GROUP = 'processing-g1';
const RULES_GROUP = 'rules';
const STORE_GROUP = 'hot-store-g1';
const ALERTS_GROUP = 'notifications-trade_alerts';
const GENERATION = 1;

const CATCH_UP_SECONDS = 300;
const MINUTE = 60_000;
const PARTITIONS = 3;
/** In three windows; enough of one trader in each for the rule on bursts. */
const LATE = 72;
/** The API is asked for 60 windows of each symbol, two of which may be those of marks. */
const MOST_SERVED = 58 * SYMBOLS.length;

/** What the comparison answers. */
interface Compared {
  readonly compared: number;
  readonly differing: number;
  readonly repaired: number;
  readonly causes: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

interface Difference {
  readonly symbol: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly cause: string;
  readonly hot?: { readonly tradeCount: number };
  readonly batch?: { readonly tradeCount: number };
}

/** What was sent. */
interface Sent {
  readonly trades: readonly RuledTrade[];
  /** One on each partition, by which time goes on. */
  readonly marks: readonly RuledTrade[];
  readonly late: readonly RuledTrade[];
}

/** The deployed stack, and what looks at it from outside. */
interface Paths extends Omit<Deployed, 'outputs'> {
  readonly outputs: Outputs;
  readonly processing: FlinkProcess;
  readonly rules: FlinkProcess;
  readonly watch: TopicWatch;
  readonly windowWatch: TopicWatch;
  readonly alertWatch: TopicWatch;
  readonly inbox: AlertInbox;
}

class StreamingBatchFlow implements DataFlow {
  private readonly engines: StreamEngines;
  private readonly warehouse: LocalWarehouse;

  public constructor(
    private readonly host: RehearsalHost,
    private readonly stack: AssemblyStack,
  ) {
    this.engines = new StreamEngines(host);
    this.warehouse = new LocalWarehouse(host);
  }

  public inspect(): void {
    this.warehouse.requireCopies(this.stack);
  }

  public async prepare(onProgress: (message: string) => void): Promise<number> {
    return (await this.engines.prepare(this.stack, onProgress)) + (await this.warehouse.prepare(onProgress));
  }

  public async startEngines(): Promise<EngineEndpoints> {
    const [endpoints] = await Promise.all([this.engines.start(), this.warehouse.start()]);
    return { ...endpoints, ...(await this.warehouse.startMetabase()) };
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host } = this;
    const paths = await this.paths(deployed);
    const trades = ruledTrades(host.options.rows);
    try {
      const sent = await host.stage('trades', 'Trades into Kafka, and a burst of late ones', () =>
        this.send(paths, trades),
      );
      await host.stage('batch', 'Bronze and silver: Glue jobs on Spark', () =>
        Promise.all([this.runSpark(paths, sent), this.settle(paths, endOf(trades) + 3 * MINUTE)]),
      );
      const found = await host.stage('compare', 'The two paths compared, and the store repaired', () =>
        this.compare(paths, sent),
      );
      await host.stage('alerts', 'Alerts, notifications and back-tests against a computation', () =>
        this.judgeAlerts(paths, sent),
      );
      await host.stage('warehouse', 'Copy of silver, dbt and dashboards: the state machine', () =>
        this.runWarehouse(deployed, paths, sent),
      );
      host.addNotes(...NOT_RUN);
      return {
        rows: trades.length,
        pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
        charts: [differencesChart(found)],
        environment: [...environmentDifferences(deployed.emulator.sparkOverrides), ...this.warehouse.differences],
      };
    } finally {
      await Promise.all([paths.watch, paths.windowWatch, paths.alertWatch].map((watch) => watch.stop()));
    }
  }

  private async paths(deployed: Deployed): Promise<Paths> {
    const outputs = deployed.outputs as Outputs;
    const { bootstrapServers } = this.engines.kafka;
    const { journal } = deployed.emulator;
    const [watch, windowWatch, alertWatch, inbox] = await Promise.all([
      TopicWatch.start(bootstrapServers, outputs.TradesTopicName, [PROCESSING_GROUP, RULES_GROUP]),
      TopicWatch.start(bootstrapServers, outputs.SummariesTopicName, [STORE_GROUP]),
      TopicWatch.start(bootstrapServers, outputs.AlertsTopicName, [ALERTS_GROUP]),
      AlertInbox.subscribe(asOwner(deployed.emulator), outputs.AlertsArn),
    ]);
    const processing = new FlinkProcess(journal, outputs.FlinkApplicationName);
    const rules = new FlinkProcess(journal, outputs.RulesApplicationName);
    return { ...deployed, outputs, processing, rules, watch, windowWatch, alertWatch, inbox };
  }

  // --- what happens ---------------------------------------------------------------------------------------------------

  /**
   * The trades, one of them twice; then what closes their windows; then late ones, and what shows that Flink has passed
   * over them.
   */
  private async send(paths: Paths, trades: readonly RuledTrade[]): Promise<Sent> {
    const { host } = this;
    const { TradesTopicName } = paths.outputs;
    const begun = Date.now();
    const end = endOf(trades);
    const file = join(host.folder, 'trades.jsonl');
    const again = twice(trades);
    // At once, for later it might be late, which depends on how fast the trades between them are read.
    const lines = trades.flatMap((trade) => (trade === again ? [trade, trade] : [trade]));
    await writeLines(lines.map(wireOf), file);
    const begin = await this.wake(paths);
    await sendTrades(host, this.engines.kafka, TradesTopicName, file, 'trades');
    const close = await this.mark(TradesTopicName, 'close', end + 2 * MINUTE);
    await this.settle(paths, end + MINUTE);
    const windows = new Set(trades.map(windowOf)).size;
    host.addChecks(await this.beforeBatch(paths, trades, windows));
    const late = lateOf(trades);
    await this.produce(TradesTopicName, late.map(wireOf));
    await this.readAll(paths);
    const open = await this.mark(TradesTopicName, 'open', end + 10 * MINUTE);
    this.addStage('flink', 'Apache Flink', begun, trades.length + late.length + 1, windows, late.length);
    return { trades, marks: [...begin, ...close, ...open], late };
  }

  /** Has each partition begin with a trade. */
  private async wake(paths: Paths): Promise<RuledTrade[]> {
    const marks: RuledTrade[] = [];
    await wakePartitions(
      async (time) =>
        void marks.push(...(await this.mark(paths.outputs.TradesTopicName, `begin-${time}`, STREAM_START))),
      () => this.readAll(paths),
    );
    return marks;
  }

  /** While Spark has not run, there is nothing that would differ for good. */
  private async beforeBatch(paths: Paths, trades: readonly RuledTrade[], windows: number): Promise<ReportedCheck> {
    const { differing, causes } = await this.ask(paths, trades, { repair: true });
    const expected = `not yet processed: ${windows}; 0 differ`;
    const told = Object.entries(causes).map(([cause, count]) => `${cause}: ${count}`);
    return same(
      'paths: before the batch path has run, every window is not yet processed, and none is repaired',
      expected,
      `${told.join(', ')}; ${differing} differ`,
    );
  }

  private async runSpark({ emulator, outputs }: Paths, { trades, marks, late }: Sent): Promise<void> {
    const operator = asOperator(emulator);
    const jobs = await pipelineJobs(operator, outputs.LakePipelineArn);
    const [silver = ''] = [...jobs].find(([, step]) => step === 'Silver') ?? [];
    const rows = trades.length + marks.length + late.length;
    for (const [name, job, read] of [
      ['bronze', outputs.BronzeJobName, rows + 1],
      ['silver', silver, rows],
    ] as const) {
      const begun = Date.now();
      this.host.addChecks(endsWell(`${name}: the Glue job succeeds`, await runJob(operator, job)));
      this.addStage(name, 'Apache Spark', begun, rows + 1, read);
    }
  }

  private async runWarehouse(deployed: Deployed, { outputs }: Paths, sent: Sent): Promise<void> {
    const begun = Date.now();
    await this.warehouse.fillMetabaseSecret(deployed);
    await this.warehouse.runOrchestration(asOperator(deployed.emulator), outputs.PipelineArn, {}, 'silver to marts');
    const query =
      "select string_agg(symbol || ' ' || trade_count || ' ' || cast(total_volume as integer) || ' ' || vwap, ', ' " +
      'order by symbol collate "C") from marts.fct_daily_summary';
    const rows = sumsBy([...sent.trades, ...sent.marks, ...sent.late], ({ symbol }) => symbol);
    this.host.addChecks(
      same(
        'marts: the day of each symbol, late trades included, is that of an independent computation',
        [...rows.keys()]
          .sort()
          .map((symbol) => shown(symbol, rows.get(symbol)))
          .join(', '),
        await this.warehouse.query(outputs.WarehouseDatabase, query),
      ),
    );
    const copied = sent.trades.length + sent.marks.length + sent.late.length;
    this.addStage('marts', 'dbt on PostgreSQL', begun, copied, rows.size);
  }

  // --- how it is judged -----------------------------------------------------------------------------------------------

  /** Finds exactly what was made to differ, repairs it, and finds nothing any more. */
  private async compare(paths: Paths, { trades, marks, late }: Sent): Promise<readonly Difference[]> {
    const begun = Date.now();
    const lost = lostOf(trades);
    await this.loseWindow(lost);
    const planted = new Map([
      [windowOf(twice(trades)), 'duplicate'],
      [windowOf(lost), 'dropped'],
      ...late.map((trade): [string, string] => [windowOf(trade), 'late']),
    ]);
    const found = await this.ask(paths, trades, {});
    const repaired = await this.ask(paths, trades, { repair: true });
    const after = await this.ask(paths, trades, {});
    const closed = minuteOf(endOf(trades)) + MINUTE;
    const sums = sumsBy(
      [...trades, ...marks, ...late].filter(({ time }) => time < closed),
      windowOf,
    );
    this.host.addChecks(
      same('paths: every closed window is compared', `${sums.size} windows`, `${found.compared} windows`),
      same(
        'paths: exactly the planted windows differ, each for its cause',
        [...planted]
          .map(([window, cause]) => `${window} ${cause}`)
          .sort()
          .join(', '),
        found.differences
          .map(({ symbol, start, cause }) => `${symbol} ${minuteText(start)} ${cause}`)
          .sort()
          .join(', '),
      ),
      same('paths: repair closes every one', `${planted.size} repaired`, `${repaired.repaired} repaired`),
      same('paths: nothing differs after the repair', '0 windows', `${after.differing} windows`),
      await this.judgeServed(paths, sums),
    );
    this.addStage('hot store', 'Valkey', begun, sums.size, sums.size);
    return found.differences;
  }

  /** What a reader of the API gets after the repair. */
  private async judgeServed(
    { emulator, outputs }: Paths,
    sums: ReadonlyMap<string, TradeSums>,
  ): Promise<ReportedCheck> {
    const reader = await assumeRole(asOperator(emulator), outputs.ReaderRoleArn);
    const served = await Promise.all(SYMBOLS.map((symbol) => windowsOf(reader, outputs.RealtimeUrl, symbol)));
    const answered = new Map(
      served
        .flatMap((body) => (JSON.parse(body) as { windows: readonly ServedWindow[] }).windows)
        .map((window) => [`${window.symbol} ${window.window_start.slice(0, 16).replace(' ', 'T')}`, window]),
    );
    // It is asked for the newest ones; those that are open have no sums yet.
    const windows = [...sums].filter(([key]) => answered.has(key));
    const wrong = windows.filter(([key, own]) => {
      const { trade_count: count, total_volume: volume, vwap } = answered.get(key) as ServedWindow;
      return count !== own.count || Number(volume) !== own.volume || Number(vwap) !== Number(own.vwap);
    });
    return same(
      'store: after the repair every window of the API is that of an independent computation',
      `${Math.min(sums.size, MOST_SERVED)} windows or more`,
      `${windows.length - wrong.length} windows${wrong.length > 0 ? `, not ${wrong[0][0]}` : ''}`,
      windows.length >= Math.min(sums.size, MOST_SERVED) && wrong.length === 0,
    );
  }

  private async judgeAlerts(paths: Paths, { trades, marks, late }: Sent): Promise<void> {
    const { outputs, alertWatch, inbox } = paths;
    // The one that is sent twice counts twice on the stream, which changes neither rule's verdict. Flink forgets a trader
    // when half as long again as the window has passed: what comes late of him is judged by itself.
    const onStream = [...alertsOf([...trades, ...marks]), ...alertsOf(late)];
    // What it has found is in the topic with the snapshot that is taken when it is stopped, as before an update.
    await new ManagedFlink(asOperator(paths.emulator), outputs.RulesApplicationName).stop();
    await alertWatch.caughtUp(ALERTS_GROUP, [], 0, CATCH_UP_SECONDS);
    const found = await this.readAlerts(outputs.AlertsTopicName);
    const told = (await inbox.lines()).map(nameOf);
    const tested = await runBackTests(asOwner(paths.emulator), outputs.QueryWorkgroupName, backTestsOf(this.stack));
    this.host.addChecks(
      sameSet('rules: alerts on the stream are those of an independent computation', onStream, found),
      sameSet('rules: a subscriber of the notifications is told each of them', onStream, told),
      sameSet(
        'rules: back-tests over the history find what an independent computation of all trades does',
        alertsOf([...trades, ...marks, ...late]),
        tested,
      ),
    );
  }

  /** Takes a window out of the store, as if it had been lost on the way. */
  private async loseWindow({ symbol, time }: RuledTrade): Promise<void> {
    const keys = new StoreKeys(GENERATION);
    const start = String(minuteOf(time));
    await administer(this.engines.store, async (client) => {
      await client.hdel(keys.windows(symbol), start);
      await client.zrem(keys.order(symbol), start);
    });
  }

  /** Has the deployed function compare the windows of the trades. */
  private ask({ emulator, outputs }: Paths, trades: readonly RuledTrade[], event: object): Promise<Compared> {
    const to = minuteOf(endOf(trades)) + MINUTE;
    return invokeFunction(asOperator(emulator), outputs.ReconciliationName, { from: STREAM_START, to, ...event });
  }

  private async readAlerts(topic: string): Promise<string[]> {
    const kafka = kafkaClient(this.engines.kafka.bootstrapServers);
    const admin = kafka.admin();
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(topic);
    await admin.disconnect();
    const ends = new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    const found: string[] = [];
    const consumer = kafka.consumer({ groupId: 'rehearsal-alerts' });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const open = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
    await new Promise<void>((resolve, reject) => {
      if (open.size === 0) resolve();
      const eachBatch = ({ batch }: EachBatchPayload): Promise<void> => {
        found.push(...batch.messages.flatMap(({ value }) => (value ? [nameOf(String(value))] : [])));
        if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0)) open.delete(batch.partition);
        if (open.size === 0) resolve();
        return Promise.resolve();
      };
      consumer.run({ eachBatch }).catch(reject);
    });
    await consumer.disconnect();
    return found;
  }

  /** Waits until event time has come to an instant in both applications, and the store has every window until then. */
  private async settle({ processing, rules, windowWatch }: Paths, instant: number): Promise<void> {
    await Promise.all([processing, rules].map((application) => application.reach(instant, CATCH_UP_SECONDS)));
    await processing.saveAll(CATCH_UP_SECONDS);
    await windowWatch.caughtUp(STORE_GROUP, [], 0, CATCH_UP_SECONDS);
  }

  /** Waits until both applications have read every trade. */
  private async readAll({ processing, rules, watch }: Paths): Promise<void> {
    await Promise.all([
      processing.readAll(watch, PROCESSING_GROUP, CATCH_UP_SECONDS),
      rules.readAll(watch, RULES_GROUP, CATCH_UP_SECONDS),
    ]);
  }

  /** A trade on each partition, by which time goes on. */
  private async mark(topic: string, id: string, time: number): Promise<RuledTrade[]> {
    const marks = Array.from({ length: PARTITIONS }, (_, partition) => ({
      ...{ id: `${id}-${partition}`, symbol: 'AAPL', trader: id, price: 100, quantity: 1, time },
    }));
    await this.produce(topic, marks.map(wireOf));
    return marks;
  }

  private produce(topic: string, lines: readonly string[]): Promise<void> {
    const messages = lines.map((value, index) => ({ value, partition: index % PARTITIONS }));
    return sendMessages(this.engines.kafka.bootstrapServers, topic, messages);
  }

  private addStage(name: string, engine: string, begun: number, rowsIn: number, rowsOut: number, rejected = 0): void {
    const versions: { readonly [engine: string]: string | undefined } = {
      'Apache Flink': this.engines.toolchains.flink.version,
      Valkey: this.engines.store.version,
    };
    const seconds = (Date.now() - begun) / 1000;
    const version = versions[engine] ?? 'as deployed';
    this.host.addStage({ name, engine, version, rowsIn, rowsOut, rowsRejected: rejected, seconds });
  }
}

interface ServedWindow {
  readonly symbol: string;
  readonly window_start: string;
  readonly trade_count: number;
  readonly total_volume: number | string;
  readonly vwap: number | string;
}

/** Rule and trade of an alert. */
function nameOf(alert: string): string {
  const { rule, trade_id: trade } = JSON.parse(alert) as { rule: string; trade_id: string };
  return `${rule} ${trade}`;
}

function same(name: string, expected: string, actual: string, passed = expected === actual): ReportedCheck {
  return { name, expected, actual, passed };
}

/** Whether the same alerts were found, each once or more often. */
function sameSet(name: string, expected: readonly string[], actual: readonly string[]): ReportedCheck {
  const [wanted, found] = [new Set(expected), new Set(actual)];
  const missing = [...wanted].filter((alert) => !found.has(alert)).map((alert) => `no ${alert}`);
  const added = [...found].filter((alert) => !wanted.has(alert));
  const problems = [...missing.slice(0, 3), ...added.slice(0, 3)];
  return same(name, `${wanted.size} alerts`, [`${found.size} alerts`, ...problems].join(', '));
}

function shown(symbol: string, sums?: TradeSums): string {
  return `${symbol} ${sums?.count} ${sums?.volume} ${sums?.vwap}`;
}

function endOf(trades: readonly RuledTrade[]): number {
  return trades[trades.length - 1].time;
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

/** A trade whose window is taken out of the store: none that differs otherwise, nor the last one of all. */
function lostOf(trades: readonly RuledTrade[]): RuledTrade {
  const others = new Set([twice(trades), ...lateOf(trades)].map(windowOf));
  const found = trades.find((trade) => !others.has(windowOf(trade)));
  if (found === undefined) throw new Error('too few trades for windows that differ and others; give more --rows');
  return found;
}

/** How many trades each path counted in the windows that differed. */
function differencesChart(differences: readonly Difference[]): ReportedChart {
  const nameOfWindow = ({ symbol, start, cause }: Difference): string =>
    `${symbol} ${minuteText(start).slice(11)} ${cause}`;
  const points = (path: 'hot' | 'batch') =>
    differences.map((each): [string, number] => [nameOfWindow(each), each[path]?.tradeCount ?? 0]);
  return {
    title: 'Where the paths differed',
    lead: 'Trades that each path counted in the windows that differed, before the repair.',
    kind: 'bar',
    x: { kind: 'category', name: 'window and cause' },
    y: { name: 'trades' },
    series: [
      { name: 'real time', points: points('hot') },
      { name: 'batch', points: points('batch') },
    ],
  };
}
