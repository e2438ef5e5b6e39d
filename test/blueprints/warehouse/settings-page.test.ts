import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import schema from '../../../blueprints/warehouse/blueprint.schema.json';

interface Node {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

const definitions: Readonly<Record<string, Node>> = schema.definitions as unknown as Record<string, Node>;
const page = readFileSync(join(__dirname, '../../../docs/warehouse.md'), 'utf8');

function resolved(node: Node): Node {
  return node.$ref ? definitions[node.$ref.split('/').at(-1) as string] : node;
}

/** Every setting that holds no others, `[]` standing for each entry of a list. */
function pathsOf(node: Node, path = ''): string[] {
  const { properties, items } = resolved(node);
  if (properties) {
    return Object.entries(properties).flatMap(([name, each]) => pathsOf(each, path ? `${path}.${name}` : name));
  }
  return items && resolved(items).properties ? pathsOf(items, `${path}[]`) : [path];
}

/** The rows of the table: every setting that one names, with the default where it tells one. */
const rows = [...page.slice(page.indexOf('## Settings')).matchAll(/^\| (`[a-z_].*?) \| (.*?) ?\|/gm)].map((match) => {
  const [first, ...others] = [...match[1].matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  const group = first.slice(0, first.lastIndexOf('.'));
  const names = [first, ...others.map((name) => (name.startsWith('.') ? `${group}${name}` : name))];
  return { names, value: /^`(.*)`$/.exec(match[2].trim())?.[1] };
});

test('the page explains every setting, and none that is not there', () => {
  const paths = pathsOf(schema as unknown as Node);
  expect(paths.length).toBeGreaterThan(15);
  expect(rows.flatMap(({ names }) => names).sort()).toEqual([...paths].sort());
});

test('it tells the defaults that the schema has', () => {
  const settings = { sources: [{ name: 'api', connector: 'http' }] };
  new Ajv({ useDefaults: true, strict: false }).validate(schema, settings);
  const valueAt = (name: string) =>
    name
      .replace('[]', '.0')
      .split('.')
      .reduce((value: unknown, key) => (value as Record<string, unknown>)[key], settings);
  const told = rows.flatMap(({ names, value }) =>
    value === undefined ? [] : names.map((name) => [name, parse(value)]),
  );
  expect(told).toEqual(told.map(([name]) => [name, valueAt(String(name))]));
  expect(told.length).toBeGreaterThan(10);
});
