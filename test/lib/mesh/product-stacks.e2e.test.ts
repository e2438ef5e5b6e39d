import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { readAssembly } from '../../../bin/commands/schema/gather';
import type { LedgerPlan } from '../../../bin/commands/schema/ledger-plan';
import { planLock } from '../../../bin/commands/schema/plan';
import { addTo } from '../../../blueprints/mesh/blueprint';
import { DeploymentProfile } from '../../../lib/foundation';
import { DataDomain, DataProduct, SubscriptionApproval } from '../../../lib/mesh';
import { SchemaLedger } from '../../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { readLedgerFile } from '../../../lib/schema/private/ledger-file';
import { renderLedger } from '../../../lib/schema/private/ledger-text';
import { newApp } from '../../blueprints/lakehouse/synth';
import { DIRECTORY } from '../../blueprints/mesh/synth';
import { contractOf } from './contracts';

const OWNER = { domainName: 'domain0', account: '111111111111' };
const CONSUMER = { domainName: 'domain1', account: '222222222222' };

/** Text of the contract of a product; the first of domain0 is approved for the first of domain1. */
function contractText(domain: number, product: number): string {
  const name = `domain${domain}.product${product}`;
  const input = domain > 0 && product === 0 ? 'lineage: {inputs: [{product: domain0.product0}]}\n' : '';
  const consumer =
    domain === 0 && product === 0
      ? 'consumers: [{domain: domain1, product: domain1.product0, purpose: reporting}]\n'
      : '';
  return `name: ${name}
owner: domain${domain}-team
description: Product ${product} of domain ${domain}.
classification: confidential
schema:
  columns:
    - {name: symbol, type: string, required: true}
    - {name: amount, type: 'decimal(38, 8)', classification: internal}
  key: [symbol]
interfaces:
  - {type: table, name: ${name}, access: sql, engine: athena}
sla: {freshness: 1 hour, availability: 99.9%, quality_score: 95%}
quality: {tests: [{unique: symbol}]}
${input}${consumer}`;
}

const folder = mkdtempSync(join(tmpdir(), 'product-stacks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const newLedger = () => join(mkdtempSync(join(folder, 'ledger-')), 'schemas.lock.json');
const SQL = join(folder, 'product.sql');
writeFileSync(SQL, 'INSERT INTO ${domain0}.product SELECT * FROM ${domain0}.product1');

interface Made {
  readonly app: App;
  readonly stack: Stack;
}

/**
 * A domain of many products under Lake Formation, the first of which have an API, one of them a subscription, and each with a
 * job that reads the third product before it.
 */
function make(products: readonly number[], ledger: string, context: object): Made {
  const app = new App({ context: { ...context }, outdir: mkdtempSync(join(folder, 'assembly-')) });
  const stack = new Stack(app, 'Domain', { env: { account: OWNER.account, region: 'eu-west-1' } });
  const domain = new DataDomain(stack, 'Domain', {
    domainName: 'domain0',
    ledger: SchemaLedger.fromFile(ledger),
    profile: DeploymentProfile.SANDBOX,
    lakeFormation: {},
  });
  const made = new Map<number, DataProduct>();
  for (const product of products) {
    const text = contractText(0, product);
    const api = `  - {type: api, name: api, access: rest, endpoint: /api/v1/p${product}}\nsla:`;
    const contract = contractOf(product < 10 ? text.replace('sla:', api) : text);
    const one = new DataProduct(stack, `Product${product}`, {
      domain,
      contract,
      sqlFiles: [SQL],
      reads: made.get(product - 3)?.tables,
    });
    made.set(product, one);
    one.grantRead(domain.reader());
    if (product > 0) continue;
    const consumer = contractOf(contractText(1, 0));
    const request = {
      contract,
      majorVersion: 1,
      owner: OWNER,
      consumer: CONSUMER,
      product: consumer,
      purpose: 'reporting',
    };
    new SubscriptionApproval(stack, 'Approval', { product: one, request });
  }
  return { app, stack };
}

/** What `data-patterns schema lock` writes of a domain with these products. */
function lock(products: readonly number[], ledger: string): LedgerPlan {
  const { app } = make(products, ledger, {
    [DECLARE_SCHEMAS_CONTEXT]: true,
    '@aws-cdk/core:stackResourceLimit': 0,
  });
  const [plan] = planLock(readAssembly(app.synth().directory, 'app'), []);
  if (plan.content !== undefined) writeFileSync(ledger, plan.content);
  return plan;
}

/** The domain as it is deployed once these products are locked. */
function locked(products: readonly number[], ledger: string): Made {
  lock(products, ledger);
  return make(products, ledger, {});
}

function nestedIn(stack: Stack): NestedStack[] {
  return stack.node.findAll().filter((each): each is NestedStack => each instanceof NestedStack);
}

/** Logical ids by stack, and the size of each template in characters. */
function stacksOf(stack: Stack): Record<string, { ids: string[]; size: number }> {
  const all = [stack, ...nestedIn(stack)];
  return Object.fromEntries(
    all.map((each) => {
      const template = Template.fromStack(each).toJSON() as { Resources: object };
      return [each.node.path, { ids: Object.keys(template.Resources), size: JSON.stringify(template).length }];
    }),
  );
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Ids of resources of a template that wait for one another in a circle, however far around. */
function circle(template: Template): string[] {
  const { Resources } = template.toJSON() as { Resources: Record<string, { DependsOn?: string | string[] }> };
  const ids = Object.keys(Resources);
  let left = new Map(
    ids.map((id) => {
      const text = JSON.stringify(Resources[id]);
      return [
        id,
        ids.filter((other) => other !== id && new RegExp(`"${other}"|\\$\\{${other}[.}]`).test(text)),
      ] as const;
    }),
  );
  for (;;) {
    const waiting = new Map([...left].filter(([, needs]) => needs.some((each) => left.has(each))));
    if (waiting.size === left.size) return [...waiting.keys()];
    left = waiting;
  }
}

describe('a domain that has grown to 45 products', () => {
  // Those that come later have names before, between and behind the others'.
  const later = range(0, 45);
  const first = later.filter((product) => product % 3 === 1);
  const ledger = newLedger();
  let before: Record<string, { ids: string[]; size: number }>;
  let after: typeof before;
  let made: Made;
  beforeAll(() => {
    before = stacksOf(locked(first, ledger).stack);
    made = locked(later, ledger);
    after = stacksOf(made.stack);
  });

  test('has split itself into stacks below 500 resources and 1 MB', () => {
    expect(Object.keys(after).length).toBeGreaterThan(Object.keys(before).length);
    for (const { ids, size } of Object.values(after)) {
      expect(ids.length).toBeLessThan(500);
      expect(size).toBeLessThan(1_000_000);
    }
  });

  test('has kept the id and the stack of everything that was there', () => {
    expect(Object.keys(before).length).toBeGreaterThan(1);
    for (const [path, { ids }] of Object.entries(before)) expect(after[path].ids).toEqual(expect.arrayContaining(ids));
  });

  test('keeps them when some of the first are retired', () => {
    const rest = stacksOf(locked(later.slice(10), ledger).stack);
    for (const [path, { ids }] of Object.entries(rest)) expect(after[path].ids).toEqual(expect.arrayContaining(ids));
  });

  test('deploys: nothing waits for itself', () => {
    const stacks = [made.stack, ...nestedIn(made.stack)];
    expect(stacks.map((each) => circle(Template.fromStack(each)))).toEqual(stacks.map(() => []));
  });

  test('has what is granted on a product beside it, and its stacks deploy one after the other', () => {
    const nested = Object.values(Template.fromStack(made.stack).findResources('AWS::CloudFormation::Stack'));
    expect(nested.filter(({ DependsOn }) => JSON.stringify(DependsOn).includes('NestedStackResource'))).toHaveLength(
      nested.length - 1,
    );
    const selects = (stack: Stack) =>
      Object.values(Template.fromStack(stack).findResources('AWS::LakeFormation::PrincipalPermissions')).filter(
        ({ Properties }) => Properties.Permissions.includes('SELECT'),
      );
    for (const stack of nestedIn(made.stack)) expect(selects(stack).length).toBeGreaterThan(0);
  });
});

test('a domain that has split itself has no finding of cdk-nag', () => {
  const ledger = newLedger();
  const told = lock(range(0, 12), ledger).tables.flatMap(({ changed }) => changed);
  expect(told).toContain('stands in nested stack 1 of its domain');
  const { app, stack } = make([8, 9, 11], ledger, {});
  expect(nestedIn(stack)).toHaveLength(1);
  const found = [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)]
    .flatMap((pack) => pack.validateScope(app).violations)
    .map(({ ruleName, violatingResources }) => [ruleName, violatingResources.map((each) => each.constructPath)]);
  expect(found).toEqual([]);
});

test('a small domain stays one stack, and its ledger says nothing of stacks', () => {
  const ledger = newLedger();
  const { stack } = locked(range(0, 4), ledger);
  expect(readFileSync(ledger, 'utf8')).not.toContain('"stack"');
  expect(nestedIn(stack)).toEqual([]);
});

test('a domain of the trading mesh deploys when its products stand in nested stacks, streams and subscriptions included', () => {
  const mesh = join(folder, 'mesh');
  cpSync(DIRECTORY, mesh, { recursive: true });
  const ledger = join(mesh, 'trading', 'schemas.lock.json');
  const content = readLedgerFile(ledger)?.content ?? new Map();
  const nested = { fct_trades: 2, fct_quotes: 1, volumes: 1 };
  for (const [name, stack] of Object.entries(nested)) {
    const entry = content.get(`trading.${name}`);
    if (entry) content.set(`trading.${name}`, { ...entry, stack });
  }
  writeFileSync(ledger, renderLedger(content));
  const app = newApp();
  addTo(app, mesh);
  const stack = app.node.findChild('TradingMeshTradingStack') as Stack;
  const stacks = [stack, ...nestedIn(stack)];
  expect(stacks).toHaveLength(3);
  expect(stacks.map((each) => circle(Template.fromStack(each)))).toEqual(stacks.map(() => []));
});
