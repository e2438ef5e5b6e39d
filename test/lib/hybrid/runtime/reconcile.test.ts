import * as fc from 'fast-check';
import { type BatchWindow, isSameDecimal, reconcile, type WindowSums } from '../../../../lib/hybrid/runtime/reconcile';
import { sumsOf, windowJson, withSums } from '../../../../lib/hybrid/runtime/window-json';

const MINUTE = 60_000;
const FAR = { hot: 1e12, batch: 1e12 };

function sums(tradeCount: number, totalVolume = '12.5', symbol = 'AAPL', start = 0): WindowSums {
  return { symbol, start, tradeCount, totalVolume, vwap: '100' };
}

function batch(window: WindowSums, lateCount = 0, duplicateCount = 0): BatchWindow {
  return { ...window, lateCount, duplicateCount };
}

test('windows are the same when their sums mean the same, however they are written', () => {
  const written = { ...sums(2, '12.50000000'), vwap: '1e2' };
  expect(reconcile([written], [batch(sums(2))], FAR, MINUTE)).toEqual({ compared: 1, differences: [] });
});

test.each<[string, WindowSums | undefined, BatchWindow | undefined]>([
  ['late', sums(2), batch(sums(3, '13'), 1)],
  ['late', undefined, batch(sums(1), 1)],
  ['dropped', sums(2), batch(sums(4, '15'), 1)],
  ['dropped', undefined, batch(sums(1))],
  ['duplicate', sums(3, '15'), batch(sums(2), 0, 1)],
  ['revised', sums(3, '15'), batch(sums(2))],
  ['revised', sums(3), undefined],
  ['revised', sums(2), batch(sums(2, '12.50000001'))],
])('%s', (cause, hot, theirs) => {
  const found = reconcile(hot ? [hot] : [], theirs ? [theirs] : [], FAR, MINUTE);
  expect(found.differences).toEqual([{ symbol: 'AAPL', start: 0, cause, hot, batch: theirs }]);
});

test.each([
  ['the real-time path', { hot: MINUTE - 1, batch: 1e12 }],
  ['the batch path', { hot: 1e12, batch: MINUTE - 1 }],
])('a window that %s has not come to the end of is not yet processed', (_, frontiers) => {
  const [difference] = reconcile([sums(1)], [batch(sums(2), 1)], frontiers, MINUTE).differences;
  expect(difference.cause).toBe('not yet processed');
  const [closed] = reconcile([sums(1)], [batch(sums(2), 1)], { hot: MINUTE, batch: MINUTE }, MINUTE).differences;
  expect(closed.cause).toBe('late');
});

test('exactly the windows that were changed are found, whatever the others are', () => {
  const windows = fc.uniqueArray(fc.record({ symbol: fc.constantFrom('A', 'B'), minute: fc.nat(50) }), {
    selector: ({ symbol, minute }) => `${symbol}${minute}`,
  });
  fc.assert(
    fc.property(windows, fc.func(fc.boolean()), (drawn, isChanged) => {
      const hot = drawn.map(({ symbol, minute }) => sums(minute + 1, '5', symbol, minute * MINUTE));
      const changed = hot.filter(({ symbol, start }) => isChanged(symbol, start));
      const theirs = hot.map((each) => batch(changed.includes(each) ? { ...each, totalVolume: '5.1' } : each));
      const found = reconcile(hot, theirs, FAR, MINUTE);
      expect(found.compared).toBe(hot.length);
      const keys = (some: readonly { symbol: string; start: number }[]) =>
        some.map((each) => `${each.symbol}${each.start}`).sort();
      expect(keys(found.differences)).toEqual(keys(changed));
    }),
  );
});

test('decimals are compared by all of their digits', () => {
  fc.assert(
    fc.property(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.nat(12), fc.nat(5), (digits, scale, zeros) => {
      const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
      const written = `${digits < 0n ? '-' : ''}${text.slice(0, text.length - scale)}.${text.slice(text.length - scale)}`;
      expect(isSameDecimal(written, `${digits}e-${scale}`)).toBe(true);
      expect(isSameDecimal(written, `${written}${'0'.repeat(zeros)}`)).toBe(true);
      expect(isSameDecimal(written, `${digits + 1n}e-${scale}`)).toBe(false);
    }),
  );
});

test('a window of the store is read with every digit, and other sums leave the rest as it is', () => {
  const json =
    '{"window_start":"2026-11-23T10:00:00","window_end":"2026-11-23T10:01:00","symbol":"A","trade_count":2,"total_volume":12345678901234567890.12345678,"vwap":"1.5","note":"vwap"}';
  expect(sumsOf(json)).toEqual({
    symbol: 'A',
    start: Date.UTC(2026, 10, 23, 10),
    tradeCount: 2,
    totalVolume: '12345678901234567890.12345678',
    vwap: '1.5',
  });
  expect(withSums(json, { ...sums(3), vwap: '2.25' })).toBe(
    '{"window_start":"2026-11-23T10:00:00","window_end":"2026-11-23T10:01:00","symbol":"A","trade_count":3,"total_volume":12.5,"vwap":2.25,"note":"vwap"}',
  );
  const made = { ...sums(3, '1.5', 'B', Date.UTC(2026, 10, 23, 10)), vwap: '2' };
  expect(sumsOf(windowJson(made, MINUTE))).toEqual(made);
  expect(() => sumsOf('{"symbol":"A","window_start":"2026-11-23T10:00:00"}')).toThrow("has no 'trade_count'");
});
