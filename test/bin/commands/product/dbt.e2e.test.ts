import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dbtModelsOf } from '../../../../bin/commands/product/dbt';
import { contractOf, FULL_CONTRACT } from '../../../lib/mesh/contracts';
import { preparePackages } from '../../../support/python-environment';

const DBT = join(__dirname, '..', '..', '..', '..', 'blueprints', 'lakehouse', 'dbt');

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-contract-'));
let commands: string;

function parse(contractFile: string): void {
  writeFileSync(join(folder, 'models', 'contract.yml'), contractFile);
  execFileSync(join(commands, 'dbt'), ['parse', '--profiles-dir', '.', '--no-version-check'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: 'false' },
  });
}

beforeAll(async () => {
  const requirements = join(DBT, 'requirements.txt');
  commands = await preparePackages({ name: 'dbt', requirements, about: 'dbt for Athena, about 180 MB' });
  cpSync(join(DBT, 'profiles.yml'), join(folder, 'profiles.yml'));
  const { profile } = /profile: (?<profile>\S+)/.exec(readFileSync(join(DBT, 'dbt_project.yml'), 'utf8'))?.groups ?? {};
  writeFileSync(
    join(folder, 'dbt_project.yml'),
    `name: contract\nversion: 1.0.0\nconfig-version: 2\nprofile: ${profile}\n`,
  );
  mkdirSync(join(folder, 'models'));
  writeFileSync(join(folder, 'models', 'exposures.sql'), "{{ config(materialized='table') }}\nselect 1 as nothing\n");
}, 10 * 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the contract is read by dbt's own parser as an enforced model contract, with its tests", () => {
  parse(dbtModelsOf(contractOf(FULL_CONTRACT)));
  const { nodes } = JSON.parse(readFileSync(join(folder, 'target', 'manifest.json'), 'utf8')) as {
    nodes: Record<
      string,
      { config: object; columns: Record<string, { data_type: string }>; test_metadata?: { name: string } }
    >;
  };
  const model = nodes['model.contract.exposures'];
  expect(model.config).toMatchObject({ contract: { enforced: true } });
  expect(Object.entries(model.columns).map(([name, { data_type }]) => [name, data_type])).toEqual([
    ['trader_id', 'varchar'],
    ['symbol', 'varchar'],
    ['exposure', 'numeric(38, 8)'],
    ['valued_at', 'timestamptz'],
    ['tags', 'super'],
  ]);
  const tests = Object.values(nodes).flatMap(({ test_metadata }) => test_metadata?.name ?? []);
  expect(tests.length).toBeGreaterThan(0);
}, 120_000);

test('what is no contract of dbt is refused by the same parser', () => {
  expect(() => parse('version: 2\nmodels: {exposures: 1}\n')).toThrow();
}, 120_000);
