import { EpochUnit, type FieldReading, type SourceMapping } from '../../../lib/schema';
import { TRADE } from './tables';

const FIELDS: { [field: string]: FieldReading } = {
  trade_id: { template: 'x:{$.s}:{$index}' },
  symbol: { path: '$.s' },
  price: { path: '[0]', scale: 4 },
  quantity: { path: '[1]' },
  timestamp: { path: '[2]', epoch: EpochUnit.NANOSECONDS },
};
const specOf = (mapping: Partial<SourceMapping>) => TRADE.toConformSpec([{ name: 'x', fields: FIELDS, ...mapping }]);
const reading = (field: string, how: FieldReading) => () => specOf({ fields: { ...FIELDS, [field]: how } });

test('a record without mappings has the spec that it had', () => {
  expect(TRADE.toConformSpec([])).toEqual(TRADE.toConformSpec());
  expect(TRADE.toConformSpec()).not.toHaveProperty('mappings');
});

test('a mapping goes to the runner as it is', () => {
  const ignore = [{ path: 'type', is: ['heartbeat', 1, true, null] }];
  expect(specOf({ sourcePrefix: 'trades/', each: 'data', when: [{ path: '$[1]' }], ignore }).mappings).toEqual([
    { name: 'x', prefix: 'trades/', each: 'data', when: [{ path: '$[1]' }], ignore, fields: FIELDS },
  ]);
});

test('fields that a record does not have, or does not get, are refused by name', () => {
  expect(reading('prize', { path: 'p' })).toThrow(
    "trade: mapping 'x' reads 'prize', which is no field; use one of: trade_id, symbol, price, quantity, timestamp.",
  );
  const others = Object.fromEntries(Object.entries(FIELDS).filter(([field]) => field !== 'price'));
  expect(() => specOf({ fields: others })).toThrow("does not read 'price', which is required");
});

test.each(['', 'a..b', '.a', 'a[x]', 'a[-1]', 'a b', '$$', '$a', 'a.', '["a]'])('%j is no path', (path) => {
  expect(reading('symbol', { path })).toThrow(`mapping 'x': field 'symbol': '${path}' is not a path; write it as`);
  expect(() => specOf({ each: path })).toThrow('is not a path');
  expect(() => specOf({ when: [{ path }] })).toThrow('is not a path');
});

test.each(['a', 'a.b-c', '[0]', 'a[0][1].b', '$', '$.a', '$[0].a', '["odd name"]', 'a["b.c"]'])(
  '%j is a path',
  (path) => {
    expect(reading('symbol', { path })).not.toThrow();
  },
);

test.each<[FieldReading, string]>([
  [{}, 'needs one of path, template and constant'],
  [{ path: 'a', constant: 'b' }, 'needs one of path, template and constant'],
  [{ constant: 'b', values: { a: 'b' } }, 'values cannot stand there; one, beside a path'],
  [{ path: 'b', values: { a: 'b' }, scale: 1 }, 'values and scale cannot stand there'],
  [{ path: 'a', scale: 1 }, 'for decimals only'],
  [{ path: 'a', epoch: EpochUnit.SECONDS }, 'epoch is for timestamps'],
  [{ template: '{a' }, "template '{a' has a brace"],
  [{ template: '{a b}' }, "'a b' is not a path"],
])('a symbol is not read by %j', (how, message) => {
  expect(reading('symbol', how)).toThrow(message);
});

test.each([-1, 1.5, 39])('a scale is no %d', (scale) => {
  expect(reading('price', { path: 'p', scale })).toThrow(`scale is ${scale}; it is a whole number from 0 to 38`);
});

test.each([1.5, {}, ['a'], 2 ** 53])('a condition compares with no %j', (value) => {
  expect(() => specOf({ when: [{ path: 'a', is: [value] }] })).toThrow('use texts and whole numbers');
});
