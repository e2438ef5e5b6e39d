import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { type Admin, type Kafka as KafkaClient, Kafka as Client, logLevel } from 'kafkajs';
import { startKafka } from '../../../bin/commands/rehearse/engines/kafka';
import { Supervisor } from '../../../bin/commands/rehearse/engines/supervisor';
import { prepareToolchain } from '../../../bin/commands/rehearse/toolchain/toolchain';

jest.setTimeout(180_000);

const TRADES = 2500;
const folder = mkdtempSync(join(tmpdir(), 'application-'));
const program = join(folder, 'application.js');
let supervisor: Supervisor;
let servers: string;
let client: KafkaClient;
let admin: Admin;

beforeAll(async () => {
  buildSync({
    entryPoints: [join(__dirname, '../../../blueprints/streaming/producers/application.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    target: 'node20',
  });
  const toolchain = await prepareToolchain();
  supervisor = new Supervisor(toolchain.python);
  servers = (await startKafka(supervisor, toolchain, join(folder, 'kafka'))).bootstrapServers;
  client = new Client({ brokers: [servers], logLevel: logLevel.NOTHING });
  admin = client.admin();
  await admin.connect();
});
afterAll(async () => {
  await admin.disconnect();
  await supervisor.stopAll();
  rmSync(folder, { recursive: true });
});

async function newTopic(topic: string): Promise<string> {
  await admin.createTopics({ topics: [{ topic, numPartitions: 3 }] });
  return topic;
}

function produce(input: string, environment: Record<string, string>) {
  // Of AWS it has nothing: without a role there is no authentication.
  const { status, stdout, stderr } = spawnSync(process.execPath, [program], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, KAFKAJS_NO_PARTITIONER_WARNING: '1', ...environment },
  });
  return { status, stdout, stderr };
}

const trade = (i: number) => JSON.stringify({ trade_id: `t${i}`, symbol: 'AAPL', price: '1.5', quantity: i });

/** Key and value of everything in a topic. */
async function read(topic: string, count: number): Promise<Map<string, string>> {
  const consumer = client.consumer({ groupId: `of-${topic}` });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const records: [string, string][] = [];
  await new Promise<void>((resolve, reject) => {
    void consumer
      .run({
        eachMessage: async ({ message }) => {
          records.push([String(message.key), String(message.value)]);
          if (records.length === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  expect(records).toHaveLength(new Map(records).size);
  return new Map(records);
}

test('every trade stands in the topic once, by its id and to the byte', async () => {
  const topic = await newTopic('trades');
  const trades = Array.from({ length: TRADES }, (_, i) => trade(i));
  const { status, stdout, stderr } = produce(trades.join('\r\n'), { BOOTSTRAP_SERVERS: servers });
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${TRADES} trades are in trades.\n`, stderr: '' });
  expect(await read(topic, TRADES)).toEqual(new Map(trades.map((each, i) => [`t${i}`, each])));
});

test('a line that is no trade is told and left out, the others are sent', async () => {
  const topic = await newTopic('others');
  const lines = [trade(1), 'no JSON', '{"symbol":"AAPL"}', 'null', '', trade(2)];
  const { status, stderr } = produce(lines.join('\n'), { BOOTSTRAP_SERVERS: servers, TOPIC: topic });
  expect(status).toBe(2);
  expect(stderr.trim().split('\n')).toEqual(
    [2, 3, 4].map((line) => `line ${line} is left out: it is no JSON object with a trade_id; write one trade a line.`),
  );
  expect([...(await read(topic, 2)).keys()].sort()).toEqual(['t1', 't2']);
});

test('a topic that is not there is an error in one sentence, and is not made', async () => {
  const { status, stderr } = produce(trade(1), { BOOTSTRAP_SERVERS: servers, TOPIC: 'nowhere' });
  expect(status).toBe(1);
  expect(stderr).toBe("topic 'nowhere' is not there; create it, or set TOPIC.\n");
  expect(await admin.listTopics()).not.toContain('nowhere');
});

test('what is not set is named', () => {
  expect(produce('', {})).toMatchObject({
    status: 1,
    stderr: 'BOOTSTRAP_SERVERS is not set; it is an output of the stack, or the region of the brokers.\n',
  });
});
