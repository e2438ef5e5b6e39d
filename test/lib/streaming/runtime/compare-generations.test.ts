import { compareGenerations, upsert } from '../../../../lib/streaming/runtime/compare-generations';

const topic = (entries: Record<string, string>) => new Map(Object.entries(entries));

test('generations that agree are identical', () => {
  expect(compareGenerations(topic({ a: '1', b: '2' }), topic({ b: '2', a: '1' }))).toMatchObject({
    identical: 2,
    different: 0,
    missing: 0,
    added: 0,
  });
});

test('each difference is told with its key, byte for byte', () => {
  expect(compareGenerations(topic({ a: '1.0', b: '2', c: '3' }), topic({ a: '1.00', c: '3', d: '4' }))).toEqual({
    identical: 1,
    different: 1,
    missing: 1,
    added: 1,
    examples: { different: ['a'], missing: ['b'], added: ['d'] },
  });
});

test('of many differences a few are shown and all are counted', () => {
  const many = topic(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 'v'])));
  const { missing, examples } = compareGenerations(many, topic({}));
  expect([missing, examples.missing.length]).toEqual([20, 5]);
});

test('the newest message of a key counts, and one without a value takes it back', () => {
  const found = new Map<string, string>();
  upsert(found, 'a', '1');
  upsert(found, 'a', '2');
  upsert(found, 'b', '1');
  upsert(found, 'b', undefined);
  expect([...found]).toEqual([['a', '2']]);
});
