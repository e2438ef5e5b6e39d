import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preparePackages } from '../../support/python-environment';

const DBT = join(__dirname, '..', '..', '..', 'blueprints', 'lakehouse', 'dbt');

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-dbt-'));
const project = join(folder, 'project');
let commands: string;

function dbt(...args: string[]): string {
  return execFileSync(join(commands, 'dbt'), [...args, '--profiles-dir', '.', '--no-version-check'], {
    cwd: project,
    encoding: 'utf8',
    env: {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
      DBT_SEND_ANONYMOUS_USAGE_STATS: 'false',
    },
  });
}

beforeAll(async () => {
  const requirements = join(DBT, 'requirements.txt');
  commands = await preparePackages({ name: 'dbt', requirements, about: 'dbt for Athena, about 180 MB' });
  cpSync(DBT, project, { recursive: true });
}, 10 * 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the dbt project is parsed', () => {
  dbt('parse');
  const manifest = JSON.parse(readFileSync(join(project, 'target', 'manifest.json'), 'utf8'));
  expect(manifest.nodes['model.trading_lakehouse.trades']).toMatchObject({ schema: 'silver', alias: 'trades' });
}, 120_000);

test('silver is compiled without AWS, against the database with the prefix', () => {
  dbt('compile', '--no-populate-cache', '--no-introspect', '--select', 'trades', '--vars', '{prefix: stage_}');
  const compiled = join(project, 'target', 'compiled', 'trading_lakehouse', 'models', 'silver', 'trades.sql');
  expect(readFileSync(compiled, 'utf8')).toContain('from "awsdatacatalog"."stage_bronze"."trades"');
}, 120_000);
