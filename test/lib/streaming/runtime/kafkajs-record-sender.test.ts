import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, type Kafka } from 'kafkajs';
import { failureOf, KafkajsRecordSender } from '../../../../lib/streaming/runtime/kafkajs-record-sender';
import type { Delivery, OutgoingRecord } from '../../../../lib/streaming/runtime/record-sender';

interface Sent {
  readonly acks: number;
  readonly messages: { readonly key: string | null; readonly value: Buffer; readonly partition: number }[];
}

/** As much of kafkajs as the sender uses: partitions of offsets, and a broker that can be told to fail. */
class Broker {
  readonly batches: Sent[] = [];
  readonly settings: object[] = [];
  readonly next = [100, 200];
  connections = 0;
  fail: (batch: number, partition: number) => Error | undefined = () => undefined;
  hangs = false;
  down = false;

  get kafka(): Kafka {
    const connect = () => {
      this.connections++;
      return this.down ? Promise.reject(named('KafkaJSConnectionError')) : Promise.resolve();
    };
    const disconnect = () => Promise.resolve();
    const partitionMetadata = [0, 1].map((partitionId) => ({ partitionId, leader: 1, partitionErrorCode: 0 }));
    const fetchTopicMetadata = () => Promise.resolve({ topics: [{ name: 'trades', partitions: partitionMetadata }] });
    return {
      admin: () => ({ connect: () => Promise.resolve(), disconnect, fetchTopicMetadata }),
      producer: (settings: object) => {
        this.settings.push(settings);
        return { connect, disconnect, send: (sent: Sent) => this.take(sent) };
      },
    } as unknown as Kafka;
  }

  private take(sent: Sent): Promise<unknown> {
    if (this.hangs) return new Promise(() => undefined);
    const [{ partition }] = sent.messages;
    const failure = this.fail(this.batches.push(sent) - 1, partition);
    if (failure) return Promise.reject(failure);
    const baseOffset = String(this.next[partition]);
    this.next[partition] += sent.messages.length;
    return Promise.resolve([{ topicName: 'trades', partition, errorCode: 0, baseOffset }]);
  }
}

function named(name: string): Error {
  return Object.assign(new Error(name), { name });
}

function protocolError(type: string): KafkaJSProtocolError {
  return new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 1, retriable: false }) as never);
}

const records = (keys: string[], bytes = 10): OutgoingRecord[] =>
  keys.map((key) => ({ key, value: Buffer.alloc(bytes, 'x') }));
// By Kafka's murmur2 these two keys fall on different partitions of two; both facts are checked below.
const KEYS = ['AAPL', 'MSFT', 'NVDA', 'AMZN', 'META', 'TSLA', 'V', 'JPM'];

let broker: Broker;
let sender: KafkajsRecordSender;
beforeEach(() => {
  broker = new Broker();
  sender = new KafkajsRecordSender(broker.kafka, 'trades', 300);
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});
const send = (outgoing: OutgoingRecord[]): Promise<Delivery[]> => sender.send(outgoing, { id: '1' });

test('the producer is idempotent, and all replicas have to acknowledge', async () => {
  await send(records(['a']));
  expect(broker.settings).toEqual([{ idempotent: true, maxInFlightRequests: 1 }]);
  expect(broker.batches[0].acks).toBe(-1);
});

test('every record is told its place in the topic', async () => {
  const deliveries = await send(records(KEYS));
  const places = deliveries.map((delivery) => ('offset' in delivery ? `${delivery.partition}/${delivery.offset}` : ''));
  const expected = broker.batches.flatMap(({ messages }) =>
    messages.map(({ key, partition }, index) => [key, `${partition}/${100 * (partition + 1) + index}`]),
  );
  expect(Object.fromEntries(KEYS.map((key, index) => [key, places[index]]))).toEqual(Object.fromEntries(expected));
  expect(new Set(places).size).toBe(KEYS.length);
  expect(new Set(broker.batches.map(({ messages }) => messages[0].partition))).toEqual(new Set([0, 1]));
});

test('records of one key stay on one partition, in their order, over several batches', async () => {
  const deliveries = await send(records(['a', 'a', 'a', 'a'], 400_000));
  expect(broker.batches.map(({ messages }) => messages.length)).toEqual([2, 2]);
  const offsets = deliveries.map((delivery) => Number('offset' in delivery && delivery.offset));
  expect(offsets.map((offset) => offset - offsets[0])).toEqual([0, 1, 2, 3]);
});

test('the connection serves the next request, too', async () => {
  await send(records(['a']));
  await send(records(['b']));
  expect(broker.connections).toBe(1);
});

test('a partition that fails leaves the others alone', async () => {
  broker.fail = (_, partition) => (partition === 1 ? named('KafkaJSRequestTimeoutError') : undefined);
  const deliveries = await send(records(KEYS));
  const failed = deliveries.filter((delivery) => 'failure' in delivery);
  expect(failed).toEqual(failed.map(() => ({ failure: 'busy' })));
  expect(failed.length).toBeGreaterThan(0);
  expect(failed.length).toBeLessThan(KEYS.length);
});

test('nothing of a partition overtakes what failed', async () => {
  broker.fail = (batch) => (batch === 0 ? named('KafkaJSRequestTimeoutError') : undefined);
  const deliveries = await send(records(['a', 'a', 'a', 'a'], 400_000));
  expect(deliveries).toEqual(deliveries.map(() => ({ failure: 'busy' })));
  expect(broker.batches).toHaveLength(1);
});

test('a record that the topic finds too large fails alone', async () => {
  broker.fail = (batch) => (batch === 0 ? protocolError('MESSAGE_TOO_LARGE') : undefined);
  const [first, second] = await send(records(['a', 'a'], 800_000));
  expect(first).toEqual({ failure: 'too_large' });
  expect(second).toHaveProperty('offset');
});

test('brokers that cannot be reached are unavailable, and are tried again by the next request', async () => {
  broker.down = true;
  expect(await send(records(['a']))).toEqual([{ failure: 'unavailable' }]);
  broker.down = false;
  expect(await send(records(['a']))).toEqual([expect.objectContaining({ offset: expect.any(String) })]);
});

test('brokers that do not answer in time are busy, and the next request begins anew', async () => {
  broker.hangs = true;
  expect(await send(records(['a', 'b']))).toEqual([{ failure: 'busy' }, { failure: 'busy' }]);
  broker.hangs = false;
  await send(records(['a']));
  expect(broker.connections).toBe(2);
});

test.each([
  ['busy', protocolError('NOT_ENOUGH_REPLICAS')],
  ['busy', new KafkaJSNumberOfRetriesExceeded(protocolError('REQUEST_TIMED_OUT'), { retryCount: 3, retryTime: 1 })],
  ['too_large', protocolError('MESSAGE_TOO_LARGE')],
  ['unavailable', protocolError('TOPIC_AUTHORIZATION_FAILED')],
  ['unavailable', named('KafkaJSConnectionError')],
  ['unavailable', 'anything'],
] as const)('the brokers are %s for %s', (expected, error) => {
  expect(failureOf(error)).toBe(expected);
});
