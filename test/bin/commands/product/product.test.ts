import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { FULL_CONTRACT, SEED_CONTRACT } from '../../../lib/mesh/contracts';
import { runProduct } from '../../../support/product-command';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'product-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** Runs the command; what it printed without the folder, and its exit status. An input error is thrown. */
async function run(...args: string[]): Promise<{ out: string; status: unknown }> {
  const { out, status } = await runProduct(...args);
  return { out: out.replaceAll(`${folder}/`, ''), status };
}

const EXPOSURES = FULL_CONTRACT.replace('    - product: trading.quotes\n', '').replace(', trading.quotes.mid', '');
const APPROVED = `${SEED_CONTRACT}consumers: [{domain: risk, product: risk.exposures, purpose: limits}]\n`;

describe('lint', () => {
  test('finds nothing in contracts that are right by themselves and together', async () => {
    const files = [file('trades.yaml', APPROVED), file('exposures.yaml', EXPOSURES)];
    expect(await run('lint', ...files)).toEqual({
      out: 'trades.yaml: trading.trades 1.0.0: fine\nexposures.yaml: risk.exposures 2.3.1: fine\n',
      status: 0,
    });
  });

  test('tells every problem of every file with its place, and ends with 1', async () => {
    const { out, status } = await run(
      'lint',
      file('a.yaml', SEED_CONTRACT.replace('5 minutes', '5')),
      file('b.yaml', EXPOSURES),
    );
    expect(out).toContain("a.yaml:25:3: 'sla.freshness' must be text, but is 5; put it in quotes\n");
    expect(out).toContain('b.yaml: risk.exposures 2.3.1: fine\n');
    expect(status).toBe(1);
  });

  const between: [string, string, string, string][] = [
    [
      'two products of one name',
      SEED_CONTRACT,
      SEED_CONTRACT,
      "b.yaml:2:1: 'trading.trades' has a contract for version 1 already",
    ],
    [
      'a subscription that the owner has not approved',
      SEED_CONTRACT,
      EXPOSURES,
      "b.yaml:28:8: trading.trades has not approved 'risk'",
    ],
    [
      'an approval that nobody asked for',
      APPROVED,
      EXPOSURES.replace('inputs:', 'inputs: []')
        .replace(/ +- \{product.*\n/, '')
        .replace(/ +columns:\n +exposure: .*\n/, '')
        .replace('inputs: []', 'inputs: [{product: trading.volumes}]'),
      'a.yaml:38:28: risk.exposures does not name trading.trades version 1 among its inputs',
    ],
    [
      'a subscription to a missing version',
      APPROVED,
      EXPOSURES.replace('trades, version: 1', 'trades, version: 7'),
      'b.yaml:28:33: trading.trades has no version 7; it has: 1',
    ],
  ];
  test.each(between)('finds %s', async (_, a, b, expected) => {
    const { out, status } = await run('lint', file('a.yaml', a), file('b.yaml', b));
    expect([out, status]).toEqual([expect.stringContaining(expected), 1]);
  });

  test('finds a cycle in the lineage, once', async () => {
    const cyclic = APPROVED.replace(
      'consumers',
      'lineage: {inputs: [{product: risk.exposures, version: 2}]}\nconsumers',
    );
    const other = EXPOSURES.replace('- {domain: audit, version: 1', '- {domain: trading, version: 2');
    const { out } = await run('lint', file('a.yaml', cyclic), file('b.yaml', other));
    expect(out.match(/a cycle: .*/g)).toEqual([
      'a cycle: trading.trades from risk.exposures from trading.trades; take one of these inputs out',
    ]);
  });

  test('knows that an input does not exist only when told that there are no other contracts', async () => {
    const alone = file('b.yaml', EXPOSURES);
    expect((await run('lint', alone)).status).toBe(0);
    const { out, status } = await run('lint', '--complete', alone);
    expect([out, status]).toEqual([expect.stringContaining("there is no product 'trading.trades'"), 1]);
  });

  test('prints JSON', async () => {
    const { out } = await run('lint', '--json', file('a.yaml', SEED_CONTRACT));
    expect(JSON.parse(out)).toMatchObject({
      command: 'lint',
      ok: true,
      files: [{ product: 'trading.trades', problems: [] }],
    });
  });

  test('refuses a file that is not there', async () => {
    await expect(run('lint', join(folder, 'nope.yaml'))).rejects.toThrow('nope.yaml is not there; check the path.');
  });
});

describe('diff', () => {
  const NARROWER = EXPOSURES.replace('decimal(38, 8)', 'decimal(18, 8)');

  test('names what breaks, whom it hits and what to do, and ends with 1', async () => {
    const { out, status } = await run('diff', file('old.yaml', EXPOSURES), file('new.yaml', NARROWER));
    expect(out.split('\n')).toEqual([
      "new.yaml: breaking: column 'exposure' changes from decimal(38, 8) to decimal(18, 8), and Iceberg cannot read the old files with it; hits finance (finance.pnl) [change-type]",
      'new.yaml: breaking: the version stays 2.3.1, but what changes needs 3.0.0; hits finance (finance.pnl) [version-not-raised]',
      'new.yaml: risk.exposures 2.3.1 to 2.3.1: 2 breaking, 0 risky, 0 safe; take the breaking changes back, or make it version 3.0.0 with interfaces of its own and keep 2.3.1 beside it.',
      '',
    ]);
    expect(status).toBe(1);
  });

  test('ends with 0 for what is safe, and with --allow-risky for what is risky', async () => {
    const old = file('old.yaml', EXPOSURES);
    const risky = file('risky.yaml', EXPOSURES.replace('2.3.1', '2.4.0').replace('99.5%', '99%'));
    const safe = file('safe.yaml', EXPOSURES.replace('2.3.1', '2.4.0').replace('99.5%', '99.9%'));
    expect((await run('diff', old, safe)).status).toBe(0);
    expect((await run('diff', old, risky)).status).toBe(1);
    expect((await run('diff', '--allow-risky', old, risky)).status).toBe(0);
  });

  test('compares with what the files were at a commit of git', async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder, stdio: 'pipe' });
    const contract = file('exposures.yaml', EXPOSURES);
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'One');
    file('exposures.yaml', NARROWER);
    const { out, status } = await run('diff', '--json', '--base', 'HEAD', contract, file('new.yaml', APPROVED));
    const result = JSON.parse(out);
    expect([status, result.ok, result.contracts.length]).toEqual([1, false, 1]);
    expect(result.contracts[0].changes[0]).toMatchObject({ rule: 'change-type', hits: ['finance (finance.pnl)'] });
    await expect(run('diff', '--base', 'nowhere', contract)).rejects.toThrow('--base nowhere is no commit');
  });

  test('refuses one file without --base', async () => {
    await expect(run('diff', file('a.yaml', EXPOSURES))).rejects.toThrow(
      'give the contract before and after, or --base REF',
    );
  });
});

describe('export and import', () => {
  test('go to the Open Data Contract Standard and back', async () => {
    const contract = file('a.yaml', EXPOSURES);
    await run('export', contract, '--out', join(folder, 'odcs.yaml'));
    await run('import', join(folder, 'odcs.yaml'), '--out', join(folder, 'back.yaml'));
    const { out, status } = await run('diff', contract, join(folder, 'back.yaml'));
    expect([out, status]).toEqual([
      'back.yaml: risk.exposures 2.3.1 to 2.3.1: 0 breaking, 0 risky, 0 safe; nothing to do.\n',
      0,
    ]);
  });

  test('overwrite nothing', async () => {
    const contract = file('a.yaml', EXPOSURES);
    await expect(run('export', contract, '--out', contract)).rejects.toThrow('a.yaml is there already');
    expect(readFileSync(contract, 'utf8')).toBe(EXPOSURES);
  });

  test('write nothing of a contract that is none', async () => {
    const target = join(folder, 'out.yaml');
    await expect(run('import', file('a.yaml', 'kind: x\n'), '--out', target)).rejects.toThrow(
      "a.yaml:1:1: 'kind' is 'x'",
    );
    expect(existsSync(target)).toBe(false);
  });

  test('write an enforced model contract of dbt', async () => {
    const { out } = await run('export', '--format', 'dbt', file('a.yaml', EXPOSURES));
    const [model] = parse(out).models;
    expect(model).toMatchObject({ name: 'exposures', config: { contract: { enforced: true } } });
    expect(model.constraints).toContainEqual({ type: 'primary_key', columns: ['trader_id', 'symbol'] });
    expect(model.columns.map((each: { name: string; data_type: string }) => `${each.name} ${each.data_type}`)).toEqual([
      'trader_id varchar',
      'symbol varchar',
      'exposure numeric(38, 8)',
      'valued_at timestamptz',
      'tags super',
    ]);
    expect(model.columns[2]).toMatchObject({ constraints: [{ type: 'not_null' }], data_tests: ['not_null'] });
  });

  test('refuse a dbt model of a contract without columns', async () => {
    await expect(run('export', '--format', 'dbt', file('a.yaml', SEED_CONTRACT))).rejects.toThrow(
      "add 'schema.columns'",
    );
  });
});
