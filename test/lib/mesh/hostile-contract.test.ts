import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { FULL_CONTRACT, problemsOf, SEED_CONTRACT } from './contracts';

const SEED = 20261128;
const FILES = [SEED_CONTRACT, FULL_CONTRACT];
const SENTENCE = /^data-product\.yaml:[1-9]\d*:[1-9]\d*: \S.*[;:?.,] .+$/u;

type Tree = unknown;
type Place = (string | number)[];

function places(value: Tree, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  const step = (key: string) => (Array.isArray(value) ? Number(key) : key);
  return [at, ...Object.entries(value).flatMap(([key, below]) => places(below, [...at, step(key)]))];
}

function replaced(value: Tree, [key, ...rest]: Place, by: Tree): Tree {
  if (key === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, Tree>;
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

const TEXTS = ['', ' ', '..', 'a.b', 'a..b', '\u0000', '\u202e', 'ﬁ.х', '\ud83d\ude00', '__proto__', 'constructor'];
const TYPES = ['list<', 'map<string>', 'struct<a>', 'decimal(0,0)', `${'list<'.repeat(200)}int${'>'.repeat(200)}`];
const value = fc.oneof(
  fc.constantFrom<Tree>(null, true, -1, 0.5, 1e308, [], {}, [[]], ...TEXTS, ...TYPES, 'x'.repeat(30_000)),
  fc.anything({ maxDepth: 3, withNullPrototype: false }).map((each) => JSON.parse(JSON.stringify(each) ?? 'null')),
);
const retyped = fc.tuple(fc.constantFrom(...FILES), fc.nat(), value).map(([file, place, by]) => {
  const tree: Tree = parse(file);
  const all = places(tree);
  return stringify(replaced(tree, all[place % all.length], by));
});
const damaged = fc
  .tuple(
    fc.constantFrom(...FILES),
    fc.nat(),
    fc.oneof(
      fc.constantFrom('\t', ':', '- ', '}', '"', '&a ', '*a', '!!binary ', '? ', '\n---\n', '<<: *x'),
      fc.string(),
    ),
    fc.nat({ max: 20 }),
  )
  .map(([file, at, text, cut]) => file.slice(0, at % file.length) + text + file.slice((at % file.length) + cut));

test('300 hostile contracts are each taken, or refused in sentences with line, column and remedy', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(retyped, damaged), (text) => {
      const problems = problemsOf(text);
      refused += problems.length > 0 ? 1 : 0;
      for (const each of problems) expect(each).toMatch(SENTENCE);
    }),
    { numRuns: 300, seed: SEED },
  );
  expect(refused).toBeGreaterThan(150);
});

const BOMB = `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h']
  .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${'abcdefg'[index]}`).join(', ')}]`)
  .join('\n')}\n`;

test.each([
  ['a bomb of anchors', BOMB, 'its aliases (*name) expand without measure; write them out'],
  ['an alias of itself', 'name: &a [*a]\n', 'nests deeper than 64 levels; flatten it'],
  ['10 MB', `description: ${'x'.repeat(10_000_000)}\n`, 'more than the 262144 allowed; is it the right file?'],
  ['a key twice', `${SEED_CONTRACT}owner: me\n`, 'Map keys must be unique; keep one of the two'],
  ['two documents', `${SEED_CONTRACT}---\nname: a.b\n`, 'more than one document; keep one'],
  ['a tag of another language', 'name: !!js/function x\n', 'remove the tag'],
  ['nothing', '', "the file is empty; it needs at least 'name: domain.product'"],
  ['a list', '- a\n', "the file holds no settings; begin with 'name: domain.product'"],
  ['10,000 levels', `name: ${'['.repeat(10_000)}`, 'it nests deeper than 64 levels; flatten it'],
])('%s is refused by one sentence', (_, text, sentence) => {
  const problems = problemsOf(text);
  expect(problems[0]).toContain(sentence);
});
