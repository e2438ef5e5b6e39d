import { meshQuotes, meshTrades } from '../../../../../bin/commands/rehearse/flows/mesh/mesh-events';

interface Message {
  readonly trade_id?: string;
  readonly price?: string;
  readonly side?: string;
  readonly bid?: string;
  readonly ask?: string;
}

function parsed(messages: Iterable<Buffer>): Message[] {
  return [...messages].flatMap((message) => {
    try {
      return [JSON.parse(message.toString()) as Message];
    } catch {
      return [];
    }
  });
}

test('the same rows and seed give the same bytes, another seed others', () => {
  const bytes = (seed: number) => Buffer.concat([...meshTrades(200, seed), ...meshQuotes(50, seed)]);
  expect(bytes(3).equals(bytes(3))).toBe(true);
  expect(bytes(3).equals(bytes(4))).toBe(false);
});

test('among the trades are revisions and unsound ones of each kind, among the quotes crossed ones', () => {
  const trades = parsed(meshTrades(10_000, 7));
  expect(trades.length).toBeLessThan(10_000);
  const ids = trades.map(({ trade_id }) => trade_id);
  expect(new Set(ids).size).toBeLessThan(ids.length);
  expect(ids).toEqual(expect.arrayContaining(['u1', 'u2', 'u3']));
  expect(trades.every(({ price }) => /^-?\d+(\.\d{8})?$/.test(price ?? ''))).toBe(true);
  const crossed = parsed(meshQuotes(2_000, 7)).filter(({ bid, ask }) => Number(bid) > Number(ask));
  expect(crossed.length).toBeGreaterThan(0);
  expect(crossed.length).toBeLessThan(40);
});
