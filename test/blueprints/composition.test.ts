import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const BLUEPRINTS = join(__dirname, '../../blueprints');
/** Of a hybrid's TypeScript, wherever it stands in its folder: what it composes belongs into constructs, YAML and SQL. */
const MOST_LINES = 80;

function linesOf(blueprint: string): number {
  const files = readdirSync(join(BLUEPRINTS, blueprint), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(BLUEPRINTS, blueprint, file), 'utf8').split('\n').length - 1)
    .reduce((sum, lines) => sum + lines, 0);
}

test.each(['lakehouse-warehouse', 'streaming-batch'])(
  '%s is composition: 80 lines at most, helpers counted',
  (name) => {
    expect(linesOf(name)).toBeGreaterThan(0);
    expect(linesOf(name)).toBeLessThanOrEqual(MOST_LINES);
  },
);

test('a pattern, which is more than composition, has more', () => {
  expect(linesOf('lakehouse')).toBeGreaterThan(MOST_LINES);
});

// dbt takes macros from a project's own folder or from a package that is fetched, and a project is deployed as it stands.
test('macros that both warehouses have are the same', () => {
  const [alone, beside] = ['warehouse/dbt', 'lakehouse-warehouse/warehouse/dbt'].map((folder) => {
    const macros = join(BLUEPRINTS, folder, 'macros');
    return new Map(readdirSync(macros).map((name) => [name, readFileSync(join(macros, name), 'utf8')]));
  });
  const shared = [...beside].filter(([name]) => alone.has(name));
  expect(shared.length).toBeGreaterThan(0);
  for (const [name, text] of shared) expect([name, text]).toEqual([name, alone.get(name)]);
});
