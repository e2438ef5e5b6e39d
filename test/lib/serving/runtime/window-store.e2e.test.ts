import fc from 'fast-check';
import type { WindowRecord } from '../../../../lib/serving/runtime/window-record';
import { WindowStore } from '../../../../lib/serving/runtime/window-store';
import { runningValkey } from '../../../support/valkey';

const MINUTE = 60_000;
const KEPT = 3;

jest.setTimeout(120_000);

const valkey = runningValkey();
let generation = 0;

const newStore = () => new WindowStore(valkey(), ++generation, KEPT);

function message(minute: number, offset: number): WindowRecord {
  const [symbol, partition, timestamp] = ['AAPL', 0, 1_000 + offset];
  return { symbol, start: minute * MINUTE, partition, offset, timestamp, json: `{"of":${minute},"by":${offset}}` };
}

test('a window older than all that a symbol may keep is neither written nor told, be it new or come again', async () => {
  const store = newStore();
  expect(await store.put([1, 2, 3, 4].map((minute) => message(minute, minute)))).toHaveLength(4);
  expect(await store.put([message(1, 1)])).toEqual([]);
  expect(await store.put([message(0, 5)])).toEqual([]);
  expect((await store.newest('AAPL', 9)).map((json) => JSON.parse(json).of)).toEqual([2, 3, 4]);
  // One that is kept may change, and a newer one comes in for the oldest.
  expect(await store.put([message(2, 6), message(5, 7)])).toHaveLength(2);
  expect((await store.newest('AAPL', 9)).map((json) => JSON.parse(json))).toEqual([
    { of: 3, by: 3 },
    { of: 4, by: 4 },
    { of: 5, by: 7 },
  ]);
});

test('whatever the order, the batches and the repetitions, the newest message of the newest windows stands', async () => {
  const minutes = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(minutes, fc.infiniteStream(fc.nat()), async (written, random) => {
      const messages = written.map((minute, offset) => message(minute, offset));
      const shuffled = [...messages, ...messages]
        .map((each) => ({ each, at: random.next().value as number }))
        .sort((one, other) => one.at - other.at)
        .map(({ each }) => each);
      const store = newStore();
      for (let first = 0; first < shuffled.length;) {
        const size = 1 + ((random.next().value as number) % 7);
        await store.put(shuffled.slice(first, first + size));
        first += size;
      }
      const newest = new Map(messages.map((each) => [each.start, each.json]));
      const kept = [...newest].sort(([one], [other]) => one - other).slice(-KEPT);
      expect(await store.newest('AAPL', 99)).toEqual(kept.map(([, json]) => json));
      // All of it once more, as after a failure.
      expect(await store.put(messages)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
