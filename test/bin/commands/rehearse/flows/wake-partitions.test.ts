import { wakePartitions } from '../../../../../bin/commands/rehearse/flows/streaming/wake-partitions';

const SECOND = 1_000;

beforeEach(() => void jest.useFakeTimers({ now: 0 }));
afterEach(() => void jest.useRealTimers());

/** Partitions that are read so many milliseconds after they have been sent to. */
async function wokenWhen(...delays: readonly number[]): Promise<number[]> {
  const sent: number[] = [];
  await wakePartitions(
    (time) => Promise.resolve(sent.push(time)),
    () => Promise.resolve(void jest.advanceTimersByTime(delays[sent.length - 1] ?? delays[delays.length - 1])),
  );
  return sent;
}

test('what is read soon is awake', async () => {
  expect(await wokenWhen(SECOND)).toEqual([1]);
});

test('what may be idle again when it is read is woken once more', async () => {
  expect(await wokenWhen(61 * SECOND, 20 * SECOND, 19 * SECOND)).toEqual([1, 2, 3]);
});

test('a machine on which it is never read in time is told of', async () => {
  await expect(wokenWhen(20 * SECOND)).rejects.toThrow('Flink takes more than 20 s to read a message');
});
