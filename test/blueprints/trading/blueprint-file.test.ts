import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadBlueprintFile } from '../../../blueprints/trading/blueprint-file';
import { YamlFileError } from '../../../lib/foundation/private/yaml-file';

interface Settings {
  readonly name: string;
  readonly size: { readonly brokerCount: number; readonly label: string };
  readonly colours: string[];
}

const definitions = {
  size: {
    type: 'object',
    additionalProperties: false,
    properties: {
      broker_count: { type: 'integer', minimum: 1, default: 2, examples: [2] },
      label: { type: 'string', pattern: '^[a-z]*$', patternErrorMessage: 'use lower-case letters', default: '' },
    },
  },
  colours: { type: 'array', uniqueItems: true, items: { enum: ['red', 'green'] }, examples: [['red']] },
};
const properties = {
  size: { $ref: '#/definitions/size', default: {} },
  colours: { $ref: '#/definitions/colours', default: [] },
};
const environment = {
  type: 'object',
  additionalProperties: false,
  properties: {
    account: { type: 'string', pattern: '^[0-9]{12}$' },
    region: { type: 'string' },
    overrides: { type: 'object', additionalProperties: false, properties },
  },
};
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    name: { type: 'string' },
    ...properties,
    environments: { type: 'object', additionalProperties: environment },
  },
  definitions,
};

let directory: string;
beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'blueprint-file-'))));
afterAll(() => rmSync(directory, { recursive: true }));

function load(content: string | Buffer, selected?: string) {
  const file = join(directory, 'blueprint.yaml');
  writeFileSync(file, content);
  return loadBlueprintFile<Settings>({ file, schema, environment: selected });
}

/** The problems of a file as `line:column: sentence`. */
function problemsOf(content: string | Buffer, selected?: string): string[] {
  try {
    load(content, selected);
  } catch (error) {
    if (!(error instanceof YamlFileError)) throw error;
    return error.problems.map((each) => `${each.line}:${each.column}: ${each.sentence}`);
  }
  return [];
}

describe('a good file', () => {
  test('gives its settings in camelCase, completed by the schema’s defaults', () => {
    expect(load('name: a\nsize:\n  broker_count: 4\n').settings).toEqual({
      name: 'a',
      size: { brokerCount: 4, label: '' },
      colours: [],
    });
  });

  test('without environments is one for dev, anywhere', () => {
    expect(load('name: a').environment).toEqual({ name: 'dev', account: undefined, region: undefined });
  });

  test('lays the overrides of the chosen environment over its settings, list by list', () => {
    const text = [
      'name: a',
      'size: { broker_count: 4, label: b }',
      'colours: [red]',
      'environments:',
      '  dev:',
      '  prod:',
      "    account: '012345678901'",
      '    region: eu-central-1',
      '    overrides:',
      '      size: { broker_count: 6 }',
      '      colours: [green]',
    ].join('\n');
    expect(problemsOf(text)).toEqual([
      "5:3: 'environments.dev' must be a group of settings, but is empty; give its settings or remove it",
    ]);
    expect(load(text.replace('dev:', 'dev: {}'), 'prod')).toMatchObject({
      environment: { name: 'prod', account: '012345678901', region: 'eu-central-1' },
      settings: { name: 'a', size: { brokerCount: 6, label: 'b' }, colours: ['green'] },
    });
    expect(load(text.replace('dev:', 'dev: {}')).settings.size.brokerCount).toBe(4);
  });

  test('may use an anchor and its alias', () => {
    expect(load('name: &n red\ncolours: [*n]').settings.colours).toEqual(['red']);
  });

  test('may start with a byte order mark and end its lines with CR LF', () => {
    expect(load('\uFEFFname: a\r\nsize:\r\n  label: b\r\n').settings.size.label).toBe('b');
  });
});

describe('an error names file, line, column and remedy', () => {
  test.each([
    [
      'unknown setting',
      'name: a\nsiez: {}',
      "2:1: 'siez' is not a setting of the file; did you mean 'size'? (use one of: name, size, colours, environments)",
    ],
    [
      'unknown nested setting',
      'name: a\nsize:\n  brokers: 3',
      "3:3: 'brokers' is not a setting of 'size'; use one of: broker_count, label",
    ],
    [
      'a key called __proto__',
      'name: a\n__proto__: 1',
      "2:1: '__proto__' is not a setting of the file; use one of: name, size, colours, environments",
    ],
    [
      'a merge key',
      'name: a\nsize:\n  <<: {}',
      "3:3: '<<' is not a setting of 'size'; use one of: broker_count, label",
    ],
    [
      'a number as a key',
      'name: a\n1: x',
      "2:1: '1' is not a setting of the file; use one of: name, size, colours, environments",
    ],
    ['missing setting', 'size: {}', "1:1: the file lacks 'name'; add it"],
    [
      'value outside the list',
      'name: a\ncolours: [red, gren]',
      "2:16: 'colours.1' is 'gren'; did you mean 'green'? (use one of: red, green)",
    ],
    [
      'text for a number',
      "name: a\nsize:\n  broker_count: '4'",
      "3:3: 'size.broker_count' must be a whole number, but is '4'; write for example 2",
    ],
    [
      'fraction for a whole number',
      'name: a\nsize:\n  broker_count: 1.5',
      "3:3: 'size.broker_count' must be a whole number, but is 1.5; write for example 2",
    ],
    [
      'not a number at all',
      'name: a\nsize:\n  broker_count: .nan',
      "3:3: 'size.broker_count' must be a whole number, but is NaN; write for example 2",
    ],
    ['number for text', 'name: 7', "1:1: 'name' must be text, but is 7; put it in quotes"],
    [
      'too small',
      'name: a\nsize:\n  broker_count: 0',
      "3:3: 'size.broker_count' must be >= 1, but is 0; write for example 2",
    ],
    ['wrong pattern', 'name: a\nsize:\n  label: B C', "3:3: 'size.label' is 'B C'; use lower-case letters"],
    ['twice in a list', 'name: a\ncolours: [red, red]', "2:1: 'colours' names an entry twice; remove one"],
    ['value left out', 'name: a\nsize:\n  label:', "3:3: 'size.label' must be text, but is empty; correct it"],
    ['duplicate key', 'name: a\nname: b', '2:1: Map keys must be unique; keep one of the two'],
    ['tab', 'name: a\nsize:\n\tlabel: b', '3:1: Tabs are not allowed as indentation; indent with spaces'],
    ['unknown alias', 'name: *who', "1:7: '*who' refers to no anchor before it; write the value out"],
    ['tag', 'name: !secret a', '1:7: Unresolved tag: !secret; remove the tag'],
    [
      'two documents',
      'name: a\n---\nname: b',
      "2:1: it holds more than one document; keep one and remove the '---' lines",
    ],
    ['empty file', '', "1:1: the file is empty; it needs at least 'name: <a name of your own>'"],
    ['only comments', '# nothing\n', "1:1: the file is empty; it needs at least 'name: <a name of your own>'"],
    ['a list', '- a', "1:1: the file holds no settings; begin with 'name: <a name of your own>'"],
    ['plain text', 'hello', "1:1: the file holds no settings; begin with 'name: <a name of your own>'"],
    [
      'account as a number',
      'name: a\nenvironments:\n  dev:\n    account: 123456789012',
      "4:5: 'environments.dev.account' must be text, but is 123456789012; put it in quotes",
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual([expected]);
  });

  test('in bytes that are no text', () => {
    expect(problemsOf(Buffer.from([0x6e, 0xff, 0xfe, 0x00]))).toEqual([
      '1:1: the file is not UTF-8 text; save it as UTF-8',
    ]);
  });

  test('in a file that does not exist', () => {
    const file = join(directory, 'absent.yaml');
    expect(() => loadBlueprintFile({ file, schema })).toThrow(
      `${file}:1:1: the file cannot be read (ENOENT); check the path`,
    );
  });

  test('in a file too large to be settings', () => {
    expect(problemsOf('#'.repeat(300_000))).toEqual([
      '1:1: the file has 300000 bytes, more than the 262144 allowed; is it the right file?',
    ]);
  });

  test('in aliases that multiply beyond measure', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (const [name, of] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf'])
      bomb.push(`${name}: &${name} [${Array(9).fill(`*${of}`)}]`);
    expect(problemsOf(bomb.join('\n'))).toEqual(['1:1: its aliases (*name) expand without measure; write them out']);
  });

  test.each([100, 60_000])('in %d nested lists', (depth) => {
    expect(problemsOf(`name: ${'['.repeat(depth)}${']'.repeat(depth)}`)).toEqual([
      '1:1: it nests deeper than 64 levels; flatten it',
    ]);
  });

  test('all of them, in the order of their lines', () => {
    expect(problemsOf('nmae: a\nsize:\n  label: B\n  broker_count: 0\n').map((each) => each.split(':')[0])).toEqual([
      '1',
      '1',
      '3',
      '4',
    ]);
  });

  test('in an environment that is not there', () => {
    const text = 'name: a\nenvironments:\n  dev: {}\n  prod: {}\n';
    expect(problemsOf(text, 'prd')).toEqual([
      "2:1: there is no environment 'prd'; did you mean 'prod'? (use one of: dev, prod)",
    ]);
  });

  test('in an override, at the line of the override', () => {
    const text = 'name: a\nenvironments:\n  prod:\n    overrides:\n      size:\n        broker_count: 0\n';
    expect(problemsOf(text, 'prod')).toEqual([
      "6:9: 'environments.prod.overrides.size.broker_count' must be >= 1, but is 0; write for example 2",
    ]);
  });

  test('never breaks its line, whatever the file holds', () => {
    expect(problemsOf('name: a\n"x\\ny": 1').join()).not.toContain('\n');
  });
});

describe('any file', () => {
  test('is read or refused with a YamlFileError, nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.object().map((each) => stringify(each)),
        ),
        (text) => {
          for (const problem of problemsOf(text)) expect(problem).toMatch(/^[1-9]\d*:[1-9]\d*: .+; .+$/);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('with good settings is read as it was written', () => {
    const settings = fc.record({
      name: fc.string(),
      size: fc.record({ broker_count: fc.integer({ min: 1 }), label: fc.stringMatching(/^[a-z]*$/) }),
    });
    fc.assert(
      fc.property(settings, (written) => {
        const { settings: read } = load(stringify(written));
        expect([read.name, read.size.brokerCount, read.size.label]).toEqual([
          written.name,
          written.size.broker_count,
          written.size.label,
        ]);
      }),
      { numRuns: 200 },
    );
  });
});
