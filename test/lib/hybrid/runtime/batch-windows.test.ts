import type { AthenaClient } from '@aws-sdk/client-athena';
import * as fc from 'fast-check';
import { queryWindows, quotient } from '../../../../lib/hybrid/runtime/batch-windows';
import { withoutWaiting } from '../../../support/without-waiting';

const HEADER = ['symbol', 'window_start', 'trade_count', 'total_volume', 'turnover', 'late', 'twice', 'until'];

/** Athena's API with one query: the states that it passes through, then its pages. */
function athena(states: readonly string[], ...pages: readonly (readonly string[][])[]) {
  const asked: string[] = [];
  const left = [...states];
  const send = (command: { readonly constructor: { readonly name: string }; readonly input: object }) => {
    const input = command.input as { QueryString?: string; NextToken?: string };
    switch (command.constructor.name) {
      case 'StartQueryExecutionCommand':
        asked.push(input.QueryString ?? '');
        return Promise.resolve({ QueryExecutionId: 'q' });
      case 'GetQueryExecutionCommand':
        return Promise.resolve({ QueryExecution: { Status: { State: left.shift(), StateChangeReason: 'too long' } } });
      default: {
        const page = Number(input.NextToken ?? 0);
        const Rows = pages[page].map((row) => ({ Data: row.map((VarCharValue) => ({ VarCharValue })) }));
        return Promise.resolve({ ResultSet: { Rows }, NextToken: page + 1 < pages.length ? `${page + 1}` : undefined });
      }
    }
  };
  return { asked, client: { send } as unknown as AthenaClient };
}

afterEach(() => jest.restoreAllMocks());

test('the query is asked with its bounds, and every page is read', async () => {
  withoutWaiting();
  const { asked, client } = athena(
    ['QUEUED', 'RUNNING', 'SUCCEEDED'],
    [HEADER, ['A', '60000', '2', '3.50000000', '7.0000000000000000', '1', '0', '180000']],
    [['B', '120000', '1', '3', '1', '0', '2', '180000']],
  );
  const found = await queryWindows(client, 'work', '{from} {to} {from} {grace_seconds}', {
    from: 60_000,
    to: 180_000,
    graceSeconds: 10,
  });
  expect(asked).toEqual(['60000 180000 60000 10']);
  expect(found).toEqual({
    windows: [
      {
        symbol: 'A',
        start: 60_000,
        tradeCount: 2,
        totalVolume: '3.50000000',
        vwap: '2.00000000',
        lateCount: 1,
        duplicateCount: 0,
      },
      {
        symbol: 'B',
        start: 120_000,
        tradeCount: 1,
        totalVolume: '3',
        vwap: '0.33333333',
        lateCount: 0,
        duplicateCount: 2,
      },
    ],
    processedUntil: 180_000,
  });
});

test('a query that fails says why', async () => {
  const { client } = athena(['FAILED']);
  const asked = queryWindows(client, 'work', 'select 1', { from: 0, to: 1, graceSeconds: 1 });
  await expect(asked).rejects.toThrow('the query of the batch path ended FAILED: too long');
});

test('a quotient is the nearest decimal of eight places, the upper one of two', () => {
  expect(quotient('1', '200000000')).toBe('0.00000001');
  expect(quotient('1', '200000001')).toBe('0.00000000');
  const positive = fc.bigInt(1n, 10n ** 30n);
  fc.assert(
    fc.property(positive, positive, fc.nat(16), fc.nat(16), (over, under, scale, other) => {
      const text = (digits: bigint, places: number) => {
        const padded = String(digits).padStart(places + 1, '0');
        return places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`;
      };
      const result = BigInt(quotient(text(over, scale), text(under, other)).replace('.', ''));
      // Twice the distance from over / under, in units of the last place times under.
      const [exact, divisor] = [over * 10n ** BigInt(other + 8), under * 10n ** BigInt(scale)];
      const twice = 2n * (exact - result * divisor);
      expect(twice >= -divisor && twice < divisor).toBe(true);
    }),
  );
});
