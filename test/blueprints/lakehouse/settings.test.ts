import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { parse } from 'yaml';
import { type LakehouseSettings, loadLakehouseSettings } from '../../../blueprints/lakehouse/settings';
import schema from '../../../blueprints/lakehouse/blueprint.schema.json';
import { settingAt, settingPaths } from '../../support/settings-schema';

const BLUEPRINT = join(__dirname, '../../../blueprints/lakehouse');

describe('the lakehouse’s blueprint.yaml', () => {
  const settings = loadLakehouseSettings(BLUEPRINT).settings;

  test('is a sandbox of the seed’s names, agnostic of account and region, by default', () => {
    expect(loadLakehouseSettings(BLUEPRINT)).toMatchObject({
      environment: { name: 'dev', account: undefined, region: undefined },
      settings: {
        profile: 'sandbox',
        databases: { prefix: '' },
        extensions: [],
        sources: { kafka: { topic: 'trades' } },
      },
    });
  });

  test('is cheap at rest: small brokers of its own and jobs that stop when they have caught up', () => {
    expect([settings.sources.kafka.cluster, settings.bronze.ingestion]).toEqual(['provisioned', 'catch_up']);
  });

  test('bounds invalid rows at one in ten', () => {
    expect(settings.quality.maxInvalidShare).toBe(0.1);
  });

  test('spells out what the schema would fill in anyway', () => {
    const ajv = new Ajv({ useDefaults: true }).addVocabulary(['patternErrorMessage']);
    const least = { name: 'trading' };
    expect(ajv.validate(schema, least)).toBe(true);
    const written = parse(readFileSync(join(BLUEPRINT, 'blueprint.yaml'), 'utf8'));
    expect({ ...least, environments: written.environments }).toEqual(written);
  });

  test.each([
    ['dev', 'sandbox', ''],
    ['stage', 'sandbox', 'stage_'],
    ['prod', 'production', ''],
  ])('has an environment %s with profile %s and prefix %j', (name, profile, prefix) => {
    const chosen: LakehouseSettings = loadLakehouseSettings(BLUEPRINT, name).settings;
    expect([chosen.profile, chosen.databases.prefix]).toEqual([profile, prefix]);
  });

  test('names its schema for editors', () => {
    expect(readFileSync(join(BLUEPRINT, 'blueprint.yaml'), 'utf8')).toMatch(
      /^# yaml-language-server: \$schema=\.\/blueprint\.schema\.json\n/,
    );
  });
});

describe('the lakehouse’s JSON Schema', () => {
  const validate = new Ajv({ allErrors: true }).addVocabulary(['patternErrorMessage']).compile(schema);

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

  test.each([
    ['cron(15 0 * * ? *)', true],
    ['rate(1 hour)', true],
    ['off', true],
    ['*/15 * * * *', false],
    ['cron(15 0 * * ?)', false],
    ['rate(0 hours)', false],
  ])('pipeline schedule %j allowed: %p', (schedule, allowed) => {
    expect(validate({ name: 'trading', pipeline: { schedule } })).toBe(allowed);
  });

  test('wants the brokers described when they exist already', () => {
    const existing = {
      bootstrap_servers: 'b-1.x.kafka.eu-central-1.amazonaws.com:9098',
      cluster_arn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/x/0a-1',
      vpc_id: 'vpc-0123456789abcdef0',
      subnet_ids: ['subnet-0123456789abcdef0'],
      availability_zones: ['eu-central-1a'],
      security_group_id: 'sg-0123456789abcdef0',
    };
    expect(validate({ name: 'trading', sources: { kafka: { cluster: 'existing', existing } } })).toBe(true);
    expect(validate({ name: 'trading', sources: { kafka: { cluster: 'existing' } } })).toBe(false);
    expect(validate.errors?.map((each) => each.message)).toContain("must have required property 'existing'");
  });
});

describe('docs/blueprint-yaml.md', () => {
  test('explains every setting', () => {
    const explained = (path: string) =>
      page.includes(`\`${path}\``) || new RegExp(`^ *${path.split('.').at(-1)}: `, 'm').test(page);
    expect(settingPaths(schema).length).toBeGreaterThan(30);
    expect(settingPaths(schema).filter((path) => !explained(path))).toEqual([]);
  });

  const page = readFileSync(join(__dirname, '../../../docs/blueprint-yaml.md'), 'utf8');
  const ajv = new Ajv({ useDefaults: true }).addVocabulary(['patternErrorMessage']);

  test('tells the defaults that the schema has', () => {
    const defaults = { name: 'trading' };
    ajv.validate(schema, defaults);
    const rows = [...page.matchAll(/^\| `([a-z_.]+)` \| (?:`(.*?)`)? \|/gm)].map(([, name, value]) => [name, value]);
    const told = rows.filter(([name, value]) => value !== undefined && name !== 'name');
    expect(told.map(([name, value]) => [name, parse(value)])).toEqual(
      told.map(([name]) => [name, settingAt(defaults, name)]),
    );
    expect(told).toHaveLength(26);
  });

  test('has examples that the schema accepts', () => {
    const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => ({ name: 'trading', ...parse(text) }));
    expect(examples.map((each) => [ajv.validate(schema, each), ajv.errorsText()])).toEqual([
      [true, 'No errors'],
      [true, 'No errors'],
    ]);
  });
});
