import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse, parseAllDocuments } from 'yaml';
import { prepareToolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import { DataProductContract } from '../../lib/mesh';
import packageJson from '../../package.json';
import { compileSamples } from './compile-samples';
import { ROOT, type Sample, samples } from './samples';

// Compiled, parsed or checked against the schema that readers' editors use: whatever stands between fences in README and docs.
jest.setTimeout(300_000);
const ALL = samples();
const of = (...languages: string[]): [string, Sample][] =>
  ALL.filter(({ language }) => languages.includes(language)).map((sample) => [sample.place, sample]);

let scratch: string;
beforeAll(() => (scratch = mkdtempSync(join(tmpdir(), 'samples-'))));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('every block says what it is in, and is of a language that is checked here', () => {
  expect(ALL.length).toBeGreaterThan(40);
  const checked = ['ts', 'sh', 'yaml', 'json', 'sql', 'python', 'text'];
  expect(ALL.filter(({ language }) => !checked.includes(language)).map(({ place }) => place)).toEqual([]);
});

describe('TypeScript', () => {
  const wrong = { place: 'wrong', language: 'ts', text: "new DataKey(this, 'Key', { profil: 1 });", prelude: '' };
  /** The names that a Python sample imports, which are those of the library. */
  const importsOf = ({ place, text }: Sample): Sample => {
    const names = [...text.matchAll(/from cdk_data_patterns import (.*)/g)].map(([, list]) => list);
    return {
      place,
      language: 'ts',
      text: `import type { ${names.join(', ')} } from 'cdk-data-patterns';`,
      prelude: '',
    };
  };
  let said: Map<string, string[]>;
  beforeAll(() => {
    const [own, python] = [of('ts'), of('python')].map((found) => found.map(([, sample]) => sample));
    said = compileSamples([...own, ...python.map(importsOf), wrong]);
  });

  test.each(of('ts'))('%s compiles', (place) => expect(said.get(place)).toEqual([]));

  test.each(of('python'))('%s imports what there is', (place) => expect(said.get(place)).toEqual([]));

  test('what does not compile is told', () => {
    expect(said.get('wrong')).toEqual([expect.stringContaining("'profil' does not exist")]);
  });
});

describe('shell', () => {
  const help = new Map<string, string>();
  /** Help of a command of ours, asked once. */
  const helpOf = (command: string): string => {
    const known =
      help.get(command) ?? run(process.execPath, 'dist/bin/data-patterns.js', ...command.split(' '), '--help');
    help.set(command, known);
    return known;
  };
  const SUBCOMMANDS = ['schema', 'product'];

  test.each(of('sh'))('%s is bash, and names commands and options that there are', (_, { text }) => {
    expect(spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' }).stderr).toBe('');
    for (const [, rest] of text.matchAll(/npx data-patterns ([^#\n]*)/g)) {
      const [first, second = ''] = rest.trim().split(/\s+/);
      const shown = helpOf(SUBCOMMANDS.includes(first) ? `${first} ${second}` : first);
      for (const option of rest.match(/--[a-z-]+/g) ?? []) expect(shown).toContain(`${option} `.trimEnd());
    }
    for (const [, script] of text.matchAll(/npm run ([\w:]+)/g))
      expect(Object.keys(packageJson.scripts)).toContain(script);
  });

  test('an option that there is not is told', () => expect(helpOf('review')).not.toContain('--nonsense'));
});

describe('YAML', () => {
  const schema = (file: string): object => JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as object;
  const BLUEPRINTS = readdirSync(join(ROOT, 'blueprints')).filter((name) =>
    existsSync(join(ROOT, 'blueprints', name, 'blueprint.schema.json')),
  );

  /** What a source of the warehouse may speak. */
  const SOURCES = ['airbyte', 'rest_api', 'sql_database'];

  /** What is wrong with a sample, by what it looks like: a contract, answers, approvals, a mapping, a source, or a part of settings. */
  function problemsOf(text: string): string[] {
    const documents = parseAllDocuments(text);
    const broken = documents.flatMap(({ errors }) => errors.map(({ message }) => message));
    if (broken.length > 0) return broken;
    const content = parse(text) as Record<string, unknown>;
    // Steps of a workflow.
    if (Array.isArray(content)) return content.every((step) => 'uses' in step || 'run' in step) ? [] : ['no steps'];
    if ('interfaces' in content) return contractProblems(text);
    if ('approvals' in content) return invalid(schema('bin/commands/review/approvals.schema.json'), content);
    if ('latency' in content) return invalid(schema('bin/commands/advise/requirements.schema.json'), content);
    if ('fields' in content) return invalid(schema('blueprints/lakehouse/source.schema.json'), content);
    if (SOURCES.some((kind) => kind in content))
      return invalid(schema('blueprints/warehouse/source.schema.json'), content);
    const fits = BLUEPRINTS.map((name) => {
      const whole = parse(readFileSync(join(ROOT, 'blueprints', name, 'blueprint.yaml'), 'utf8')) as object;
      return invalid(schema(`blueprints/${name}/blueprint.schema.json`), merged(whole, content));
    });
    return fits.some((each) => each.length === 0) ? [] : fits.sort((a, b) => a.length - b.length)[0];
  }

  function contractProblems(text: string): string[] {
    try {
      DataProductContract._fromText('sample.yaml', text, {});
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  }

  function invalid(against: object, content: unknown): string[] {
    const ajv = new Ajv({ allErrors: true, strict: false });
    addFormats(ajv);
    const validate = ajv.compile(against);
    return validate(content)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  function merged(whole: unknown, part: unknown): unknown {
    const isGroup = (value: unknown): value is Record<string, unknown> =>
      typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isGroup(whole) || !isGroup(part)) return part;
    const keys = [...new Set([...Object.keys(whole), ...Object.keys(part)])];
    return Object.fromEntries(keys.map((key) => [key, key in part ? merged(whole[key], part[key]) : whole[key]]));
  }

  test.each(of('yaml'))('%s is valid', (_, { text }) => expect(problemsOf(text)).toEqual([]));

  test.each([
    'profle: sandbox',
    'approvals: [{id: x}]',
    'latency: {fastest: soon}',
    'fields: {nonsense: {path: a}}',
    'airbyte: {streams: []}',
    'a: [',
  ])('what is not valid is told: %s', (text) => expect(problemsOf(text)).not.toEqual([]));
});

test.each(of('json'))('%s is JSON', (_, { text }) => {
  // A part of a file begins with a key.
  expect(() => JSON.parse(text.startsWith('"') ? `{${text}}` : text) as unknown).not.toThrow();
});

describe('what the toolchain’s Python reads', () => {
  let python: string;
  beforeAll(async () => (python = (await prepareToolchain({ onProgress: () => undefined })).python));
  const file = (name: string, text: string): string => {
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, name), text);
    return join(scratch, name);
  };

  test.each(of('python'))('%s is Python, without a name that it lacks', (_, { text }) => {
    const sample = file('sample.py', text);
    run(python, '-m', 'ruff', 'check', '--select', 'E,F', '--line-length', '120', sample);
  });

  test.each(of('sql'))('%s parses in the dialect of Athena', (_, { text }) => {
    run(python, '-m', 'sqlfluff', 'parse', '--dialect', 'athena', file('sample.sql', text));
  });
});

function run(command: string, ...args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${args.join(' ')}:\n${stdout}${stderr}`);
  }
}
