import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** dbt is 180 MB that nothing else here needs; its test is run when it is asked for. */
const isAskedFor = process.env.DATA_PATTERNS_TEST_DBT === '1';

(isAskedFor ? describe : describe.skip)('the dbt project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'data-patterns-dbt-'));
  const project = join(folder, 'project');
  const environment = join(folder, 'venv');

  function dbt(...args: string[]): string {
    return execFileSync(join(environment, 'bin', 'dbt'), [...args, '--profiles-dir', '.', '--no-version-check'], {
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

  beforeAll(() => {
    cpSync(join(__dirname, '..', '..', '..', 'blueprints', 'lakehouse', 'dbt'), project, { recursive: true });
    execFileSync('python3', ['-m', 'venv', environment]);
    const requirements = join(project, 'requirements.txt');
    execFileSync(join(environment, 'bin', 'pip'), ['install', '-q', '--require-hashes', '-r', requirements]);
  }, 10 * 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is parsed', () => {
    dbt('parse');
    const manifest = JSON.parse(readFileSync(join(project, 'target', 'manifest.json'), 'utf8'));
    expect(manifest.nodes['model.trading_lakehouse.trades']).toMatchObject({ schema: 'silver', alias: 'trades' });
  }, 120_000);

  test('is compiled without AWS, against the database with the prefix', () => {
    dbt('compile', '--no-populate-cache', '--no-introspect', '--select', 'trades', '--vars', '{prefix: stage_}');
    const compiled = join(project, 'target', 'compiled', 'trading_lakehouse', 'models', 'silver', 'trades.sql');
    expect(readFileSync(compiled, 'utf8')).toContain('from "awsdatacatalog"."stage_bronze"."trades"');
  }, 120_000);
});
