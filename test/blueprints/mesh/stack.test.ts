import { Template } from 'aws-cdk-lib/assertions';
import { TradingMeshDomainStack } from '../../../blueprints/mesh/domain-stack';
import { Mesh } from '../../../blueprints/mesh/mesh';
import { loadMeshSettings } from '../../../blueprints/mesh/settings';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import type { SubscriptionRequest } from '../../../lib/mesh';
import { nagFindings } from '../../support/nag';
import { newApp, type Resource, resourcesOf, withoutAssetHashes } from '../lakehouse/synth';
import { DIRECTORY, newMesh, STACKS, templatesOf } from './synth';

const app = newMesh();
const templates = templatesOf(app);
const [, TRADING, RISK, FINANCE] = STACKS;
const DOMAINS = [TRADING, RISK, FINANCE];
const NAMES = { trading: TRADING, risk: RISK };

const ACCOUNTS = {
  TradingMeshPlatformStack: '111111111111',
  TradingMeshTradingStack: '222222222222',
  TradingMeshRiskStack: '333333333333',
  TradingMeshFinanceStack: '444444444444',
};

test.each(STACKS)('shows a reviewer what a change does to %s', (name) => {
  expect(withoutAssetHashes(templates[name].toJSON())).toMatchSnapshot();
});

test('each stack stands in an account of its own', () => {
  const placed = STACKS.map((name) => [
    name,
    app.synth().getStackArtifact(app.node.findChild(name).node.id).environment.account,
  ]);
  expect(Object.fromEntries(placed)).toEqual(ACCOUNTS);
});

test.each(STACKS)('%s refers to nothing of another stack, so that they deploy in any order', (name) => {
  const template = templates[name].toJSON() as { Outputs?: Record<string, { Export?: object }> };
  expect(JSON.stringify(template)).not.toContain('Fn::ImportValue');
  expect(Object.values(template.Outputs ?? {}).filter(({ Export }) => Export)).toEqual([]);
  expect(
    app
      .synth()
      .getStackByName(name)
      .dependencies.filter((each) => STACKS.includes(each.id)),
  ).toEqual([]);
});

describe('a domain that comes or goes', () => {
  const { environment, settings } = loadMeshSettings(DIRECTORY);

  /** One domain in an app of its own. */
  function alone(domainName: 'trading' | 'risk', mesh: Mesh): CloudFormationTemplate {
    const account = settings.accounts[domainName];
    const props = { env: { account, region: environment.region }, domainName, settings, mesh };
    const own = newApp();
    return Template.fromStack(new TradingMeshDomainStack(own, NAMES[domainName], props)).toJSON();
  }

  class WithoutFinance extends Mesh {
    public override requests(...of: Parameters<Mesh['requests']>): SubscriptionRequest[] {
      return super.requests(...of).filter(({ consumer }) => consumer.domainName !== 'finance');
    }
  }

  test.each(['trading', 'risk'] as const)('leaves the stack of %s as it is, to the byte', (name) => {
    const among = JSON.stringify(templates[NAMES[name]].toJSON());
    expect(JSON.stringify(alone(name, new Mesh(DIRECTORY, settings)))).toBe(among);
  });

  test.each(['trading', 'risk'] as const)('takes from %s nothing but the grants that it had itself', (name) => {
    const [before, after] = [
      resources(templates[NAMES[name]].toJSON()),
      resources(alone(name, new WithoutFinance(DIRECTORY, settings))),
    ];
    const gone = Object.keys(before).filter((id) => !(id in after));
    expect(gone.length).toBeGreaterThan(0);
    for (const resource of gone.map((id) => before[id])) {
      expect(resource.Type).toMatch(/^AWS::LakeFormation::(PrincipalPermissions|DataCellsFilter)$/);
      expect(JSON.stringify(resource)).toContain('data-mesh-finance');
    }
    expect(after).toEqual(Object.fromEntries(Object.keys(after).map((id) => [id, before[id]])));
  });

  /** Without the order in which grants are made, one after the other: it changes nothing that stands. */
  function resources(template: object): Record<string, { Type: string }> {
    const all = (template as { Resources: Record<string, { Type: string; DependsOn?: object }> }).Resources;
    return Object.fromEntries(Object.entries(all).map(([id, { DependsOn: _order, ...rest }]) => [id, rest]));
  }
});

test.each(STACKS)('%s stays below 500 resources and 1 MB', (name) => {
  const template = templates[name].toJSON() as { Resources: object };
  expect(Object.keys(template.Resources).length).toBeLessThan(500);
  expect(JSON.stringify(template).length).toBeLessThan(1_000_000);
});

test('has the nine products of the seed, and the symbols that all share', () => {
  const tables = DOMAINS.flatMap((name) =>
    Object.values(resourcesOf(templates[name], 'AWS::Glue::Table'))
      .map(({ Properties }) => JSON.stringify(Properties))
      .flatMap((text) => /"data-product\.name":"([^"]+)"/.exec(text)?.[1] ?? []),
  );
  expect(tables.sort()).toEqual([
    'finance.costs',
    'finance.pnl',
    'finance.revenue',
    'risk.exposures',
    'risk.limits',
    'risk.var',
    'trading.quotes',
    'trading.symbols',
    'trading.trades',
    'trading.volumes',
  ]);
});

test('each domain computes its products after what they are made of, on a schedule of its own', () => {
  const order = (name: string) => {
    const [machine] = Object.values(resourcesOf(templates[name], 'AWS::StepFunctions::StateMachine'));
    return JSON.stringify(machine.Properties.DefinitionString)
      .split('"')
      .flatMap((text) => /JobName\\*$/.exec(text) ?? /^([A-Z][a-z]+)(?:Arrivals|Job)/.exec(text)?.[1] ?? [])
      .filter((text) => !text.startsWith('JobName'));
  };
  expect(order(FINANCE)).toEqual(['Costs', 'Revenue', 'Pnl']);
  expect(order(RISK)).toEqual(['Exposures', 'Limits', 'Var']);
  expect(order(TRADING)).toEqual(['Quotes', 'Quotes', 'Symbols', 'Trades', 'Trades', 'Volumes']);
});

/** What Lake Formation grants roles of other accounts: the role, the permission and what on. */
function grantsAcross(template: Template): string[] {
  return Object.values(resourcesOf(template, 'AWS::LakeFormation::PrincipalPermissions'))
    .map(
      ({ Properties }) => Properties as { Principal: object; Permissions: string[]; Resource: Record<string, object> },
    )
    .flatMap(({ Principal, Permissions, Resource }) => {
      const [, account, role] = /iam::(\d+):role\/(data-mesh-[^"]+)"/.exec(JSON.stringify(Principal)) ?? [];
      const [kind] = Object.keys(Resource);
      const product = /"TagValues":\["([^"]+)"\]/.exec(JSON.stringify(Resource))?.[1] ?? '';
      return role ? [`${account} ${role} ${Permissions[0]} ${kind} ${product}`.trim()] : [];
    })
    .sort();
}

describe('Trading lets others read', () => {
  test('what they have subscribed to, each by one role, and nothing else', () => {
    const selects = grantsAcross(templates[TRADING]).filter((each) => each.includes(' SELECT '));
    expect(selects).toEqual([
      '333333333333 data-mesh-risk.exposures.v1 SELECT LFTagPolicy trading.quotes.v1',
      '333333333333 data-mesh-risk.exposures.v1 SELECT LFTagPolicy trading.symbols.v1',
      '333333333333 data-mesh-risk.exposures.v1 SELECT LFTagPolicy trading.trades.v1',
      '444444444444 data-mesh-finance SELECT LFTagPolicy trading.volumes.v1',
      '444444444444 data-mesh-finance.costs.v1 SELECT LFTagPolicy trading.trades.v1',
      '444444444444 data-mesh-finance.pnl.v1 SELECT LFTagPolicy trading.trades.v1',
      '444444444444 data-mesh-finance.revenue.v1 SELECT LFTagPolicy trading.trades.v1',
    ]);
  });

  test('never what has arrived or was turned away', () => {
    const tagged = JSON.stringify(resourcesOf(templates[TRADING], 'AWS::LakeFormation::TagAssociation'));
    expect(tagged).not.toMatch(/raw_trades|raw_quotes|_rejected/);
  });
});

test("people of Finance read Risk's exposures in some columns and rows only", () => {
  templates[RISK].hasResourceProperties('AWS::LakeFormation::DataCellsFilter', {
    TableName: 'exposures',
    ColumnNames: ['date', 'symbol', 'sector', 'exposure'],
    RowFilter: { FilterExpression: "sector <> 'crypto'" },
  });
  expect(
    grantsAcross(templates[RISK]).filter((each) => / data-mesh-finance (SELECT|DESCRIBE) DataCells/.test(each)),
  ).toHaveLength(2);
});

test('nobody is granted anything of Finance', () => {
  expect(grantsAcross(templates[FINANCE])).toEqual([]);
});

test('one query of Finance reads products of three domains, by links to their databases', () => {
  templates[FINANCE].hasResourceProperties('AWS::Athena::NamedQuery', { Database: 'finance' });
  const links = Object.values(resourcesOf(templates[FINANCE], 'AWS::Glue::Database'))
    .map(({ Properties }) => (Properties.DatabaseInput as { TargetDatabase?: object }).TargetDatabase)
    .filter((each) => each);
  expect(links).toEqual([
    expect.objectContaining({ CatalogId: ACCOUNTS.TradingMeshTradingStack, DatabaseName: 'trading' }),
    expect.objectContaining({ CatalogId: ACCOUNTS.TradingMeshRiskStack, DatabaseName: 'risk' }),
  ]);
});

test('production retains what is stateful', () => {
  const [trading] = [templatesOf(newMesh('prod'))[TRADING]];
  const stateful = ['AWS::Glue::Table', 'AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::MSK::Cluster'];
  const all = stateful.flatMap((type) => Object.values(resourcesOf(trading, type)));
  expect(all.map(({ DeletionPolicy }: Resource) => DeletionPolicy).every((each) => each === 'Retain')).toBe(true);
});

describe('no finding is left open', () => {
  test('of cdk-nag', () => expect(nagFindings(app)).toEqual([]));

  test.each(STACKS)('of our own rules in %s', (name) => {
    const template = templates[name].toJSON() as CloudFormationTemplate;
    // Roles are tokens, of which the rules cannot tell that they are not IAMAllowedPrincipals.
    expect(judge(template).filter(({ outcome }) => outcome === 'non-compliant')).toEqual([]);
    expect(reachability(template)).toEqual([]);
  });
});
