/**
 * A CDK app in which version 2 of trading.trades takes the place of version 1: what stands is the context `step`. Trading
 * owns it, people of risk (table and stream) and of finance (table) read it, those of audit have subscribed to nothing.
 * Bundled and run by the CDK CLI.
 */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { DataKey, DataNetwork, DeploymentProfile } from '../../lib/foundation';
import { packageRoot } from '../../lib/foundation/private/package-assets';
import { LakeAdministration, QueryWorkgroup } from '../../lib/lakehouse';
import {
  DataDomain,
  type DataDomainProps,
  DataProduct,
  DataProductContract,
  Subscription,
  SubscriptionApproval,
  type SubscriptionRequest,
} from '../../lib/mesh';
import { SchemaLedger } from '../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../lib/schema/private/declaration';
import { EventBackbone } from '../../lib/streaming';

const REGION = 'us-east-1';
const ACCOUNTS = {
  trading: '222222222222',
  risk: '333333333333',
  finance: '444444444444',
  audit: '555555555555',
} as const;
type Domain = keyof typeof ACCOUNTS;

/** Which versions are offered, and which one each consumer reads. */
const STEPS: { readonly [step: string]: { offered: readonly number[]; risk: number; finance: number } } = {
  first: { offered: [1], risk: 1, finance: 1 },
  beside: { offered: [1, 2], risk: 1, finance: 1 },
  'risk has moved': { offered: [1, 2], risk: 2, finance: 1 },
  'all have moved': { offered: [1, 2], risk: 2, finance: 2 },
  retired: { offered: [2], risk: 2, finance: 2 },
};

const profile = DeploymentProfile.SANDBOX;
const app = new App({
  analyticsReporting: false,
  builtinCloudFormationValidation: false,
  // Tables get the ids that they would get first: the ledger is not what is tested here.
  context: { [DECLARE_SCHEMAS_CONTEXT]: true },
});
const { offered, ...reading } = STEPS[String(app.node.tryGetContext('step'))];
const folder = mkdtempSync(path.join(tmpdir(), 'versions-'));
writeFileSync(path.join(folder, 'schemas.lock.json'), '');

/** The blueprint's own contract, in a version with other names and other subscribers. */
function contract(version: number): DataProductContract {
  const own = readFileSync(path.join(packageRoot(), 'blueprints/mesh/trading/trades/data-product.yaml'), 'utf8');
  const [beginning, rest] = own.split(/^consumers:\n(?: {2}.*\n)+/m);
  const consumers = `consumers:
  - { domain: risk, version: ${version}, purpose: risk, interfaces: [table, stream] }
  - { domain: finance, version: ${version}, purpose: reporting }
`;
  const text = `${beginning}${consumers}${rest}`
    .replace('version: 1.0.0', `version: ${version}.0.0`)
    .replaceAll('trades.v1', `trades.v${version}`)
    .replace('fct_trades', version === 1 ? 'fct_trades' : `fct_trades_v${version}`)
    .replace('/api/v1/', `/api/v${version}/`);
  const file = path.join(folder, `trades-v${version}.yaml`);
  writeFileSync(file, text);
  return DataProductContract.fromFile(file);
}

function request(version: number, consumer: 'risk' | 'finance'): SubscriptionRequest {
  return {
    contract: contract(version),
    majorVersion: version,
    owner: { domainName: 'trading', account: ACCOUNTS.trading },
    consumer: { domainName: consumer, account: ACCOUNTS[consumer] },
    purpose: consumer === 'risk' ? 'risk' : 'reporting',
    interfaces: consumer === 'risk' ? ['table', 'stream'] : ['table'],
  };
}

function newStack(name: Domain): Stack {
  return new Stack(app, name, { stackName: `Versions-${name}`, env: { account: ACCOUNTS[name], region: REGION } });
}

function domainIn(stack: Stack, domainName: Domain, props: Partial<DataDomainProps> = {}): DataDomain {
  return new DataDomain(stack, 'Domain', {
    domainName,
    ledger: SchemaLedger.fromFile(path.join(folder, 'schemas.lock.json')),
    profile,
    lakeFormation: {
      administration: new LakeAdministration(stack, 'LakeFormation', { crossAccountVersion: 4, closedByDefault: true }),
    },
    ...props,
  });
}

function networkIn(stack: Stack): { network: DataNetwork; key: DataKey; profile: DeploymentProfile } {
  const key = new DataKey(stack, 'Key', { profile });
  const availabilityZones = [`${REGION}a`, `${REGION}b`];
  return { network: new DataNetwork(stack, 'Network', { key, profile, availabilityZones }), key, profile };
}

function addOwner(): void {
  const stack = newStack('trading');
  const place = networkIn(stack);
  const backbone = EventBackbone.provisioned(stack, 'Brokers', {
    ...place,
    instanceType: 'kafka.m7g.large',
    multiVpc: true,
  });
  const domain = domainIn(stack, 'trading', { key: place.key, backbone });
  for (const version of offered) {
    const approved = [request(version, 'risk'), request(version, 'finance')];
    for (const each of approved) {
      // Versions have nothing to do with one another: each is a product of its own.
      const product =
        (stack.node.tryFindChild(`TradesV${version}`) as DataProduct | undefined) ??
        new DataProduct(stack, `TradesV${version}`, { domain, contract: each.contract, topicPartitions: 1 });
      const asked = { ...each, contract: product.contract };
      new SubscriptionApproval(stack, `${each.consumer.domainName}-reads-v${version}`, { product, request: asked });
    }
  }
  new CfnOutput(stack, 'ClusterArn', { value: backbone.clusterArn ?? '' });
}

/** The people of a domain, who ask by a workgroup of their own. */
function addConsumer(name: 'risk' | 'finance' | 'audit'): void {
  const stack = newStack(name);
  const domain = domainIn(stack, name);
  const clusterArn = app.node.tryGetContext('cluster') as string | undefined;
  if (name === 'finance') new Subscription(stack, 'Trades', { domain, request: request(reading.finance, name) });
  if (name === 'risk' && clusterArn !== undefined) {
    const { network } = networkIn(stack);
    const ownersBackbone = EventBackbone.fromMskCluster(stack, 'Owners', {
      ...{ clusterArn, network, profile },
      bootstrapServers: 'b-1.trading:14001',
      securityGroups: [],
    });
    new Subscription(stack, 'Trades', { domain, request: request(reading.risk, name), ownersBackbone });
  }
  const workgroup = new QueryWorkgroup(stack, 'Queries', { lake: domain });
  workgroup.grantQuery(domain.reader());
  new CfnOutput(stack, 'WorkgroupName', { value: workgroup.workgroupName });
  new CfnOutput(stack, 'ReaderRoleArn', { value: domain.reader().roleArn });
}

addOwner();
addConsumer('risk');
addConsumer('finance');
addConsumer('audit');
