import { announcementsOf } from '../../../../lib/serving/runtime/announce';
import type { DeadLetter } from '../../../../lib/serving/runtime/dead-letters';
import { sinkWindows } from '../../../../lib/serving/runtime/sink-windows';
import { switchGeneration } from '../../../../lib/serving/runtime/switch-generation';
import type { WindowRecord } from '../../../../lib/serving/runtime/window-record';

const encoded = (value: string) => Buffer.from(value).toString('base64');
const message = (offset: number, value: string) => ({
  topic: 't',
  partition: 0,
  offset,
  timestamp: 0,
  value: encoded(value),
});
const WINDOW = '{"symbol":"A","window_start":"2026-11-23T10:00:00Z"}';

describe('a batch', () => {
  beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation());
  afterEach(() => jest.restoreAllMocks());

  test('goes to the store but for what is no window, which is set aside with the reason', async () => {
    const stored: WindowRecord[] = [];
    const kept: DeadLetter[] = [];
    const store = { put: async (records: readonly WindowRecord[]) => (stored.push(...records), [...records]) };
    const dead = { keep: async (letters: readonly DeadLetter[]) => void kept.push(...letters) };
    const written = await sinkWindows({ records: { 't-0': [message(0, 'x'), message(1, WINDOW)] } }, store, dead);
    expect(written.map(({ offset }) => offset)).toEqual([1]);
    expect(kept).toEqual([{ record: message(0, 'x'), reason: 'the message is not JSON' }]);
  });

  test('fails when its poison cannot be set aside, so that it comes again', async () => {
    const store = { put: async () => [] };
    const dead = { keep: () => Promise.reject(new Error('no bucket')) };
    await expect(sinkWindows({ records: { 't-0': [message(0, 'x')] } }, store, dead)).rejects.toThrow('no bucket');
  });
});

describe('announcements', () => {
  const window = (json: string) => ({ json }) as WindowRecord;

  test('carry windows as they stand, with their generation', () => {
    expect(announcementsOf([window('{"vwap":1.0}')], 2, ['c'])).toEqual([
      { connections: ['c'], message: '{"type":"windows","generation":2,"windows":[{"vwap":1.0}]}' },
    ]);
  });

  test('are as many as the size of a call wants, and none when nobody listens', () => {
    const large = Array.from({ length: 50 }, () => window(JSON.stringify('x'.repeat(10_000))));
    const messages = announcementsOf(large, 1, ['c']);
    expect(messages.length).toBeGreaterThan(4);
    expect(Math.max(...messages.map((each) => each.message.length))).toBeLessThan(200_000);
    expect(messages.flatMap((each) => JSON.parse(each.message).windows)).toHaveLength(50);
    expect(announcementsOf(large, 1, [])).toEqual([]);
  });
});

describe('a switch', () => {
  const pointer = { set: jest.fn() };
  afterEach(() => pointer.set.mockClear());
  /** Generations, each by when its newest window begins. */
  const newest = (starts: { readonly [generation: number]: number }) => (generation: number) => ({
    newestStart: () => Promise.resolve(starts[generation]),
  });

  test('goes to a generation that has caught up, and back', async () => {
    const windows = newest({ 1: 60_000, 2: 60_000 });
    expect(await switchGeneration({ generation: 2 }, 1, pointer, windows)).toEqual({ generation: 2, previous: 1 });
    expect(pointer.set).toHaveBeenCalledWith('served', 2);
    expect(await switchGeneration({ generation: 1 }, 2, pointer, windows)).toEqual({ generation: 1, previous: 2 });
  });

  test('without a generation tells which is served', async () => {
    expect(await switchGeneration({}, 4, pointer, newest({}))).toEqual({ generation: 4, previous: 4 });
    expect(pointer.set).not.toHaveBeenCalled();
  });

  test.each([3, 0, 1.5, '2', null])('refuses %j', async (generation) => {
    const switched = switchGeneration({ generation }, 1, pointer, newest({ 1: 0, 2: 0 }));
    await expect(switched).rejects.toThrow(/generation/);
    expect(pointer.set).not.toHaveBeenCalled();
  });

  test('refuses a generation that lags, unless it is wanted all the same', async () => {
    const windows = newest({ 1: 120_000, 2: 60_000 });
    await expect(switchGeneration({ generation: 2 }, 1, pointer, windows)).rejects.toThrow(
      'generation 2 is behind: its newest window begins at 1970-01-01T00:01:00.000Z, that of generation 1 at 1970-01-01T00:02:00.000Z; wait',
    );
    expect(pointer.set).not.toHaveBeenCalled();
    await switchGeneration({ generation: 2, evenIfBehind: true }, 1, pointer, windows);
    expect(pointer.set).toHaveBeenCalledWith('served', 2);
  });

  test('goes to a generation while the served one has nothing', async () => {
    expect(await switchGeneration({ generation: 2 }, 1, pointer, newest({ 2: 0 }))).toMatchObject({ generation: 2 });
  });
});
