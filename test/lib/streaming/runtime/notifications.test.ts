import * as fc from 'fast-check';
import { notificationsOf } from '../../../../lib/streaming/runtime/notifications';

const encoded = (text: string) => ({ value: Buffer.from(text).toString('base64') });

test('a batch is one notification, a message a line', () => {
  const records = { 'alerts-0': [encoded('{"a":1}'), {}], 'alerts-1': [encoded('ü')] };
  expect(notificationsOf({ records }, 'alert')).toEqual([{ Subject: '2 alerts', Message: '{"a":1}\nü' }]);
  expect(notificationsOf({ records: { 'alerts-0': [encoded('x')] } }, 'alert')[0].Subject).toBe('1 alert');
});

test('messages without a value tell nothing', () => {
  expect(notificationsOf({ records: { 'alerts-0': [{}, {}] } }, 'alert')).toEqual([]);
});

test('each message is told once and whole, in notifications that SNS takes', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 120_000 }), { maxLength: 12 });
  fc.assert(
    fc.property(lengths, (drawn) => {
      const lines = drawn.map((length, index) => `${index}`.padEnd(length, '.'));
      const found = notificationsOf({ records: { 'alerts-0': lines.map(encoded) } }, 'alert');
      expect(found.flatMap(({ Message }) => Message.split('\n'))).toEqual(lines);
      for (const { Message } of found) expect(Buffer.byteLength(Message)).toBeLessThanOrEqual(256 * 1024);
    }),
    { numRuns: 25 },
  );
});

test('a message that fits into none is told by its beginning', () => {
  const [told] = notificationsOf({ records: { 'alerts-0': [encoded('ü'.repeat(200_000))] } }, 'alert');
  expect(Buffer.byteLength(told.Message)).toBeLessThanOrEqual(256 * 1024);
  expect(told.Message.slice(0, 100)).toBe('ü'.repeat(100));
});
