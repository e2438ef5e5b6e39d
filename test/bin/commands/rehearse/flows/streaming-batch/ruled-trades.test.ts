import {
  alertsOf,
  minuteText,
  type RuledTrade,
  ruledTrades,
  sumsBy,
  windowOf,
  wireOf,
} from '../../../../../../bin/commands/rehearse/flows/streaming-batch/ruled-trades';

const START = Date.parse('2026-01-05T10:00:00Z');

function trade(id: string, seconds: number, given: Partial<RuledTrade> = {}): RuledTrade {
  const some = { id, symbol: 'X', trader: `of ${id}`, price: 100, quantity: 1, time: START + seconds * 1000 };
  return { ...some, ...given };
}

test('sums are those of a minute and symbol, the average half up to eight decimals', () => {
  const trades = [
    trade('a', 0, { price: 1.5, quantity: 2 }),
    trade('b', 59, { price: 2 }),
    trade('c', 60),
    trade('d', 0, { symbol: 'Y', price: 0.01 }),
  ];
  expect(Object.fromEntries(sumsBy(trades, windowOf))).toEqual({
    'X 2026-01-05T10:00': { count: 2, volume: 3, vwap: '1.66666667' },
    'X 2026-01-05T10:01': { count: 1, volume: 1, vwap: '100.00000000' },
    'Y 2026-01-05T10:00': { count: 1, volume: 1, vwap: '0.01000000' },
  });
  expect(minuteText(START + 61_000)).toBe('2026-01-05T10:01');
});

test('a price is far from the other trades of the last five minutes, and from no later or older ones', () => {
  const far = trade('far', 300, { price: 121 });
  expect(alertsOf([far, trade('before', 0)])).toEqual(['price_far_from_vwap far']);
  expect(alertsOf([far, trade('too old', -1)])).toEqual([]);
  expect(alertsOf([far, trade('of another symbol', 0, { symbol: 'Y' })])).toEqual([]);
  expect(alertsOf([{ ...far, price: 120 }, trade('before', 0)])).toEqual([]);
});

test('each trade of a trader beyond twenty within ten seconds is a burst', () => {
  const burst = Array.from({ length: 22 }, (_, index) => trade(`t${index}`, index / 2, { trader: 'hasty' }));
  expect(alertsOf(burst)).toEqual(['burst_of_one_trader t20', 'burst_of_one_trader t21']);
  expect(alertsOf(burst.slice(0, 20))).toEqual([]);
});

test('generated trades have both kinds, and name their trader on the wire', () => {
  const trades = ruledTrades(3000);
  const rules = new Set(alertsOf(trades).map((alert) => alert.split(' ')[0]));
  expect([...rules].sort()).toEqual(['burst_of_one_trader', 'price_far_from_vwap']);
  expect(JSON.parse(wireOf(trades[0]))).toMatchObject({ trade_id: 't0', trader_id: trades[0].trader, price: '100' });
});
