import fc from 'fast-check';
import { Stack } from 'aws-cdk-lib';
import { DataPlatform } from '../../../lib/mesh';
import { meshFindings } from '../../../lib/mesh/private/mesh-rules';
import { contractOf } from './contracts';

const SEED = 20261128;
const PRODUCTS = ['a.one', 'a.two', 'b.one', 'b.two', 'c.one'];

interface Asked {
  readonly product: string;
  readonly version: number;
}

/** A mesh of any shape: versions, inputs and approvals that may or may not fit together. */
const product = fc.record({
  name: fc.constantFrom(...PRODUCTS),
  version: fc.integer({ min: 1, max: 3 }),
  inputs: fc.uniqueArray(
    fc.record({ product: fc.constantFrom(...PRODUCTS), version: fc.integer({ min: 1, max: 4 }) }),
    {
      selector: (each) => each.product,
      maxLength: 3,
    },
  ),
});
type Product = { name: string; version: number; inputs: Asked[] };

function meshOf(products: readonly Product[]) {
  return products.map(({ name, version, inputs }, index) => {
    const others = inputs.filter((each) => each.product !== name);
    const lineage = others.map((each) => `{product: ${each.product}, version: ${each.version}}`).join(', ');
    return contractOf(
      `name: ${name}\nversion: ${version}.0.0\nowner: team\ndescription: x\ninterfaces: [{type: table, name: ${name.split('.')[0]}.t${index}}]\n${
        others.length > 0 ? `lineage: {inputs: [${lineage}]}\n` : ''
      }`,
    );
  });
}

/** Whether a product is made of itself by way of others, by walking every path: slow, and written by no rule of ours. */
function hasCycle(products: readonly Product[]): boolean {
  // Of two contracts of one name and version the last is the one that others mean.
  const byId = new Map(products.map((each) => [`${each.name} ${each.version}`, each]));
  const reaches = (from: string, to: string, seen: readonly string[]): boolean =>
    (byId.get(from)?.inputs ?? [])
      .filter((each) => each.product !== byId.get(from)?.name)
      .map((each) => `${each.product} ${each.version}`)
      .some((next) => next === to || (!seen.includes(next) && reaches(next, to, [...seen, next])));
  return [...byId.keys()].some((id) => reaches(id, id, [id]));
}

test('150 meshes: a name twice, a missing version and a cycle are each found when they are there, and only then', () => {
  const found = { twice: 0, version: 0, cycle: 0 };
  fc.assert(
    fc.property(fc.array(product, { minLength: 1, maxLength: 8 }), (products) => {
      const sentences = meshFindings(meshOf(products), true).map(({ sentence }) => sentence);
      const has = (pattern: RegExp) => sentences.some((each) => pattern.test(each));
      const ids = products.map(({ name, version }) => `${name} ${version}`);
      const isTwice = new Set(ids).size < ids.length;
      expect(has(/has a contract for version \d already/)).toBe(isTwice);
      const asked = products.flatMap(({ name, inputs }) => inputs.filter((each) => each.product !== name));
      const known = (each: Asked) => ids.some((id) => id.startsWith(`${each.product} `));
      expect(has(/has no version/)).toBe(
        asked.some((each) => known(each) && !ids.includes(`${each.product} ${each.version}`)),
      );
      expect(has(/there is no product/)).toBe(asked.some((each) => !known(each)));
      // Which of two contracts an input means is not settled, so that a mesh with one is judged by the name alone.
      if (!isTwice) expect(has(/^a cycle: /)).toBe(hasCycle(products));
      found.twice += Number(isTwice);
      found.version += Number(has(/has no version/));
      found.cycle += Number(has(/^a cycle: /));
    }),
    { numRuns: 150, seed: SEED },
  );
  for (const count of Object.values(found)) expect(count).toBeGreaterThan(3);
});

const TABLE = (name: string) =>
  `name: ${name}\nowner: team\ndescription: x\ninterfaces: [{type: table, name: ${name}}]\n`;

test.each([
  [
    'two products with one name',
    [TABLE('a.one'), TABLE('a.one').replace('name: a.one}', 'name: a.other}')],
    /'a\.one' has a contract for version 1 already \(data-product\.yaml\); rename it, or raise its major version/,
  ],
  [
    'a subscription to a version that is not there',
    [TABLE('a.one'), `${TABLE('b.one')}lineage: {inputs: [{product: a.one, version: 3}]}\n`],
    /data-product\.yaml:\d+:\d+: a\.one has no version 3; it has: 1/,
  ],
  [
    'a cycle',
    [
      `${TABLE('a.one')}lineage: {inputs: [{product: a.two}]}\n`,
      `${TABLE('a.two')}lineage: {inputs: [{product: a.one}]}\n`,
    ],
    /a cycle: a\.one from a\.two from a\.one/,
  ],
  [
    'a domain without an account',
    [TABLE('x.one')],
    /domain 'x' has no account in the mesh; register it, or name one of/,
  ],
])('%s is refused at synth, with its line', (_, texts, sentence) => {
  const domains = ['a', 'b'].map((domainName) => ({ domainName, account: '111111111111' }));
  const contracts = texts.map((text) => contractOf(text));
  expect(() => new DataPlatform(new Stack(), 'Platform', { domains, contracts })).toThrow(sentence);
});

test('a chain of 1,000 products is followed without running out of stack', () => {
  const contracts = Array.from({ length: 1000 }, (_, index) =>
    contractOf(TABLE(`a.p${index}`) + (index > 0 ? `lineage: {inputs: [{product: a.p${index - 1}}]}\n` : '')),
  );
  expect(meshFindings(contracts, true)).toEqual([]);
});
