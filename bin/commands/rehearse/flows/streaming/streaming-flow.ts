import { mkdirSync, readFileSync, writeFileSync } from 'fs';
import type { Message } from 'kafkajs';
import { join } from 'path';
import { setTimeout as sleep } from 'timers/promises';
import { assumeRole, invokeFunction } from '../../aws';
import type { AssemblyStack } from '../../cdk';
import type { EngineEndpoints } from '../../engines/endpoints';
import { type Kafka, restartKafka } from '../../engines/kafka';
import { splitLines } from '../../faults/split-lines';
import { accountOwner } from '../../principals';
import type { EnvironmentDifference, ReportedChart, ReportedCheck } from '../../report/model';
import type { DataFlow, Deployed, FlowKind, FlowOutcome, RehearsalHost } from '../data-flow';
import { asOperator } from '../outcomes';
import { type PictureStep, stepsOf } from '../pipeline-picture';
import { sendTrades } from '../send-trades';
import { type ApiAnswers, answersOf, windowsOf } from './api-answers';
import { FlinkProcess } from './flink-process';
import { type GivenTrades, readGivenTrades } from './given-trades';
import { type Generation, laterGenerations } from './generations';
import { type Latencies, latencyChart, LatencyWatch, type Seen } from './latency-watch';
import { ManagedFlink } from './managed-flink';
import { ServedProbe, withoutGap } from './served-probe';
import { StoreFaults } from './store-faults';
import { StreamEngines } from './stream-engines';
import { LATE_PREFIX, SECTORS, STREAM_START, streamedTrades, SYMBOLS, tradeLine, writeLines } from './streamed-trades';
import { TopicWatch } from './topic-watch';
import { kafkaClient, sendMessages } from './topics';
import { wakePartitions } from './wake-partitions';

const OUTPUTS = [
  'TradesTopicName',
  'SymbolsTopicName',
  'EnrichedTopicName',
  'AggregatesTopicName',
  'SummariesTopicName',
  'RejectedTopicName',
  'FlinkApplicationName',
  'LakeSinkApplicationName',
  'LakeTable',
  'RealtimeUrl',
  'ReaderRoleArn',
  'GenerationSwitchName',
] as const;
type Outputs = { readonly [name in (typeof OUTPUTS)[number]]: string };

/** Trades from Kafka through Flink SQL into topics, store and lake. */
export const STREAMING: FlowKind = {
  name: 'stream',
  outputs: OUTPUTS,
  options: ['trades', 'rate', 'faults'],
  create: (host, stack) => new StreamingFlow(host, stack),
};

const LEAD =
  'Events that each step took in and passed on. What is no valid trade is set aside with its reasons; what comes after its window has closed is dropped and counted.';

const PICTURE: readonly PictureStep[] = [
  { title: 'Kafka', kind: 'source', stage: /^kafka$/ },
  { title: 'Flink', kind: 'stream', stage: /^flink$/ },
  { title: 'Lake', kind: 'bronze', stage: /^lake sink$/ },
];

/** Consumer groups, as blueprints/streaming/processing.ts and the sink of the store name them. */
const PROCESSING_GROUP = 'processing-g1';
const LAKE_GROUP = 'lake-sink';
const STORE_GROUP = 'hot-store-g1';

/** The generation of the processing that is deployed as the served one. */
const GENERATION = 1;

/** How much of the trades is sent before faults strike what reads the rest. */
const BEFORE_FAULTS = 0.5;
/** What ids begin with of trades whose windows are still open at the end. */
const OPEN_PREFIX = 'open-';
const CATCH_UP_SECONDS = 300;
/** An output that has not grown for so long while nothing was left to read grows no more: three checkpoints. */
const QUIET_MILLISECONDS = 3_000;
const MINUTE = 60_000;
/** For so long each generation is served before the next switch. */
const SERVED_MILLISECONDS = 500;

/** What the comparison of two generations answers. */
interface Compared {
  readonly lag: number;
  readonly identical: number;
  readonly different: number;
  readonly missing: number;
  readonly added: number;
}

/** What a replay has left to be judged. */
interface ReplayAnswers {
  readonly generation: number;
  readonly topics: Generation['topics'];
  readonly compared: Compared;
  readonly answers: ApiAnswers & { readonly generation: number };
}

interface Judgement {
  readonly checks: readonly ReportedCheck[];
  readonly events: number;
  readonly valid: number;
  readonly rejected: number;
  readonly late: number;
  readonly windows: number;
  readonly timeline: readonly { readonly minute: number; readonly trades: number; readonly late: number }[];
  readonly latencies: Latencies;
}

/** What everything has left to be judged. */
interface Outcome {
  readonly stream: Stream;
  /** How many late records each window operator says that it has dropped. */
  readonly dropped: readonly number[];
  readonly answers: ApiAnswers;
  readonly seen: Seen;
  readonly replay?: ReplayAnswers;
  readonly batch?: Pick<Generation, 'topics'>;
}

/** The deployed stream. */
interface Stream extends Omit<Deployed, 'outputs'> {
  readonly outputs: Outputs;
  readonly kafka: Kafka;
  /** Of the trades, and of the windows that the store is filled with. */
  readonly watch: TopicWatch;
  readonly windowWatch: TopicWatch;
  readonly processing: FlinkProcess;
  readonly lakeSink: FlinkProcess;
}

class StreamingFlow implements DataFlow {
  private readonly engines: StreamEngines;

  public constructor(
    private readonly host: RehearsalHost,
    private readonly stack: AssemblyStack,
  ) {
    this.engines = new StreamEngines(host);
  }

  public prepare(onProgress: (message: string) => void): Promise<number> {
    return this.engines.prepare(this.stack, onProgress);
  }

  public startEngines(): Promise<EngineEndpoints> {
    return this.engines.start();
  }

  public async run(deployed: Deployed): Promise<FlowOutcome> {
    const { host } = this;
    const stream = await this.stream(deployed);
    // Long before the first trade: one that comes before its symbol has been read has no sector, and nothing tells when
    // that is.
    await this.send(stream, stream.outputs.SymbolsTopicName, sectorMessages());
    const { file, begin, end, symbols } = await this.trades();
    const latency = await this.watchLatency(stream, symbols);
    try {
      const { second, batch } = await this.laterGenerations(deployed);
      // It begins when there is something to replay.
      if (second) await new ManagedFlink(asOperator(deployed.emulator), second.application).stop(true);
      await this.wake(stream, begin);
      await host.stage('trades', 'Trades into Kafka', () => this.sendAll(stream, file));
      await host.stage('windows', 'Flink: every window that is over', () => this.closeWindows(stream, end));
      const dropped = await host.stage('late', 'Late trades', () => this.sendLate(stream, end));
      await host.stage('lake', 'Lake: what the sink still holds', () => this.flushLake(stream));
      const answers = await host.stage('api', 'The API: every window that is in the store', () =>
        this.askApi(stream, symbols),
      );
      const seen = await latency.stop();
      const replayed =
        second &&
        (await host.stage('replay', 'Replay: the second generation', () => this.replay(stream, second, symbols)));
      if (batch) await host.stage('batch', 'Batch: the same SQL once over the log', () => this.runBatch(stream, batch));
      const judged = await host.stage('checks', 'Checks by an independent computation', () =>
        this.judge({ stream, dropped, answers, seen, replay: replayed, batch: batch && { topics: batch.topics } }),
      );
      return {
        rows: judged.events,
        pipeline: { lead: LEAD, steps: stepsOf(PICTURE, host.stages) },
        charts: [...charts(judged, stream), latencyChart(judged.latencies, host.options.rate)],
        environment: DIFFERENCES,
      };
    } finally {
      await Promise.all([stream.watch.stop(), stream.windowWatch.stop(), latency.stop()]);
    }
  }

  /** What is to be sent: a file of one's own, or generated trades. */
  private async trades(): Promise<GivenTrades & { readonly file: string }> {
    const { trades, rows, seed } = this.host.options;
    if (trades !== undefined) return { file: trades, ...(await readGivenTrades(trades)) };
    const { lines, end } = streamedTrades(rows, seed);
    const file = join(this.host.folder, 'trades.jsonl');
    await writeLines(lines, file);
    return { file, begin: STREAM_START, end, symbols: SYMBOLS };
  }

  /** The first that is a stream, and the first that is a batch. */
  private async laterGenerations({
    outputs,
    emulator,
  }: Deployed): Promise<{ second?: Generation; batch?: Generation }> {
    const found: { second?: Generation; batch?: Generation } = {};
    for (const generation of laterGenerations(outputs)) {
      const isBatch = await new ManagedFlink(asOperator(emulator), generation.application).isBounded();
      found[isBatch ? 'batch' : 'second'] ??= generation;
    }
    return found;
  }

  private async stream(deployed: Deployed): Promise<Stream> {
    const outputs = deployed.outputs as Outputs;
    const { kafka } = this.engines;
    const { bootstrapServers } = kafka;
    return {
      ...deployed,
      outputs,
      kafka,
      watch: await TopicWatch.start(bootstrapServers, outputs.TradesTopicName, [PROCESSING_GROUP, LAKE_GROUP]),
      windowWatch: await TopicWatch.start(bootstrapServers, outputs.SummariesTopicName, [STORE_GROUP]),
      processing: new FlinkProcess(deployed.emulator.journal, outputs.FlinkApplicationName),
      lakeSink: new FlinkProcess(deployed.emulator.journal, outputs.LakeSinkApplicationName),
    };
  }

  /** Looks at what comes out from now on, as one who may read windows and nothing else. */
  private async watchLatency({ emulator, outputs, kafka }: Stream, symbols: readonly string[]): Promise<LatencyWatch> {
    const reader = await assumeRole(asOperator(emulator), outputs.ReaderRoleArn);
    return LatencyWatch.start({
      bootstrapServers: kafka.bootstrapServers,
      topic: outputs.EnrichedTopicName,
      symbols,
      ask: (symbol) => windowsOf(reader, outputs.RealtimeUrl, symbol),
      rows: this.host.options.rows,
    });
  }

  /** Has each partition begin with a trade. */
  private wake(stream: Stream, begin: number): Promise<void> {
    return wakePartitions(
      (time) => this.sendTo(stream, (partition) => [`begin-${time}-${partition}`, begin]),
      () => stream.processing.readAll(stream.watch, PROCESSING_GROUP, CATCH_UP_SECONDS),
    );
  }

  /** All of the trades; with faults, half of them while things break. */
  private async sendAll(stream: Stream, file: string): Promise<void> {
    const { host } = this;
    const send = (part: string) => sendTrades(host, stream.kafka, stream.outputs.TradesTopicName, part, 'trades');
    if (!host.options.faults) {
      await send(file);
      return;
    }
    const parts: [string, string] = [join(host.folder, 'trades-1.jsonl'), join(host.folder, 'trades-2.jsonl')];
    await splitLines(file, BEFORE_FAULTS, ...parts);
    await send(parts[0]);
    await this.killFlink('processing', stream.processing);
    await this.killBroker(stream);
    await send(parts[1]);
    await this.killFlink('lake sink', stream.lakeSink);
    await this.killFlink('processing', stream.processing);
  }

  private async killFlink(name: string, process: FlinkProcess): Promise<void> {
    this.host.update('trades', `killing Flink (${name})`);
    const { checkpoint, checkpointsBefore } = await process.strike(CATCH_UP_SECONDS);
    const restored = /chk-\d+|savepoint-\S+/.exec(checkpoint)?.[0];
    this.host.addChecks({
      name: `fault: Flink (${name}) killed`,
      expected: 'restored from a checkpoint',
      actual:
        restored === undefined
          ? `restored from ${checkpoint}`
          : `killed after ${checkpointsBefore} checkpoints, restored from ${restored}`,
      passed: restored !== undefined,
    });
  }

  private async killBroker(stream: Stream): Promise<void> {
    const { supervisor, toolchain } = this.host;
    this.host.update('trades', 'killing the broker');
    await stream.kafka.engine.strike();
    const engine = await restartKafka(supervisor, toolchain, stream.kafka);
    this.host.addChecks({
      name: 'fault: broker killed',
      expected: 'restarted with its log',
      actual: `restarted as process ${engine.pid}`,
      passed: true,
    });
  }

  /** A trade two minutes after the last, on each partition, closes every window that has trades. */
  private async closeWindows(stream: Stream, end: number): Promise<void> {
    await this.sendTo(stream, (partition) => [`close-${partition}`, end + 2 * MINUTE]);
    await this.settle(stream);
    if (!this.host.options.faults) return;
    await this.fillStore(stream);
    this.host.addChecks(await this.storeFaults().lose());
  }

  /**
   * Trades that come too late, and some that come late but within the watermark's delay.
   *
   * @returns how many records each window operator says that it has dropped
   */
  private async sendLate(stream: Stream, end: number): Promise<number[]> {
    // Each in a window of its own: Flink adds up what it drops by window before it counts.
    await this.sendTo(stream, (partition) => [`${LATE_PREFIX}${partition}`, end - (partition + 1) * MINUTE]);
    await this.sendTo(stream, (partition) => [`within-${partition}`, end + 2 * MINUTE - 5_000]);
    await this.settle(stream);
    const close = async (): Promise<void> => {
      await this.sendTo(stream, (partition) => [`${OPEN_PREFIX}${partition}`, end + 10 * MINUTE]);
      await this.settle(stream);
    };
    if (this.host.options.faults) {
      this.host.addChecks(await this.storeFaults().refuseWhile(close, CATCH_UP_SECONDS));
    } else {
      await close();
    }
    return stream.processing.lateRecords();
  }

  private async settle({ watch, outputs, processing }: Stream): Promise<void> {
    const topics = [
      outputs.EnrichedTopicName,
      outputs.AggregatesTopicName,
      outputs.SummariesTopicName,
      outputs.RejectedTopicName,
    ];
    const written = { topics, quietMilliseconds: QUIET_MILLISECONDS };
    await processing.settle(watch, PROCESSING_GROUP, written, CATCH_UP_SECONDS);
  }

  /** The sink commits with a checkpoint; one is taken when the application is stopped, as before an update. */
  private async flushLake({ emulator, outputs, watch, lakeSink }: Stream): Promise<void> {
    await lakeSink.readAll(watch, LAKE_GROUP, CATCH_UP_SECONDS);
    await new ManagedFlink(asOperator(emulator), outputs.LakeSinkApplicationName).stop();
  }

  /**
   * The second generation reads the whole log while the first one serves, and is then served in its place, back and
   * forth.
   */
  private async replay(stream: Stream, generation: Generation, symbols: readonly string[]): Promise<ReplayAnswers> {
    const { number, topics, comparison } = generation;
    const { emulator, outputs, kafka } = stream;
    const operator = asOperator(emulator);
    const reader = await assumeRole(operator, outputs.ReaderRoleArn);
    const switchTo = (wanted: number): Promise<object> =>
      invokeFunction(operator, outputs.GenerationSwitchName, { generation: wanted });
    this.host.addChecks(await refuses(() => switchTo(number)));
    const probe = new ServedProbe(reader, outputs.RealtimeUrl, symbols[0]);
    try {
      await new ManagedFlink(operator, generation.application).startAnew();
      const replaying = new FlinkProcess(emulator.journal, generation.application);
      const group = `processing-g${number}`;
      const written = { topics: Object.values(topics), quietMilliseconds: QUIET_MILLISECONDS };
      await replaying.settle(stream.watch, group, written, CATCH_UP_SECONDS);
      const storeGroup = `hot-store-g${number}`;
      const windowWatch = await TopicWatch.start(kafka.bootstrapServers, topics.summaries, [storeGroup]);
      await windowWatch
        .caughtUp(storeGroup, [], QUIET_MILLISECONDS, CATCH_UP_SECONDS)
        .finally(() => windowWatch.stop());
      // The comparison goes by what the brokers know, which its reader tells them up to ten seconds after a checkpoint.
      await stream.watch.caughtUp(group, [], 0, CATCH_UP_SECONDS);
      const compared = await invokeFunction<Compared>(operator, comparison, {});
      for (const wanted of [number, GENERATION, number]) {
        await switchTo(wanted);
        await sleep(SERVED_MILLISECONDS);
      }
      const answers = await answersOf(reader, outputs.RealtimeUrl, symbols);
      return { generation: number, topics, compared, answers: { generation: number, ...answers } };
    } finally {
      this.host.addChecks(withoutGap(await probe.stop(), [GENERATION, number, GENERATION, number]));
    }
  }

  /** Starts the bounded generation, as whoever wants its results does, and waits until it has ended by itself. */
  private async runBatch({ emulator }: Stream, { application }: Generation): Promise<void> {
    await new ManagedFlink(asOperator(emulator), application).runToEnd();
    const finished = new FlinkProcess(emulator.journal, application).hasFinished();
    this.host.addChecks({
      name: 'batch: ends by itself',
      expected: 'finished',
      actual: finished ? 'finished' : 'failed',
      passed: finished,
    });
  }

  /** Once the sink has read every window, as one who may read windows and nothing else. */
  private async askApi(stream: Stream, symbols: readonly string[]): Promise<ApiAnswers> {
    await this.fillStore(stream);
    const { emulator, outputs } = stream;
    const reader = await assumeRole(asOperator(emulator), outputs.ReaderRoleArn);
    return answersOf(reader, outputs.RealtimeUrl, symbols);
  }

  /** Waits until the sink has read every window. */
  private fillStore({ windowWatch }: Stream): Promise<void> {
    return windowWatch.caughtUp(STORE_GROUP, [], QUIET_MILLISECONDS, CATCH_UP_SECONDS);
  }

  private storeFaults(): StoreFaults {
    const { toolchains, store } = this.engines;
    return new StoreFaults(this.host.supervisor, toolchains.valkey, store);
  }

  private async judge({ stream, answers, ...found }: Outcome): Promise<Judgement> {
    const { host } = this;
    const { outputs, emulator, kafka } = stream;
    const [config, result] = [join(host.folder, 'checks.json'), join(host.folder, 'checks-result.json')];
    mkdirSync(join(host.folder, 'tables'), { recursive: true });
    const { accessKeyId, secretAccessKey } = accountOwner(emulator.account);
    writeFileSync(
      config,
      JSON.stringify({
        kafkaBootstrap: kafka.bootstrapServers,
        topics: {
          trades: outputs.TradesTopicName,
          symbols: outputs.SymbolsTopicName,
          enriched: outputs.EnrichedTopicName,
          aggregates: outputs.AggregatesTopicName,
          summaries: outputs.SummariesTopicName,
          rejected: outputs.RejectedTopicName,
        },
        late: LATE_PREFIX,
        open: OPEN_PREFIX,
        answers: { generation: GENERATION, ...answers },
        ...found,
        lake: {
          endpoint: emulator.endpoint,
          region: emulator.region,
          accessKeyId,
          secretAccessKey,
          table: outputs.LakeTable,
        },
        tablesDir: join(host.folder, 'tables'),
        result,
      }),
    );
    const begun = Date.now();
    await host.python(['-m', 'checks.streaming', '--config', config], 'The stream cannot be judged');
    const judged = JSON.parse(readFileSync(result, 'utf8')) as Judgement;
    host.addChecks(...judged.checks);
    this.addStages(judged, (Date.now() - begun) / 1000);
    return judged;
  }

  private addStages(judged: Judgement, seconds: number): void {
    const { version } = this.engines.toolchains.flink;
    const flink = { engine: 'Apache Flink', version, seconds };
    const { events, windows, rejected, late } = judged;
    this.host.addStage({ ...flink, name: 'flink', rowsIn: events, rowsOut: windows, rowsRejected: rejected + late });
    this.host.addStage({ ...flink, name: 'lake sink', rowsIn: events, rowsOut: events, rowsRejected: 0 });
  }

  /** One trade on each partition. */
  private async sendTo(stream: Stream, trade: (partition: number) => [id: string, time: number]): Promise<void> {
    const topic = stream.outputs.TradesTopicName;
    const partitions = await this.partitionsOf(stream.kafka, topic);
    const messages = partitions.map((partition) => {
      const [id, time] = trade(partition);
      return { partition, value: tradeLine({ id, symbol: 'AAPL', price: '100', quantity: '1', time }) };
    });
    await this.send(stream, topic, messages);
  }

  private async partitionsOf(kafka: Kafka, topic: string): Promise<number[]> {
    const admin = kafkaClient(kafka.bootstrapServers).admin();
    await admin.connect();
    try {
      return (await admin.fetchTopicOffsets(topic)).map(({ partition }) => partition).sort((a, b) => a - b);
    } finally {
      await admin.disconnect();
    }
  }

  private send({ kafka }: Stream, topic: string, messages: Message[]): Promise<void> {
    return sendMessages(kafka.bootstrapServers, topic, messages);
  }
}

/** A generation that has written nothing may not be served. */
async function refuses(work: () => Promise<unknown>): Promise<ReportedCheck> {
  const actual = await work().then(
    () => 'switched',
    (error: Error) => error.message,
  );
  const expected = 'has no window in the store';
  return {
    name: 'replay: a generation without windows is refused',
    expected,
    actual,
    passed: actual.includes(expected),
  };
}

function sectorMessages(): Message[] {
  return Object.entries(SECTORS).map(([symbol, sector]) => ({
    key: JSON.stringify({ symbol }),
    value: JSON.stringify({ symbol, sector }),
  }));
}

function charts(judged: Judgement, { watch, windowWatch }: Stream): ReportedChart[] {
  return [
    {
      title: 'Event time',
      lead: 'Trades of each minute by their own time, and those that came after their window had closed.',
      kind: 'line',
      x: { kind: 'time', name: 'minute of the trades' },
      y: { name: 'trades a minute' },
      series: [
        { name: 'trades', points: judged.timeline.map(({ minute, trades }) => [minute, trades]) },
        { name: 'too late', points: judged.timeline.map(({ minute, late }) => [minute, late]) },
      ],
    },
    {
      title: 'Consumer lag',
      lead: 'Messages that each application and the sink of the store had yet to read, as its consumer group tells.',
      kind: 'line',
      x: { kind: 'time', name: 'time' },
      y: { name: 'messages' },
      series: [lagOf(watch, PROCESSING_GROUP), lagOf(watch, LAKE_GROUP), lagOf(windowWatch, STORE_GROUP)],
    },
  ];
}

function lagOf(watch: TopicWatch, group: string): ReportedChart['series'][number] {
  return { name: group, points: watch.lagOf(group).map(({ time, lag }) => [time, lag]) };
}

/** What is otherwise than on AWS. */
const DIFFERENCES: readonly EnvironmentDifference[] = [
  {
    what: 'Amazon MSK',
    onAws: 'the deployed cluster, TLS and IAM',
    here: 'Apache Kafka, one node, plain text on 127.0.0.1',
  },
  {
    what: 'Managed Service for Apache Flink',
    onAws: 'the deployed processing units, in the network',
    here: 'one process with Apache Flink 2.2.1 an application',
  },
  { what: 'Flink: kafka.security.protocol', onAws: 'as deployed', here: 'PLAINTEXT' },
];
