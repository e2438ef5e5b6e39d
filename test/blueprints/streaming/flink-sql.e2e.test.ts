import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, type EachMessagePayload, Kafka as KafkaClient, logLevel, type Message } from 'kafkajs';
import { type Kafka, startKafka } from '../../../bin/commands/rehearse/engines/kafka';
import { type Engine, Supervisor } from '../../../bin/commands/rehearse/engines/supervisor';
import { type FlinkToolchain, prepareFlink } from '../../../bin/commands/rehearse/toolchain/flink';
import { prepareToolchain, type Toolchain } from '../../../bin/commands/rehearse/toolchain/toolchain';
import { compareGenerations, upsert } from '../../../lib/streaming/runtime/compare-generations';
import { startFlink } from '../../support/flink';
import { streamingTables } from './streaming-tables';

jest.setTimeout(300_000);

const SQL = join(__dirname, '../../../blueprints/streaming/flink');
const REHEARSE = join(__dirname, '../../../bin/commands/rehearse');
const PARTITIONS = 3;
const TRADES = 20_000;
const START = Date.parse('2026-01-05T10:00:00Z');
const MILLIS_BETWEEN = 50;
const SECTORS = { AAPL: 'technology', JPM: 'finance', 'BTC-USD': 'crypto' };
const SYMBOLS = [...Object.keys(SECTORS), 'NEW'];
/** What ids begin with of trades whose windows no later trade closes. */
const OPEN = 'open-';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-flink-'));
let toolchain: Toolchain;
let flink: FlinkToolchain;
let supervisor: Supervisor;
let kafka: Kafka;
let client: KafkaClient;
let admin: Admin;

beforeAll(async () => {
  toolchain = await prepareToolchain();
  flink = await prepareFlink(toolchain);
  supervisor = new Supervisor(toolchain.python);
  kafka = await startKafka(supervisor, toolchain, join(folder, 'kafka'));
  client = new KafkaClient({ brokers: [kafka.bootstrapServers], logLevel: logLevel.NOTHING });
  admin = client.admin();
  await admin.connect();
  await admin.createTopics({
    topics: ['trades', 'symbols'].map((topic) => ({ topic, numPartitions: topic === 'symbols' ? 1 : PARTITIONS })),
  });
  await send(
    'symbols',
    Object.entries(SECTORS).map(([symbol, sector]) => ({ key: symbol, value: JSON.stringify({ symbol, sector }) })),
  );
  await send('trades', [...Array.from({ length: TRADES }, (_, i) => trade(i)), ...HOSTILE, ...closing()]);
});
afterAll(async () => {
  await admin.disconnect();
  await supervisor.stopAll();
  rmSync(folder, { recursive: true });
});

/** Of every form that is allowed on the wire, in the order of their time. */
function trade(i: number): Message {
  const time = START + i * MILLIS_BETWEEN;
  return {
    partition: i % PARTITIONS,
    value: JSON.stringify({
      trade_id: `t${i}`,
      symbol: SYMBOLS[i % SYMBOLS.length],
      price: `${100 + (i % 977)}.${String(i % 99_999).padStart(8, '1')}`,
      quantity: i % 2 === 0 ? 1 + (i % 13) : `${1 + (i % 7)}.00000001`,
      timestamp: i % 3 === 0 ? time : new Date(time).toISOString(),
      venue: i % 5 === 0 ? undefined : 'X',
      is_test: i % 10 === 0,
      note: 'ünknown fields are fine',
    }),
  };
}

const HOSTILE: Message[] = [
  'this is no JSON',
  '{"trade_id":"x","symbol":"A","price":"1.123456789","quantity":-1,"timestamp":"never"}',
  '{"trade_id":"y","symbol":"A","price":"1","quantity":"1e99","timestamp":null}',
  '[1,2]',
  '',
  null,
].map((value, i) => ({ partition: i % PARTITIONS, value }));

/** One later trade on each partition closes every window before it. */
function closing(): Message[] {
  return Array.from({ length: PARTITIONS }, (_, partition) => ({
    partition,
    value: JSON.stringify({
      trade_id: `${OPEN}${partition}`,
      symbol: 'AAPL',
      price: 1,
      quantity: 1,
      timestamp: START + 3_600_000,
    }),
  }));
}

async function send(topic: string, messages: Message[]): Promise<void> {
  const producer = client.producer();
  await producer.connect();
  // A request has to fit the size of a message.
  for (let i = 0; i < messages.length; i += 2000) {
    await producer.send({ topic, messages: messages.slice(i, i + 2000) });
  }
  await producer.disconnect();
}

/** The blueprint's SQL with outputs of its own. */
async function run(
  name: string,
  mode: 'streaming' | 'bounded',
  trades = 'trades',
): Promise<{ engine: Engine; topics: Topics }> {
  const topics = {
    trades,
    symbols: 'symbols',
    enriched_trades: `${name}-enriched`,
    trade_aggregates: `${name}-aggregates`,
    trade_summaries: `${name}-summaries`,
    trades_rejected: `${name}-rejected`,
  };
  await admin.createTopics({
    topics: Object.values(topics)
      .slice(2)
      .map((topic) => ({ topic, numPartitions: PARTITIONS })),
  });
  const scripts = readdirSync(SQL).map((file) => [file, readFileSync(join(SQL, file), 'utf8')]);
  const { engine } = await startFlink({
    supervisor,
    toolchain,
    flink,
    mode,
    folder: join(folder, name),
    scripts: { '0_tables.sql': streamingTables(mode === 'bounded'), ...Object.fromEntries(scripts) },
    variables: {
      'kafka.bootstrap.servers': kafka.bootstrapServers,
      'kafka.security.protocol': 'PLAINTEXT',
      'consumer.group': name,
      'transactional.id.prefix': name,
      ...Object.fromEntries(Object.entries(topics).map(([table, topic]) => [`topic.${table}`, topic])),
    },
    configuration: { 'table.local-time-zone': 'UTC', 'pipeline.object-reuse': 'true' },
  });
  return { engine, topics };
}
type Topics = { readonly [table: string]: string };

interface Check {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly passed: boolean;
}

/** What the independent computation says; `open` is what ids begin with of trades whose windows have not closed. */
function judge(topics: Topics, open: string): Check[] {
  const [config, result] = [join(folder, 'config.json'), join(folder, 'result.json')];
  writeFileSync(
    config,
    JSON.stringify({
      kafkaBootstrap: kafka.bootstrapServers,
      topics: {
        trades: topics.trades,
        symbols: topics.symbols,
        enriched: topics.enriched_trades,
        aggregates: topics.trade_aggregates,
        summaries: topics.trade_summaries,
        rejected: topics.trades_rejected,
      },
      late: 'late-',
      open,
      result,
    }),
  );
  const { status, stderr } = spawnSync(toolchain.python, ['-m', 'checks.streaming', '--config', config], {
    env: { ...process.env, PYTHONPATH: REHEARSE },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (JSON.parse(readFileSync(result, 'utf8')) as { checks: Check[] }).checks;
}

async function rowsIn(topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { high }) => sum + Number(high), 0);
}

/** Waits until the topic has had no new row for a while, and some at all. */
async function settled(topic: string): Promise<void> {
  for (let before = -1; ;) {
    const rows = await rowsIn(topic);
    if (rows > 0 && rows === before) return;
    before = rows;
    await new Promise((resolve) => setTimeout(resolve, 4000));
  }
}

/** What a topic of upserts holds in the end: the value of each key. */
async function upsertsIn(topic: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const wanted = await rowsIn(topic);
  const consumer = client.consumer({ groupId: `reader-of-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let read = 0;
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: EachMessagePayload): Promise<void> => {
      upsert(found, String(message.key), message.value?.toString());
      if (++read === wanted) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}

let streamed: Topics;

test('every window, every enriched and every rejected trade is what an independent computation says', async () => {
  const { engine, topics } = await run('streaming', 'streaming');
  streamed = topics;
  await engine.logged(/Flink runs the application/, 200);
  await settled(topics.trade_summaries);
  await settled(topics.enriched_trades);
  await supervisor.stop(engine);
  const checks = judge(topics, OPEN);
  expect(checks.filter(({ passed }) => !passed)).toEqual([]);
  expect(checks.map(({ name }) => name)).toContain('trade-summaries: vwap of every window');
});

test('a topic that is not there is told with its table, before the job begins', async () => {
  const { engine } = await run('missing', 'streaming', 'tradez');
  await expect(engine.crashed).rejects.toThrow('Flink ended unexpectedly (1)');
  expect(readFileSync(engine.logFile, 'utf8')).toContain(
    `Flink cannot run the application: topic 'tradez' of table 'trades' is not there on ${kafka.bootstrapServers}; create it, or name one that is there.\n`,
  );
});

test('the same SQL as a batch comes to an end by itself, with windows that are the same byte for byte', async () => {
  const { engine, topics } = await run('bounded', 'bounded');
  await expect(engine.crashed).rejects.toThrow('Flink ended unexpectedly (0)');
  // With its input every window ends, those that wait for later trades in a stream, too.
  expect(judge(topics, 'none-').filter(({ passed }) => !passed)).toEqual([]);
  for (const table of ['trade_summaries', 'trade_aggregates']) {
    const [before, after] = await Promise.all([upsertsIn(streamed[table]), upsertsIn(topics[table])]);
    const { identical, different, missing, added } = compareGenerations(before, after);
    expect({ identical, different, missing }).toEqual({ identical: before.size, different: 0, missing: 0 });
    expect(before.size).toBeGreaterThan(50);
    expect(added).toBe(1);
  }
});
