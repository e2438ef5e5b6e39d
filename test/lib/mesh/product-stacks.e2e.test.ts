import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { DeploymentProfile } from '../../../lib/foundation';
import { DataDomain, DataProduct, SubscriptionApproval } from '../../../lib/mesh';
import { SchemaLedger } from '../../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { contractOf } from './contracts';
import { LEDGER } from './fixture';

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

/** A domain of many products under Lake Formation, with an API and a subscription to its first product. */
function make(products: readonly number[], { productStacks = 20, governed = true } = {}) {
  const app = new App({ context: { [DECLARE_SCHEMAS_CONTEXT]: true } });
  const stack = new Stack(app, 'Domain', { env: { account: OWNER.account, region: 'eu-west-1' } });
  const domain = new DataDomain(stack, 'Domain', {
    domainName: 'domain0',
    ledger: SchemaLedger.fromFile(LEDGER),
    profile: DeploymentProfile.SANDBOX,
    lakeFormation: governed ? {} : undefined,
    productStacks,
  });
  for (const product of products) {
    const text = contractText(0, product);
    const api = `  - {type: api, name: api, access: rest, endpoint: /api/v1/p${product}}\nsla:`;
    const contract = contractOf(product < 2 ? text.replace('sla:', api) : text);
    const made = new DataProduct(stack, `Product${product}`, { domain, contract });
    made.grantRead(domain.reader());
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
    new SubscriptionApproval(stack, 'Approval', { product: made, request });
  }
  return { app, stack };
}

/** Logical ids by stack, and the size of each template in characters. */
function stacksOf(stack: Stack): Record<string, { ids: string[]; size: number }> {
  const all = [stack, ...stack.node.findAll().filter((each): each is NestedStack => each instanceof NestedStack)];
  return Object.fromEntries(
    all.map((each) => {
      const template = Template.fromStack(each).toJSON() as { Resources: object };
      return [each.node.path, { ids: Object.keys(template.Resources), size: JSON.stringify(template).length }];
    }),
  );
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('a domain of 200 products, governed by Lake Formation', () => {
  const { stack } = make(range(0, 200));
  const stacks = stacksOf(stack);

  test('splits itself into stacks below 500 resources and 1 MB', () => {
    expect(Object.keys(stacks)).toHaveLength(21);
    const sizes = Object.values(stacks).map(({ ids, size }) => [ids.length, size]);
    for (const [resources, size] of sizes) {
      expect(resources).toBeLessThan(500);
      expect(size).toBeLessThan(1_000_000);
    }
    expect(sizes.reduce((sum, [resources]) => sum + resources, 0)).toBeGreaterThan(2000);
  });

  test('keeps the id and the stack of everything when products are added', () => {
    const before = stacksOf(make(range(0, 40)).stack);
    for (const [path, { ids }] of Object.entries(before)) expect(stacks[path].ids).toEqual(expect.arrayContaining(ids));
  });
});

test('what is granted on a product stands beside it, and its stacks deploy one after the other', () => {
  const { stack } = make(range(0, 12));
  const root = Template.fromStack(stack);
  const nested = Object.values(root.findResources('AWS::CloudFormation::Stack'));
  expect(nested.filter(({ DependsOn }) => JSON.stringify(DependsOn).includes('NestedStackResource'))).toHaveLength(
    nested.length - 1,
  );
  const text = (template: Template) =>
    JSON.stringify(template.findResources('AWS::LakeFormation::PrincipalPermissions'));
  expect(text(root)).not.toContain('"SELECT"');
  const selects = stack.node
    .findAll()
    .filter((each): each is NestedStack => each instanceof NestedStack)
    .filter((each) => text(Template.fromStack(each)).includes('role/data-mesh-domain1.product0.v1'));
  expect(selects).toHaveLength(1);
});

test('a domain that splits itself has no finding of cdk-nag', () => {
  const { app } = make([0, 1, 2]);
  const found = [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)]
    .flatMap((pack) => pack.validateScope(app).violations)
    .map(({ ruleName, violatingResources }) => [ruleName, violatingResources.map((each) => each.constructPath)]);
  expect(found).toEqual([]);
});

test.each([0, 1.5, 101])('%p stacks are refused', (productStacks) => {
  expect(() => make([], { productStacks })).toThrow(
    `productStacks is ${productStacks}; give a whole number from 1 to 100`,
  );
});
