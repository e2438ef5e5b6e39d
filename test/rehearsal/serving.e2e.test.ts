import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { askApi, assumeRole, type AwsConnection, invokeFunction } from '../../bin/commands/rehearse/aws';
import { writeFlinkEngine } from '../../bin/commands/rehearse/engines/flink';
import { startValkey, type Valkey } from '../../bin/commands/rehearse/engines/valkey';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import { prepareFlink } from '../../bin/commands/rehearse/toolchain/flink';
import { prepareValkey } from '../../bin/commands/rehearse/toolchain/valkey';
import Redis from 'iovalkey';
import { Kafka, logLevel } from 'kafkajs';
import { launchBrowser } from '../support/browser';
import { inPage } from '../support/in-page';
import { EmulatedAccount, type Outputs } from './emulated-account';

const ROOT = join(__dirname, '../..');
const STACK = 'TradingStreamingStack';
const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 23, 10);

jest.setTimeout(300_000);

let account: EmulatedAccount;
let valkey: Valkey;
let outputs: Outputs;
let owner: AwsConnection;
let reader: AwsConnection;

beforeAll(async () => {
  account = await EmulatedAccount.start(ROOT, async (supervisor, toolchain, folder) => {
    valkey = await startValkey(supervisor, await prepareValkey(toolchain), folder);
    // The stack does not come up without it; the windows of these tests are written by hand.
    const flink = writeFlinkEngine(await prepareFlink(toolchain), toolchain, folder);
    return { valkey: valkey.endpoint, flink };
  });
  outputs = await account.deploy(ROOT, STACK);
  owner = { ...account.emulator, credentials: accountOwner(account.emulator.account) };
  reader = await assumeRole(owner, outputs.ReaderRoleArn);
});

afterAll(() => account?.stop());

/** A window as Flink writes it. */
function window(symbol: string, minute: number, vwap = '100.00000000'): string {
  const at = (millis: number) => new Date(START + millis).toISOString().slice(0, 19);
  return (
    `{"window_start":"${at(minute * MINUTE)}","window_end":"${at((minute + 1) * MINUTE)}","symbol":"${symbol}",` +
    `"trade_count":${minute + 1},"total_volume":12.50000000,"vwap":${vwap}}`
  );
}

async function send(...lines: readonly string[]): Promise<void> {
  const file = join(account.folder, 'windows.jsonl');
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  await account.send(file, outputs.SummariesTopicName);
}

function client(): Kafka {
  return new Kafka({ brokers: [account.kafka.bootstrapServers], logLevel: logLevel.ERROR });
}

async function get(path: string, by = reader): Promise<{ status: number; text: string }> {
  const answer = await askApi(by, outputs.RealtimeUrl, path);
  return { status: answer.status, text: await answer.text() };
}

async function until<T>(probe: () => Promise<T>, done: (value: T) => boolean, seconds = 30): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (done(value)) return value;
    if (Date.now() > deadline) throw new Error(`nothing happened within ${seconds} s; last: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test('a window goes from the topic through the store to the API, byte for byte', async () => {
  const line = window('AAPL', 0, '187.12345678');
  await send(line);
  const answer = await until(
    () => get('/summaries/AAPL'),
    ({ status }) => status === 200,
  );
  expect(answer.text).toBe(`{"generation":1,"summary":${line}}`);
});

test('windows come in the order of their start, and a repeated message changes nothing', async () => {
  const lines = [window('MSFT', 2), window('MSFT', 0), window('MSFT', 1)];
  await send(...lines, ...lines);
  const answer = await until(
    () => get('/summaries/MSFT/windows?last=2'),
    ({ text }) => text.includes('"trade_count":3'),
  );
  expect(answer.text).toBe(`{"generation":1,"windows":[${window('MSFT', 1)},${window('MSFT', 2)}]}`);
});

test('the top movers are those whose price moved most', async () => {
  await send(window('UP', 0, '100'), window('UP', 1, '110'), window('DOWN', 0, '100'), window('DOWN', 1, '80'));
  const answer = await until(
    () => get('/movers?limit=2'),
    ({ text }) => text.includes('"UP"') && text.includes('"DOWN"'),
  );
  expect(JSON.parse(answer.text).movers).toEqual([
    { symbol: 'DOWN', from: '100', to: '80', change_percent: -20 },
    { symbol: 'UP', from: '100', to: '110', change_percent: 10 },
  ]);
});

test('a message that is no window is set aside with its reason, and holds nothing up', async () => {
  // Their topic is compacted, so that they need keys.
  const producer = client().producer();
  await producer.connect();
  const messages = ['not json', '{"symbol":"X"}'].map((value) => ({ key: 'poison', value }));
  await producer.send({ topic: outputs.SummariesTopicName, messages });
  await producer.disconnect();
  await send(window('AFTER', 0));
  await until(
    () => get('/summaries/AFTER'),
    ({ status }) => status === 200,
  );
  const objects = await until(
    () => account.objects(outputs.DeadLetterBucketName, 'poison/'),
    (found) => found.length >= 2,
  );
  expect(objects).toEqual(expect.arrayContaining([expect.stringMatching(/^poison\/trade-summaries\/\d+\/\d+\.json$/)]));
});

test('the API refuses who has no grant, and what it does not know', async () => {
  const sender = await assumeRole(owner, outputs.SenderRoleArn);
  expect((await get('/movers', sender)).status).toBe(403);
  expect(await get('/summaries/NOBODY')).toEqual({ status: 404, text: `{"message":"there is no window of 'NOBODY'"}` });
  expect((await get('/movers?last=0')).status).toBe(400);
});

test('the live page shows windows as they come', async () => {
  const page = await (await launchBrowser()).newPage();
  const server = createServer();
  try {
    const answer = await askApi(reader, outputs.RealtimeUrl, '/dashboard');
    const [body, policy] = [await answer.text(), answer.headers.get('content-security-policy') ?? ''];
    // From this machine, as the API here is: a page from elsewhere may not speak to it.
    server.on('request', (_, response) =>
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': policy }).end(body),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForSelector('[data-state=live]', { timeout: 15_000 });
    await page.waitForSelector('article:has-text("AAPL")', { timeout: 15_000 });
    await send(window('NEWCOMER', 5, '7.5'));
    await page.waitForSelector('article:has-text("NEWCOMER")', { timeout: 15_000 });
    expect(await page.textContent('article:has-text("NEWCOMER") .price')).toBe('7.5');

    // What a person sees: a picture that changes with the next window, readable and no wider than phone and desk.
    const card = page.locator('article:has-text("NEWCOMER")');
    const before = await card.screenshot();
    await send(window('NEWCOMER', 6, '8.5'));
    await page.waitForSelector('article:has-text("NEWCOMER"):has-text("8.5")', { timeout: 15_000 });
    expect((await card.screenshot()).equals(before)).toBe(false);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const { scrollWidth, clientWidth } = await inPage<{ scrollWidth: number; clientWidth: number }>(page, 'widths');
      expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
      const { checked, faint } = await inPage<{ checked: number; faint: object[] }>(page, 'faintTexts');
      expect(checked).toBeGreaterThan(10);
      expect(faint).toEqual([]);
      const picture = await page.screenshot({
        path: join(process.env.LIVE_SCREENSHOTS ?? account.folder, `live-${width}.png`),
      });
      expect(picture.length).toBeGreaterThan(5_000);
    }
  } finally {
    server.close();
    await page.context().browser()?.close();
  }
});

/** What stands in the topic of trades with one of the keys, or none of them: key, value and where it came from. */
async function tradesWith(keys: readonly (string | undefined)[], count: number): Promise<object[]> {
  const found: object[] = [];
  const consumer = client().consumer({ groupId: `test-${count}-${keys[0]}` });
  await consumer.connect();
  await consumer.subscribe({ topic: outputs.TradesTopicName, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message: { key, value, headers } }) => {
      if (keys.includes(key?.toString())) {
        found.push({
          key: key?.toString(),
          value: value?.toString('latin1'),
          mqtt: headers?.['mqtt-topic']?.toString(),
        });
      }
    },
  });
  await until(
    () => Promise.resolve(found.length),
    (length) => length >= count,
  ).finally(() => consumer.disconnect());
  return found;
}

test('a service posts trades into Kafka, each with its key and byte for byte, and who has no grant does not', async () => {
  const trades = ['{"trade_id":"p1","symbol":"POSTED","price":1.50}', '{"trade_id":"p2", "symbol":"POSTED"}'];
  const { pathname } = new URL(outputs.IngestionUrl);
  const post = (by: AwsConnection) => askApi(by, outputs.IngestionUrl, pathname, `[${trades.join(',\n')}]`);
  const answer = await post(await assumeRole(owner, outputs.SenderRoleArn));
  expect([answer.status, await answer.json()]).toMatchObject([202, { accepted: 2, failed: 0 }]);
  expect((await post(reader)).status).toBe(403);
  expect(await tradesWith(['p1', 'p2'], 2)).toEqual(
    expect.arrayContaining([
      { key: 'p1', value: trades[0], mqtt: undefined },
      { key: 'p2', value: trades[1], mqtt: undefined },
    ]),
  );
});

test('what the rule selects of a device goes into Kafka byte for byte, be it a trade or not', async () => {
  const ids = await account.physicalIds(STACK);
  const [device] = Object.keys(ids).filter((id) => /^ProducersDevicesHandler[0-9A-F]{8}$/.test(id));
  // No MQTT broker stands here: the function is called with what the rule's SQL would hand to it.
  const tell = (bytes: Buffer) =>
    invokeFunction(owner, ids[device], { payload: bytes.toString('base64'), mqttTopic: 'trades/dev-1' });
  const trade = '{"trade_id":"d1","symbol":"DEVICE"}';
  await tell(Buffer.from(trade));
  await tell(Buffer.from([0xff, 0x00]));
  expect(await tradesWith(['d1', undefined], 2)).toEqual(
    expect.arrayContaining([
      { key: 'd1', value: trade, mqtt: 'trades/dev-1' },
      { key: undefined, value: '\xff\x00', mqtt: 'trades/dev-1' },
    ]),
  );
});

test('a generation without windows cannot be served, nor one that lags unasked; another is served at once, and back', async () => {
  const switchTo = (generation: number, evenIfBehind?: boolean) =>
    invokeFunction<object>(owner, outputs.GenerationSwitchName, { generation, evenIfBehind });
  await expect(switchTo(2)).rejects.toThrow('generation 2 has no window in the store');
  const admin = new Redis({ host: valkey.host, port: valkey.port, password: valkey.password });
  try {
    await admin.sadd('g2:symbols', 'AAPL');
    await admin.zadd('g2:{AAPL}:order', START, START);
    await admin.hset('g2:{AAPL}:windows', START, `0:0:0|${window('AAPL', 0, '999')}`);
  } finally {
    admin.disconnect();
  }
  await expect(switchTo(2)).rejects.toThrow('generation 2 is behind');
  expect((await get('/summaries/AAPL')).text).toContain('"generation":1');
  expect(await switchTo(2, true)).toEqual({ generation: 2, previous: 1 });
  expect((await get('/summaries/AAPL')).text).toBe(`{"generation":2,"summary":${window('AAPL', 0, '999')}}`);
  expect(await switchTo(1)).toEqual({ generation: 1, previous: 2 });
  expect((await get('/summaries/AAPL')).text).toContain('"generation":1');
});

test('the store is filled anew from the log when it has lost everything', async () => {
  const admin = new Redis({ host: valkey.host, port: valkey.port, password: valkey.password });
  await admin.flushall();
  admin.disconnect();
  expect((await get('/summaries/AAPL')).status).toBe(404);
  await send(window('TRIGGER', 0));
  const answer = await until(
    () => get('/summaries/MSFT/windows'),
    ({ status }) => status === 200,
    60,
  );
  expect(JSON.parse(answer.text).windows).toHaveLength(3);
});
