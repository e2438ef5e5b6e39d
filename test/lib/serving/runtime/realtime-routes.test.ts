import { topMovers } from '../../../../lib/serving/runtime/movers';
import { answer, type ApiEvent } from '../../../../lib/serving/runtime/realtime-routes';

const stored: Record<string, string[]> = {
  A: ['{"vwap":100.00000000}', '{"vwap":101.00000000}'],
  B: ['{"vwap":"50"}', '{"vwap":"40"}'],
  C: ['{"vwap":1}'],
  'E/U': ['{"vwap":1.1}'],
};
const windows = {
  newest: (symbol: string, count: number) => Promise.resolve((stored[symbol] ?? []).slice(-count)),
  symbols: () => Promise.resolve(Object.keys(stored)),
};
const ask = async (event: ApiEvent) => {
  const { statusCode, body } = await answer(event, { generation: 3, windows }, 1440);
  return [statusCode, body];
};

describe('the API', () => {
  test('gives the newest window as it stands, with its generation', async () => {
    const event = { routeKey: 'GET /summaries/{symbol}', pathParameters: { symbol: 'A' } };
    expect(await ask(event)).toEqual([200, '{"generation":3,"summary":{"vwap":101.00000000}}']);
  });

  test('gives as many windows as asked for, oldest first', async () => {
    const event = {
      routeKey: 'GET /summaries/{symbol}/windows',
      pathParameters: { symbol: 'A' },
      queryStringParameters: { last: '2' },
    };
    expect(await ask(event)).toEqual([200, `{"generation":3,"windows":[${stored.A.join(',')}]}`]);
  });

  test('gives the windows of a symbol that no segment of a path can be', async () => {
    const event = { routeKey: 'GET /windows', queryStringParameters: { symbol: 'E/U', last: '5' } };
    expect(await ask(event)).toEqual([200, '{"generation":3,"windows":[{"vwap":1.1}]}']);
  });

  test('knows no window of an unknown symbol', async () => {
    const event = { routeKey: 'GET /summaries/{symbol}', pathParameters: { symbol: 'Z' } };
    expect(await ask(event)).toEqual([404, '{"message":"there is no window of \'Z\'"}']);
  });

  test.each(['0', '-1', '1.5', 'x', '', '1441', '1e3'])('refuses last=%j', async (last) => {
    const event = { routeKey: 'GET /movers', queryStringParameters: { last } };
    expect(await ask(event)).toEqual([400, expect.stringContaining('it must be a whole number from 1 to 1440')]);
  });

  test('says of another path that it is not there', async () => {
    expect(await ask({ routeKey: 'GET /else' })).toEqual([404, '{"message":"there is no such path"}']);
  });
});

describe('the top movers', () => {
  test('are those that moved most, up or down; who has one window did not move', () => {
    expect(topMovers(new Map(Object.entries(stored)), 10)).toEqual([
      { symbol: 'B', from: '50', to: '40', change_percent: -20 },
      { symbol: 'A', from: '100.00000000', to: '101.00000000', change_percent: 1 },
    ]);
  });

  test('stand in the order of their symbols when they moved alike', () => {
    const alike = new Map([
      ['Y', ['{"vwap":1}', '{"vwap":2}']],
      ['X', ['{"vwap":1}', '{"vwap":2}']],
    ]);
    expect(topMovers(alike, 10).map(({ symbol }) => symbol)).toEqual(['X', 'Y']);
    expect(topMovers(alike, 1)).toHaveLength(1);
  });

  test('leave out whose first price is zero', () => {
    expect(topMovers(new Map([['Z', ['{"vwap":0}', '{"vwap":2}']]]), 10)).toEqual([]);
  });
});
