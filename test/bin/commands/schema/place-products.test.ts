import fc from 'fast-check';
import { placeProducts } from '../../../../bin/commands/schema/place-products';
import { EMPTY_TABLE, type LedgerContent } from '../../../../lib/schema/private/ledger-entry';

const FULL = 380;
const product = (name: string, resources: number, more: string[] = []) => ({
  ledger: '/schemas.lock.json',
  tables: [name, ...more],
  resources,
});

/** What `schema lock` does with the products: the ledger that follows. */
function lock(products: readonly ReturnType<typeof product>[], known: LedgerContent = new Map()): LedgerContent {
  const content = new Map(known);
  for (const name of products.flatMap(({ tables }) => tables)) content.set(name, known.get(name) ?? EMPTY_TABLE);
  placeProducts(content, known, products);
  return content;
}

const stacks = (content: LedgerContent) =>
  Object.fromEntries([...content].map(([name, { stack }]) => [name, stack ?? 0]));

test('new products fill the domain’s own stack, then a nested one after the other, each domain by itself', () => {
  const products = ['a', 'b', 'c', 'd', 'e'].map((name) => product(`risk.${name}`, 150));
  expect(stacks(lock([...products, product('finance.a', 150)]))).toEqual({
    ...{ 'risk.a': 0, 'risk.b': 0, 'risk.c': 1, 'risk.d': 1, 'risk.e': 2 },
    'finance.a': 0,
  });
});

test('a product that alone fills a stack has one of its own, and all its tables stand there', () => {
  const content = lock([product('risk.a', 400), product('risk.b', 500, ['risk.b2']), product('risk.c', 10)]);
  expect(stacks(content)).toEqual({ 'risk.a': 0, 'risk.b': 1, 'risk.b2': 1, 'risk.c': 2 });
});

test('a table that a product gets later stands with those that it has', () => {
  const known = lock([product('risk.a', 300), product('risk.b', 300)]);
  const content = lock([product('risk.a', 300), product('risk.b', 300, ['risk.b2'])], known);
  expect(stacks(content)).toEqual({ 'risk.a': 0, 'risk.b': 1, 'risk.b2': 1 });
});

test('nothing moves that is there, whatever comes and goes, and no stack is filled beyond what it holds', () => {
  const domain = fc.uniqueArray(fc.tuple(fc.stringMatching(/^[a-z]{1,3}$/), fc.integer({ min: 10, max: FULL })), {
    selector: ([name]) => name,
    maxLength: 40,
  });
  fc.assert(
    fc.property(domain, fc.array(fc.boolean()), (all, early) => {
      const products = all.map(([name, resources]) => product(`risk.${name}`, resources));
      const first = lock(products.filter((_, index) => early[index % early.length]));
      const second = lock(products, first);
      for (const [name, { stack }] of first) expect(second.get(name)?.stack).toBe(stack);
      const filled = new Map<number, number>();
      for (const { tables, resources } of products) {
        const stack = second.get(tables[0])?.stack ?? 0;
        filled.set(stack, (filled.get(stack) ?? 0) + resources);
      }
      expect(Math.max(0, ...filled.values())).toBeLessThanOrEqual(FULL);
    }),
    { seed: 20261128 },
  );
});
