import { KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } from 'kafkajs';
import { lagOf, type LogAdmin, requireWholeLog } from '../../../../lib/streaming/runtime/log-progress';

/** A topic: of each partition its first offset and its end, how far a group has read, and where a time begins. */
function log(...partitions: { low: number; high: number; read?: number; at?: number }[]): LogAdmin {
  const told = <T>(value: (each: (typeof partitions)[number]) => T) =>
    partitions.map((each, partition) => ({ partition, ...value(each) }));
  return {
    fetchTopicOffsets: async () => told(({ low, high }) => ({ low: `${low}`, high: `${high}`, offset: `${high}` })),
    fetchTopicOffsetsByTimestamp: async () => told(({ at, high }) => ({ offset: `${at ?? high}` })),
    fetchOffsets: async () => [
      { topic: 'trades', partitions: told(({ read }) => ({ offset: `${read ?? -1}`, metadata: null })) },
    ],
  };
}

describe('a log', () => {
  test('that begins with its first message can be replayed, be it empty or not', async () => {
    await expect(requireWholeLog(log({ low: 0, high: 9 }, { low: 0, high: 0 }), 'trades')).resolves.toBeUndefined();
  });

  test('that has lost messages cannot, and the partition is named', async () => {
    await expect(requireWholeLog(log({ low: 0, high: 9 }, { low: 3, high: 9 }), 'trades')).rejects.toThrow(
      'trades: cannot be replayed from its first message, for partition 1 begins at offset 3: what stood before has been deleted',
    );
  });

  test('that has lost everything is no whole log', async () => {
    await expect(requireWholeLog(log({ low: 9, high: 9 }), 'trades')).rejects.toThrow('begins at offset 9');
  });

  test('that has lost older messages only can be replayed from a time', async () => {
    await expect(requireWholeLog(log({ low: 3, high: 9, at: 4 }), 'trades', 0)).resolves.toBeUndefined();
  });

  test('whose first message is of that time may have lost others of it', async () => {
    await expect(requireWholeLog(log({ low: 3, high: 9, at: 3 }), 'trades', 0)).rejects.toThrow(
      'from 1970-01-01T00:00:00.000Z',
    );
  });
});

describe('a topic that is not there', () => {
  const unknown = new KafkaJSProtocolError({ type: 'UNKNOWN_TOPIC_OR_PARTITION', code: 3, retriable: true } as never);
  const exhausted = new KafkaJSNumberOfRetriesExceeded(unknown, { retryCount: 5, retryTime: 1 });
  const failing = (error: Error): LogAdmin => ({ ...log(), fetchTopicOffsets: () => Promise.reject(error) });

  test.each([unknown, exhausted])(
    'is named with the remedy, whether kafkajs tried again or not (%#)',
    async (error) => {
      const sentence = "topic 'tradez' is not there on the brokers; create it, or name one that is there.";
      await expect(requireWholeLog(failing(error), 'tradez')).rejects.toThrow(sentence);
      await expect(lagOf(failing(error), 'tradez', 'g')).rejects.toThrow(sentence);
    },
  );

  test('is not blamed for another failure', async () => {
    const error = new Error('Connection timeout');
    await expect(requireWholeLog(failing(error), 'trades')).rejects.toBe(error);
  });
});

describe('lag', () => {
  test('is what a group has yet to read, of every partition', async () => {
    expect(await lagOf(log({ low: 0, high: 9, read: 7 }, { low: 0, high: 5, read: 5 }), 'trades', 'g')).toBe(2);
  });

  test('of a group that has told nothing is all that is there', async () => {
    expect(await lagOf(log({ low: 3, high: 9 }), 'trades', 'g')).toBe(6);
  });
});
