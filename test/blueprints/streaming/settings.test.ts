import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import schema from '../../../blueprints/streaming/blueprint.schema.json';
import { settingAt, settingPaths } from '../../support/settings-schema';
import { loadStreamingSettings } from '../../../blueprints/streaming/settings';

const BLUEPRINT = join(__dirname, '../../../blueprints/streaming');
const newAjv = () => new Ajv({ useDefaults: true, allErrors: true }).addVocabulary(['patternErrorMessage']);

describe('the stream’s blueprint.yaml', () => {
  test('is a sandbox with small brokers of its own and pollers that cost nothing, by default', () => {
    const { environment, settings } = loadStreamingSettings(BLUEPRINT);
    expect(environment).toMatchObject({ name: 'dev', account: undefined });
    expect(settings).toMatchObject({
      profile: 'sandbox',
      backbone: { cluster: 'provisioned', partitions: 3 },
      serving: { generation: 1, provisionedPollers: 0 },
      processing: { generations: [{ number: 1, sql: 'flink' }] },
    });
  });

  test('spells out what the schema would fill in anyway', () => {
    const least: Record<string, unknown> = { name: 'trading' };
    expect(newAjv().validate(schema, least)).toBe(true);
    const written = parse(readFileSync(join(BLUEPRINT, 'blueprint.yaml'), 'utf8'));
    expect({ ...least, environments: written.environments }).toEqual(written);
  });

  test.each([
    ['dev', 'sandbox', 3],
    ['stage', 'sandbox', 3],
    ['prod', 'production', 12],
  ])('has an environment %s of profile %s with %i partitions', (name, profile, partitions) => {
    const { settings } = loadStreamingSettings(BLUEPRINT, name);
    expect([settings.profile, settings.backbone.partitions]).toEqual([profile, partitions]);
  });
});

describe('a mistake in blueprint.yaml', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'streaming-settings-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    [
      'serving:\n  generation: 2\n',
      /blueprint\.yaml:3:3: generation 2 is served, and runs nowhere; name one of .*: 1$/,
    ],
    [
      'processing:\n  generations:\n    - {number: 1, sql: flink}\n    - {number: 1, sql: other}\n',
      /blueprint\.yaml:3:3: two generations have the number 1; give one another$/,
    ],
    [
      'processing:\n  generations:\n    - {number: 1, sql: flinc}\n',
      /blueprint\.yaml:4:19: the folder 'flinc' has no SQL file, or is not there; create flinc\/\*\.sql beside blueprint\.yaml$/,
    ],
    ['serving:\n  windows: 5\n', /blueprint\.yaml:3:3: 'windows' is not a setting of 'serving'; .*windows_kept/],
    ['backbone:\n  partitions: 0\n', /blueprint\.yaml:3:3: 'backbone.partitions' must be >= 1/],
    ['backbone:\n  cluster: existing\n', /'backbone' lacks 'existing'; add it/],
  ])('%j is told with file, line and remedy', (text, message) => {
    writeFileSync(join(folder, 'blueprint.yaml'), `name: trading\n${text}`);
    expect(() => loadStreamingSettings(folder)).toThrow(message);
  });
});

describe('the stream’s JSON Schema', () => {
  test('describes every setting', () => {
    const undescribed: string[] = [];
    const visit = (value: unknown, at: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const { properties } = value as { properties?: Record<string, Record<string, unknown>> };
      for (const [name, property] of Object.entries(properties ?? {})) {
        const leaf = !property.properties && !property.$ref && property.type !== 'object';
        if (leaf && !property.description && !property.const) undescribed.push(`${at}.${name}`);
      }
      for (const [key, inner] of Object.entries(value)) if (key !== 'then') visit(inner, `${at}.${key}`);
    };
    visit(schema, '');
    expect(undescribed).toEqual([]);
  });

  test('has every setting explained in docs/streaming-blueprint-yaml.md', () => {
    const page = readFileSync(join(__dirname, '../../../docs/streaming-blueprint-yaml.md'), 'utf8');
    const explained = (path: string) =>
      page.includes(`\`${path}\``) || new RegExp(`^ *(- )?\\{?${path.split('.').at(-1)}: `, 'm').test(page);
    expect(settingPaths(schema).length).toBeGreaterThan(15);
    expect(settingPaths(schema).filter((path) => !explained(path))).toEqual([]);
  });

  test('has the defaults that the page tells', () => {
    const page = readFileSync(join(__dirname, '../../../docs/streaming-blueprint-yaml.md'), 'utf8');
    const defaults: Record<string, unknown> = { name: 'trading' };
    newAjv().validate(schema, defaults);
    const rows = [...page.matchAll(/^\| `([a-z_.]+)` \| `(.*?)` \|/gm)].map(([, name, value]) => [name, parse(value)]);
    expect(rows.length).toBeGreaterThan(10);
    expect(rows).toEqual(rows.map(([name]) => [name, settingAt(defaults, name)]));
  });
});
