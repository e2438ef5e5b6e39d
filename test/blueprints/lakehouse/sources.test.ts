import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLakehouseSettings } from '../../../blueprints/lakehouse/settings';
import { YamlFileError } from '../../../lib/foundation/private/yaml-file';
import { DIRECTORY, newStack, SETTINGS } from './synth';

const NAMES = readdirSync(join(DIRECTORY, 'sources')).map((file) => file.replace(/\.yaml$/, ''));
const FIELDS = `fields:
  trade_id: { path: id }
  symbol: { path: s }
  price: { path: p }
  quantity: { path: q }
  timestamp: { path: t }
`;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'sources-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The problems of a mapping, or of the blueprint.yaml that names it. */
function problems(mapping: string | undefined, blueprint = 'name: a1\nsources:\n  mappings:\n    - mine\n'): string[] {
  mkdirSync(join(folder, 'sources'), { recursive: true });
  writeFileSync(join(folder, 'blueprint.yaml'), blueprint);
  if (mapping !== undefined) writeFileSync(join(folder, 'sources', 'mine.yaml'), mapping);
  try {
    loadLakehouseSettings(folder);
    return [];
  } catch (error) {
    if (!(error instanceof YamlFileError)) throw error;
    return error.message.split('\n').map((line) => line.replace(`${folder}/`, ''));
  }
}

test.each(NAMES)('%s, which is shipped, is a mapping of a trade with every extension', (name) => {
  const { settings } = loadLakehouseSettings(DIRECTORY, 'dev', name);
  expect(settings.sources.mappings).toMatchObject([{ name }]);
  const all = { ...settings, extensions: ['side', 'trader_id', 'venue'] as const };
  expect(Object.keys(all.sources.mappings?.[0].fields ?? {})).toEqual(expect.arrayContaining(['side', 'venue']));
});

test('none is on by default', () => expect(SETTINGS.sources.mappings).toEqual([]));

test('names its schema for editors', () => {
  for (const name of NAMES) {
    expect(readFileSync(join(DIRECTORY, 'sources', `${name}.yaml`), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/source\.schema\.json\n/,
    );
  }
});

test('a mapping that is on goes to silver with the topic as its prefix, and without fields that have no column', () => {
  const { settings } = loadLakehouseSettings(DIRECTORY, 'dev', 'coinbase');
  const stack = newStack({ settings });
  const silver = stack.node.findChild('Silver').node.findChild('Record');
  const asset = (silver.node.defaultChild ?? silver) as unknown as { assetPath: string };
  const outdir = (stack.node.root as unknown as { outdir: string }).outdir;
  const spec = JSON.parse(readFileSync(join(outdir, asset.assetPath), 'utf8'));
  expect(spec.mappings).toMatchObject([{ name: 'coinbase', prefix: 'trades/' }]);
  expect(Object.keys(spec.mappings[0].fields)).toEqual(['trade_id', 'symbol', 'price', 'quantity', 'timestamp']);
});

test('a name without a file is told where it stands, with the names that there are', () => {
  expect(problems(undefined)).toEqual([
    "blueprint.yaml:4:7: there is no mapping 'mine' in sources/; add mine.yaml there",
  ]);
  writeFileSync(join(folder, 'sources', 'mint.yaml'), FIELDS);
  expect(problems(undefined)).toEqual([
    "blueprint.yaml:4:7: there is no mapping 'mine' in sources/; did you mean 'mint'? (use one of: mint)",
  ]);
  expect(problems(FIELDS, 'name: a1\nsources: { mappings: [../mine] }\n')).toEqual([
    "blueprint.yaml:2:23: 'sources.mappings.0' is '../mine'; use the name of a file in sources/, without .yaml",
  ]);
});

test('a name that the context gives says so', () => {
  expect(() => loadLakehouseSettings(DIRECTORY, 'dev', 'krakn')).toThrow(
    /there is no mapping 'krakn' in sources\/; did you mean 'kraken'\? .*; it is named by the context key 'source'/,
  );
});

test('a good one has no problem', () => expect(problems(FIELDS)).toEqual([]));

test('everything wrong with a mapping is told at once, each with line, column and remedy', () => {
  expect(
    problems(`when: []
ignore: [{ path: "a..b" }, { is: [1.5] }, { path: x, is: [] }, { path: y, is: [99999999999999999999] }]
each: '['
fields:
  trade_id: { template: '{a', constant: b }
  symbol: {}
  price: { path: p, epoch: s }
  quantity: { path: q, scale: -1 }
  timestamp: { path: t, epoch: hours }
  side: { template: x, values: { a: b } }
  vnue: { constant: v }
`),
  ).toEqual([
    `sources/mine.yaml:1:1: 'when' must NOT have fewer than 1 items, but is a list; write for example [{"path":"type","is":["trade"]}]`,
    `sources/mine.yaml:2:12: 'ignore.0.path' is 'a..b'; write a path such as a.b, [0] or $.a, and an odd name as ["name"] with double quotes`,
    `sources/mine.yaml:2:28: 'ignore.1' lacks 'path'; add it`,
    `sources/mine.yaml:2:35: 'ignore.1.is.0' must be text or a whole number or true or false or null, but is 1.5; write for example "trade"`,
    `sources/mine.yaml:2:54: 'ignore.2.is' must NOT have fewer than 1 items, but is a list; write for example ["trade"]`,
    `sources/mine.yaml:2:80: 'ignore.3.is.0' must be <= 9007199254740991, but is 100000000000000000000; write for example "trade"`,
    `sources/mine.yaml:3:1: 'each' is '['; write a path such as a.b, [0] or $.a, and an odd name as ["name"] with double quotes`,
    `sources/mine.yaml:5:3: 'fields.trade_id' needs exactly one of path, template and constant; write for example { path: symbol }`,
    `sources/mine.yaml:5:15: 'fields.trade_id.template' is '{a'; write text with paths in braces, such as 'venue:{symbol}:{id}'`,
    `sources/mine.yaml:6:3: 'fields.symbol' needs exactly one of path, template and constant; write for example { path: symbol }`,
    `sources/mine.yaml:7:21: 'epoch' is not a setting of 'fields.price'; use one of: path, scale`,
    `sources/mine.yaml:8:24: 'fields.quantity.scale' must be >= 0, but is -1; write for example 4`,
    `sources/mine.yaml:9:25: 'fields.timestamp.epoch' is 'hours'; use one of: s, ms, us, ns`,
    `sources/mine.yaml:10:3: 'fields.side' has 'values' without 'path'; add it`,
    `sources/mine.yaml:11:3: 'vnue' is not a setting of 'fields'; did you mean 'venue'? (use one of: trade_id, symbol, price, quantity, timestamp, side, trader_id, venue)`,
  ]);
});

test.each([
  ['', "mine.yaml:1:1: the file is empty; it needs at least 'fields: {...}'"],
  ['- a\n', "mine.yaml:1:1: the file holds no settings; begin with 'fields: {...}'"],
  ['each: data\n', "mine.yaml:1:1: the file lacks 'fields'; add it"],
  ['fields: {\n', 'mine.yaml:2:1: Flow map'],
])('what is no mapping, %j, is one sentence', (content, sentence) => {
  expect(problems(content)).toEqual([expect.stringContaining(sentence)]);
});
