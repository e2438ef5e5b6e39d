import type { BatchWindow } from '../../../../lib/hybrid/runtime/reconcile';
import { type Paths, reconcilePaths } from '../../../../lib/hybrid/runtime/reconcile-paths';
import { WindowStore } from '../../../../lib/serving/runtime/window-store';
import { runningValkey } from '../../../support/valkey';

const MINUTE = 60_000;
const START = Date.UTC(2026, 10, 23, 10);
const KEPT = 10;

jest.setTimeout(120_000);

const valkey = runningValkey();
let store: WindowStore;
let generation = 0;

beforeEach(() => (store = new WindowStore(valkey(), ++generation, KEPT)));

function json(minute: number, count: number): string {
  const at = (millis: number) => new Date(START + millis).toISOString().slice(0, 19);
  return (
    `{"window_start":"${at(minute * MINUTE)}","window_end":"${at((minute + 1) * MINUTE)}","symbol":"AAPL",` +
    `"trade_count":${count},"total_volume":${count}.50000000,"vwap":100.00000000}`
  );
}

/** A message of Flink's: its offset is its place among those of its window. */
async function hear(minute: number, count: number, offset = minute): Promise<void> {
  const message = { partition: 0, offset, timestamp: 1_000 + offset, json: json(minute, count) };
  await store.put([{ symbol: 'AAPL', start: START + minute * MINUTE, ...message }]);
}

function batch(minute: number, count: number, more: Partial<BatchWindow> = {}): BatchWindow {
  const sums = { tradeCount: count, totalVolume: `${count}.5`, vwap: '100' };
  return { symbol: 'AAPL', start: START + minute * MINUTE, lateCount: 0, duplicateCount: 0, ...sums, ...more };
}

function compare(windows: readonly BatchWindow[], more: Partial<Paths> = {}) {
  return reconcilePaths({
    store,
    batch: windows,
    processedUntil: START + 100 * MINUTE,
    from: START,
    to: START + 100 * MINUTE,
    windowMillis: MINUTE,
    kept: KEPT,
    repairs: false,
    ...more,
  });
}

test('a late burst makes exactly its windows differ; repair closes them', async () => {
  for (let minute = 0; minute < 6; minute += 1) await hear(minute, 3);
  const windows = [0, 1, 2, 3, 4, 5].map((minute) =>
    minute === 2 || minute === 3 ? batch(minute, 5, { lateCount: 2 }) : batch(minute, 3),
  );
  const found = await compare(windows);
  expect(found).toMatchObject({ compared: 6, differing: 2, repaired: 0, causes: { late: 2 } });
  expect(found.differences.map(({ start }) => (start - START) / MINUTE)).toEqual([2, 3]);
  expect(await compare(windows, { repairs: true })).toMatchObject({ differing: 2, repaired: 2 });
  expect(await compare(windows)).toMatchObject({ compared: 6, differing: 0, causes: {} });
  expect((await store.newest('AAPL', 4))[0]).toBe(
    json(2, 5).replace('5.50000000', '5.5').replace('100.00000000', '100'),
  );
});

test('a window that a newer message reaches after the comparison keeps what the message says', async () => {
  await hear(1, 3, 1);
  await hear(2, 3, 2);
  const [known] = await store.stored('AAPL');
  await hear(1, 4, 7);
  expect(await store.repair('AAPL', known.start, known, json(1, 9))).toBe(false);
  expect((await store.newest('AAPL', 2))[0]).toBe(json(1, 4));
});

test('a message that is newer than what was repaired replaces it, an older one does not', async () => {
  await hear(0, 3, 5);
  await hear(1, 3, 6);
  await compare([batch(0, 4), batch(1, 3)], { repairs: true });
  await hear(0, 1, 4);
  expect(await compare([batch(0, 4), batch(1, 3)])).toMatchObject({ differing: 0 });
  await hear(0, 5, 9);
  expect((await store.newest('AAPL', 2))[0]).toBe(json(0, 5));
});

test('a window that the store has lost is put there, and any message replaces it', async () => {
  await hear(0, 3);
  await hear(2, 3);
  const windows = [0, 1, 2].map((minute) => batch(minute, 3));
  expect(await compare(windows, { repairs: true })).toMatchObject({ causes: { dropped: 1 }, repaired: 1 });
  expect(await compare(windows)).toMatchObject({ compared: 3, differing: 0 });
  await hear(1, 8, 0);
  expect((await store.newest('AAPL', 3))[1]).toBe(json(1, 8));
});

test('a window that the batch path knows nothing of is taken back', async () => {
  await hear(0, 3);
  await hear(1, 3);
  await compare([batch(0, 3)], { repairs: true });
  expect(await store.newest('AAPL', 5)).toEqual([json(0, 3)]);
});

test('what has not been processed is no difference and is not repaired, and what was kept no longer is not missed', async () => {
  for (let minute = 0; minute < KEPT + 5; minute += 1) await hear(minute, 3);
  const windows = Array.from({ length: KEPT + 9 }, (_, minute) => batch(minute, 3));
  const processedUntil = START + (KEPT + 7) * MINUTE;
  const found = await compare(windows, { processedUntil, repairs: true });
  expect(found).toMatchObject({ compared: KEPT + 4, differing: 0, repaired: 0, causes: { 'not yet processed': 4 } });
});
