import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { loadLakehouseSettings } from '../../../blueprints/lakehouse/settings';
import { YamlFileError } from '../../../lib/foundation/private/yaml-file';
import { ColumnType, RecordSchema } from '../../../lib/schema';
import { DIRECTORY } from './synth';

const SEED = 20261124;
const MAPPINGS = ['binance', 'coinbase', 'kraken', 'phemex'];
const BLUEPRINT = readFileSync(join(DIRECTORY, 'blueprint.yaml'), 'utf8');
const FILES = [BLUEPRINT, ...MAPPINGS.map((name) => readFileSync(join(DIRECTORY, 'sources', `${name}.yaml`), 'utf8'))];
const ANY_FIELD = ['trade_id', 'symbol', 'side', 'trader_id', 'venue'];
const RECORD = new RecordSchema({
  name: 'trades',
  columns: [
    ...ANY_FIELD.map((name) => ({ name, type: ColumnType.STRING })),
    ...['price', 'quantity'].map((name) => ({ name, type: ColumnType.decimal(18, 8) })),
    { name: 'timestamp', type: ColumnType.TIMESTAMPTZ },
  ],
});

let folder: string;
beforeAll(() => mkdirSync(join((folder = mkdtempSync(join(tmpdir(), 'hostile-'))), 'sources')));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said of a file, one sentence a problem; nothing when it is taken. Anything but a sentence is thrown. */
function said(content: string | Uint8Array, isBlueprint: boolean): string[] {
  writeFileSync(join(folder, 'blueprint.yaml'), isBlueprint ? content : 'name: a1\nsources: { mappings: [mine] }\n');
  if (!isBlueprint) writeFileSync(join(folder, 'sources', 'mine.yaml'), content);
  try {
    const { settings } = loadLakehouseSettings(folder);
    // What the file's own check lets pass, the library takes, too.
    RECORD.toConformSpec([...(settings.sources.mappings ?? [])]);
    return [];
  } catch (error) {
    if (!(error instanceof YamlFileError)) throw error;
    return error.message.split('\n');
  }
}

const SENTENCE = /^\S+\.yaml:[1-9]\d*:[1-9]\d*: \S.*[;?] \S.*$|^\S+\.yaml:[1-9]\d*:[1-9]\d*: .+\(.+\)$/u;

type Tree = unknown;

function places(value: Tree, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at];
  const inner = Object.entries(value).flatMap(([key, below]) =>
    places(below, [...at, Array.isArray(value) ? Number(key) : key]),
  );
  return [at, ...inner];
}

function replaced(value: Tree, at: readonly (string | number)[], by: Tree): Tree {
  if (at.length === 0) return by;
  const copy: Tree = Array.isArray(value) ? [...value] : { ...(value as object) };
  const [key, ...rest] = at;
  (copy as Record<string | number, Tree>)[key] = replaced((copy as Record<string | number, Tree>)[key], rest, by);
  return copy;
}

const hostileValue = fc.oneof(
  fc.constantFrom<Tree>(
    null,
    true,
    -1,
    0.5,
    1e308,
    2 ** 53,
    '',
    ' ',
    '../..',
    '[',
    '{a',
    '{$source}',
    '$',
    'a..b',
    [],
    {},
  ),
  fc.constantFrom<Tree>('\u0000', '\u202e', '\ud83d\ude00', 'x'.repeat(5000), 'off', '<<', '*a', '!!js/function x', [
    [],
  ]),
  fc.anything({ maxDepth: 3, withNullPrototype: false }).map((value) => JSON.parse(JSON.stringify(value) ?? 'null')),
  fc.nat({ max: 80 }).map((depth) => JSON.parse('['.repeat(depth + 1) + ']'.repeat(depth + 1))),
);
const structured = fc
  .tuple(fc.constantFrom(...FILES), fc.nat(), hostileValue)
  .map(([file, place, value]): [string, boolean] => {
    const tree = parse(file);
    const all = places(tree);
    return [stringify(replaced(tree, all[place % all.length], value)), file === BLUEPRINT];
  });
const damaged = fc
  .tuple(
    fc.constantFrom(...FILES),
    fc.nat(),
    fc.oneof(
      fc.constantFrom(
        '\t',
        ':',
        '- ',
        '}',
        ']',
        '"',
        "'",
        '&a ',
        '*a',
        '!!binary ',
        '? ',
        '|',
        '\n---\n',
        '#',
        '<<: *x',
      ),
      fc.string({ maxLength: 8 }),
    ),
    fc.nat({ max: 3 }),
  )
  .map(([file, at, text, cut]): [string, boolean] => {
    const place = at % file.length;
    return [file.slice(0, place) + text + file.slice(place + cut * 7), file === BLUEPRINT];
  });
const binary = fc
  .tuple(fc.uint8Array({ maxLength: 64 }), fc.boolean())
  .map(([bytes, isBlueprint]): [Uint8Array, boolean] => [bytes, isBlueprint]);

test('500 hostile files are each taken, or refused in sentences with line, column and remedy', () => {
  let refused = 0;
  fc.assert(
    fc.property(
      fc.oneof<fc.Arbitrary<[string | Uint8Array, boolean]>[]>(structured, damaged, binary),
      ([file, which]) => {
        const sentences = said(file, which);
        refused += sentences.length > 0 ? 1 : 0;
        for (const sentence of sentences) expect(sentence.replace(`${folder}/`, '')).toMatch(SENTENCE);
      },
    ),
    { numRuns: 500, seed: SEED },
  );
  expect(refused).toBeGreaterThan(250);
});

test('each shipped file is taken as it is', () => {
  for (const file of FILES) expect(said(file.replace('mappings: []', ''), file === BLUEPRINT)).toEqual([]);
});
