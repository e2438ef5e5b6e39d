import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import schema from '../../../blueprints/warehouse/blueprint.schema.json';
import { settingAt, settingPaths } from '../../support/settings-schema';

const page = readFileSync(join(__dirname, '../../../docs/warehouse.md'), 'utf8');

/** The rows of the table: every setting that one names, with the default where it tells one. */
const rows = [...page.slice(page.indexOf('## Settings')).matchAll(/^\| (`[a-z_].*?) \| (.*?) ?\|/gm)].map((match) => {
  const [first, ...others] = [...match[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  const group = first.slice(0, first.lastIndexOf('.'));
  const names = [first, ...others.map((name) => (name.startsWith('.') ? `${group}${name}` : name))];
  return { names, value: /^`(.*)`$/.exec(match[2].trim())?.[1] };
});

test('the page explains every setting, and none that is not there', () => {
  const paths = settingPaths(schema, { intoLists: true });
  expect(paths.length).toBeGreaterThan(15);
  expect(rows.flatMap(({ names }) => names).sort()).toEqual([...paths].sort());
});

test('it tells the defaults that the schema has', () => {
  const settings = { sources: [{ name: 'api', connector: 'http' }] };
  new Ajv({ useDefaults: true, strict: false }).validate(schema, settings);
  const told = rows.flatMap(({ names, value }) =>
    value === undefined ? [] : names.map((name) => [name, parse(value)]),
  );
  expect(told).toEqual(told.map(([name]) => [name, settingAt(settings, String(name))]));
  expect(told.length).toBeGreaterThan(10);
});
