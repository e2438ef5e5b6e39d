import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { Mesh } from '../../../../blueprints/mesh/mesh';
import { loadMeshSettings } from '../../../../blueprints/mesh/settings';
import { odcsOf } from '../../../../bin/commands/product/odcs/export';
import { contractOf, FULL_CONTRACT, SEED_CONTRACT } from '../../../lib/mesh/contracts';
import { preparePackages } from '../../../support/python-environment';

const BLUEPRINT = join(__dirname, '..', '..', '..', '..', 'blueprints', 'mesh');
const { contracts } = new Mesh(BLUEPRINT, loadMeshSettings(BLUEPRINT).settings);

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-datacontract-'));
let command: string;

beforeAll(async () => {
  const requirements = join(__dirname, 'datacontract', 'requirements.txt');
  const about = 'the Data Contract CLI, about 30 MB';
  command = join(await preparePackages({ name: 'datacontract', requirements, about }), 'datacontract');
}, 5 * 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Check {
  readonly name: string;
  readonly result: string;
  readonly reason: string | null;
}

/** What datacontract-cli finds in a contract of the standard; nothing of it is looked up in the network. */
function lint(odcs: object): { status: number | null; checks: string[] } {
  const [file, report] = [join(folder, 'odcs.yaml'), join(folder, 'report.json')];
  writeFileSync(file, stringify(odcs));
  rmSync(report, { force: true });
  const options = ['--all-errors', '--no-inline-references', '--output', report, '--output-format', 'json'];
  const { status } = spawnSync(command, ['lint', file, ...options], { encoding: 'utf8' });
  const { checks } = JSON.parse(readFileSync(report, 'utf8')) as { checks: Check[] };
  return { status, checks: checks.map(({ name, result, reason }) => `${result}: ${reason ?? name}`) };
}

const VALID = { status: 0, checks: ['passed: Data contract is valid against ODCS v3.1.0'] };

test('of the mesh, all nine products of the seed and the shared symbols are exported', () => {
  expect(contracts.map(({ name }) => name).sort()).toEqual([
    ...['finance.costs', 'finance.pnl', 'finance.revenue'],
    ...['risk.exposures', 'risk.limits', 'risk.var'],
    ...['trading.quotes', 'trading.symbols', 'trading.trades', 'trading.volumes'],
  ]);
});

test.each([
  ...contracts.map((contract) => [contract.name, contract] as const),
  ["the seed's contract", contractOf(SEED_CONTRACT)] as const,
  ['a contract with every word', contractOf(FULL_CONTRACT)] as const,
])(
  '%s, exported, is valid by datacontract-cli',
  (_, contract) => {
    expect(lint(odcsOf(contract))).toEqual(VALID);
  },
  60_000,
);

test.each([
  ['without its status', { status: undefined }, "'status'"],
  ['with an objective that has no value', { slaProperties: [{ property: 'latency' }] }, "'value'"],
  ['with a type that the standard lacks', { schema: [{ name: 'a', logicalType: 'tensor' }] }, 'tensor'],
])(
  'an export %s is refused by it',
  (_, broken, named) => {
    const { status, checks } = lint({ ...odcsOf(contracts[0]), ...broken });
    expect(status).toBe(1);
    expect(checks).toEqual([expect.stringContaining(named)]);
  },
  60_000,
);
