import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { seedBlock } from './blocks';

const project = join(__dirname, '..', '..', 'blueprints', 'lakehouse', 'dbt');
const seed = seedBlock({ language: 'python', section: 'Pattern 2: The Lakehouse > Example Implementation' }).text;

/** The names that the last list of a SELECT gives its columns. */
function columns(select: string): string[] {
  const [list] = select.slice(select.toLowerCase().lastIndexOf('select') + 'select'.length).split(/\bfrom\b/i);
  return [...list.matchAll(/(\w+)\s*(?:,\s*$|$)/gm)].map(([, name]) => name);
}

describe('the seed’s silver model', () => {
  const [, path, sql] = /^# (models\/\S+\.sql)\nsilver_trades = spark\.sql\("""(.*?)"""\)/ms.exec(seed) ?? [];

  test('stands at the place that the seed names', () => {
    expect(path).toBe('models/silver/trades.sql');
    expect(readFileSync(join(project, path), 'utf8')).toContain("source('bronze', 'trades')");
  });

  test('has the columns of the seed in their order, then those of the seed’s DDL', () => {
    const ours = columns(readFileSync(join(project, path), 'utf8'));
    expect(ours.slice(0, 5)).toEqual(columns(sql));
    expect(ours.slice(5)).toEqual(['is_valid', 'validation_errors']);
  });

  test('replaces rows and never the table, whose ids are the stack’s', () => {
    const { models } = parse(readFileSync(join(project, 'dbt_project.yml'), 'utf8'));
    expect(models.trading_lakehouse.silver).toMatchObject({
      '+materialized': 'incremental',
      '+incremental_strategy': 'append',
      '+pre-hook': 'delete from {{ this }}',
    });
  });
});

test('every package of the dbt environment is pinned by hash', () => {
  const lines = readFileSync(join(project, 'requirements.txt'), 'utf8').split('\n');
  const packages = lines.filter((line) => /^[a-z]/i.test(line));
  expect(packages).toContainEqual(expect.stringMatching(/^dbt-core==1\.10\./));
  expect(packages.filter((line) => !/^\S+==\S+ \\$/.test(line))).toEqual([]);
  expect(lines.filter((line) => line.includes('--hash=sha256:')).length).toBeGreaterThanOrEqual(packages.length);
});
