import fc from 'fast-check';
import { type KafkaRecord, PoisonError, windowOf } from '../../../../lib/serving/runtime/window-record';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const record = (value: string | null, key?: string): KafkaRecord => ({
  topic: 'windows',
  partition: 1,
  offset: 7,
  timestamp: 1000,
  key: key === undefined ? null : base64(key),
  value: value === null ? null : base64(value),
});

describe('a message', () => {
  test('is a window with its text unchanged', () => {
    const json = '{"window_start":"2026-11-23T10:00:00","symbol":"AAPL","vwap":1.00000000}';
    expect(windowOf(record(json))).toEqual({
      symbol: 'AAPL',
      start: Date.UTC(2026, 10, 23, 10),
      partition: 1,
      offset: 7,
      timestamp: 1000,
      json,
    });
  });

  test.each(['2026-11-23T10:00:00', '2026-11-23 10:00:00.000', '2026-11-23T10:00:00Z', '2026-11-23T12:00:00+02:00'])(
    'begins at the same instant when its start is written %s',
    (start) => {
      const json = JSON.stringify({ window_start: start, symbol: 'A' });
      expect(windowOf(record(json)).start).toBe(Date.UTC(2026, 10, 23, 10));
    },
  );

  test('without a value takes the window of its key back', () => {
    const key = '{"window_start":"2026-11-23T10:00:00Z","symbol":"A"}';
    expect(windowOf(record(null, key))).toMatchObject({ symbol: 'A', json: '' });
  });

  test.each([
    ['not json', 'the message is not JSON'],
    ['[]', 'the message is not a JSON object'],
    ['null', 'the message is not a JSON object'],
    ['{}', "'symbol' is missing"],
    ['{"symbol":7,"window_start":"2026-11-23T10:00:00Z"}', "'symbol' is 7"],
    ['{"symbol":"a}b","window_start":"2026-11-23T10:00:00Z"}', '\'symbol\' is "a}b"'],
    ['{"symbol":"A","window_start":"yesterday"}', '\'window_start\' is "yesterday"'],
    ['{"symbol":"A","window_start":1764000000}', "'window_start' is 1764000000"],
  ])('%s is poison: %s', (value, reason) => {
    expect(() => windowOf(record(value))).toThrow(PoisonError);
    expect(() => windowOf(record(value))).toThrow(reason);
  });

  test('with neither value nor key is poison, and so are bytes that are no text', () => {
    expect(() => windowOf(record(null))).toThrow('neither value nor key');
    const bytes = { ...record(null), value: Buffer.from([0xff, 0xfe, 0x7b]).toString('base64') };
    expect(() => windowOf(bytes)).toThrow('not UTF-8');
  });

  test('of any bytes is a window or poison, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const message = { ...record(null), value: Buffer.from(bytes).toString('base64') };
        try {
          windowOf(message);
        } catch (error) {
          expect(error).toBeInstanceOf(PoisonError);
        }
      }),
    );
  });
});
