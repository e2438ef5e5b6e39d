import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import {
  DataDomain,
  DataProduct,
  type DataProductContract,
  Subscription,
  SubscriptionApproval,
  type SubscriptionRequest,
} from '../../../lib/mesh';
import { SchemaLedger } from '../../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { EventBackbone } from '../../../lib/streaming';
import { nagFindings } from '../../support/nag';
import { contractOf, SEED_CONTRACT } from './contracts';
import { LEDGER } from './fixture';

const OWNER = { domainName: 'trading', account: '111111111111' };
const CONSUMER = { domainName: 'risk', account: '222222222222' };
const READER = 'arn:aws:iam::222222222222:role/data-mesh-risk.exposures.v1';
const PARTITIONED_READER = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, READER.slice('arn:aws'.length)]] };

const EXPOSURES = contractOf(`name: risk.exposures
owner: risk-domain-team
description: Open positions.
interfaces: [{type: table, name: risk.exposures}]
lineage: {inputs: [{product: trading.trades, version: 1}]}
`);

/** The seed's contract with what its owner approves. */
function trades(approval: string, text = SEED_CONTRACT): DataProductContract {
  return contractOf(`${text}consumers: [${approval}]\n`);
}

const APPROVAL = '{domain: risk, product: risk.exposures, purpose: exposure';

function requestOf(props: Partial<SubscriptionRequest> = {}): SubscriptionRequest {
  return {
    contract: trades(`${APPROVAL}}`),
    majorVersion: 1,
    owner: OWNER,
    consumer: CONSUMER,
    purpose: 'exposure',
    product: EXPOSURES,
    ...props,
  };
}

type Brokers = 'provisioned' | 'serverless' | 'closed';

function stackOf({ domainName, account }: typeof OWNER): Stack {
  const app = new App({ context: { [DECLARE_SCHEMAS_CONTEXT]: true } });
  return new Stack(app, domainName, { env: { account, region: 'eu-west-1' } });
}

function networkOf(stack: Stack): { profile: DeploymentProfile; key: DataKey; network: DataNetwork } {
  const profile = DeploymentProfile.SANDBOX;
  const key = new DataKey(stack, 'Key', { profile });
  const availabilityZones = ['eu-west-1a', 'eu-west-1b'];
  return { profile, key, network: new DataNetwork(stack, 'Network', { key, profile, availabilityZones }) };
}

function brokersOf(stack: Stack, kind: Brokers): EventBackbone {
  const place = networkOf(stack);
  if (kind === 'serverless') return EventBackbone.serverless(stack, 'Brokers', place);
  return EventBackbone.provisioned(stack, 'Brokers', {
    ...place,
    instanceType: 'kafka.m7g.large',
    multiVpc: kind === 'provisioned',
  });
}

function ownersSide(request: SubscriptionRequest, { brokers = 'closed' as Brokers, governed = true } = {}): Stack {
  const stack = stackOf(request.owner);
  const domain = new DataDomain(stack, 'Domain', {
    domainName: request.owner.domainName,
    ledger: SchemaLedger.fromFile(LEDGER),
    profile: DeploymentProfile.SANDBOX,
    backbone: brokersOf(stack, brokers),
    lakeFormation: governed ? {} : undefined,
  });
  const { contract } = request;
  const product = new DataProduct(stack, 'Trades', { domain, contract, schema: tradesSchema() });
  new SubscriptionApproval(stack, 'Approval', { product, request });
  return stack;
}

function consumersSide(request: SubscriptionRequest, { connected = false, governed = true } = {}) {
  const stack = stackOf(request.consumer);
  const domain = new DataDomain(stack, 'Domain', {
    domainName: request.consumer.domainName,
    ledger: SchemaLedger.fromFile(LEDGER),
    profile: DeploymentProfile.SANDBOX,
    lakeFormation: governed ? {} : undefined,
  });
  const { network, profile } = connected ? networkOf(stack) : { network: undefined, profile: undefined };
  const ownersBackbone =
    network &&
    EventBackbone.fromMskCluster(stack, 'Owners', {
      clusterArn: 'arn:aws:kafka:eu-west-1:111111111111:cluster/trading/11111111-2222-3333-4444-555555555555-1',
      bootstrapServers: 'b-1.trading:14001',
      network,
      securityGroups: [],
      profile,
    });
  const subscription = new Subscription(stack, 'Subscription', { domain, request, ownersBackbone });
  return { stack, domain, subscription };
}

type Grant = { Permissions: string[]; Resource: Record<string, unknown> };

/** What Lake Formation grants the reader. */
function grantsOf(template: Template): Grant[] {
  return Object.values(template.findResources('AWS::LakeFormation::PrincipalPermissions'))
    .map(({ Properties }) => Properties as Grant & { Principal: { DataLakePrincipalIdentifier: unknown } })
    .filter(({ Principal }) => JSON.stringify(Principal).includes('data-mesh-risk.exposures.v1'))
    .map(({ Permissions, Resource }) => ({ Permissions, Resource }));
}

describe('a product that is shared as a whole', () => {
  const [owners, consumers] = [ownersSide(requestOf()), consumersSide(requestOf())];
  const template = Template.fromStack(owners);
  const mine = Template.fromStack(consumers.stack);

  test('is granted to the one role of the consumer, by the tag of the product, to see and to select', () => {
    const policy = { LFTagPolicy: Match.objectLike({ ResourceType: 'TABLE' }) };
    const grants = grantsOf(template);
    expect(grants.map(({ Permissions }) => Permissions)).toEqual([['DESCRIBE'], ['DESCRIBE'], ['SELECT']]);
    template.hasResourceProperties('AWS::LakeFormation::PrincipalPermissions', {
      Principal: { DataLakePrincipalIdentifier: PARTITIONED_READER },
      Permissions: ['SELECT'],
      PermissionsWithGrantOption: [],
      Resource: policy,
    });
    expect(JSON.stringify(grants)).toContain('"TagValues":["trading.trades.v1"]');
  });

  test('needs no product of the consumer: there is no tag without a value', () => {
    const tags = Object.values(mine.findResources('AWS::LakeFormation::Tag')) as {
      Properties: { TagValues: string[] };
    }[];
    expect(tags.map(({ Properties }) => Properties.TagValues.length)).toEqual([1, 4]);
  });

  test('is tagged by domain, product and classification', () => {
    const tags = Object.values(template.findResources('AWS::LakeFormation::TagAssociation')).map(
      ({ Properties: { Resource, LFTags } }) => [Object.keys(Resource as object)[0], LFTags[0].TagValues[0]],
    );
    expect(tags).toEqual([
      ['Database', 'trading'],
      ['Table', 'trading.trades.v1'],
      ['Table', 'internal'],
    ]);
  });

  test('is closed to everybody whom IAM lets in, without which nothing could be shared', () => {
    template.hasResourceProperties('AWS::Glue::Database', {
      DatabaseInput: { Name: 'trading', CreateTableDefaultPermissions: [] },
    });
  });

  test("is linked to in the consumer's catalog under the owner's name", () => {
    mine.hasResourceProperties('AWS::Glue::Database', {
      CatalogId: CONSUMER.account,
      DatabaseInput: {
        Name: 'trading',
        TargetDatabase: { CatalogId: OWNER.account, DatabaseName: 'trading', Region: 'eu-west-1' },
      },
    });
    expect(consumers.subscription.tableNames).toEqual(['trading.fct_trades']);
    expect(consumers.domain.databaseNames).toMatchObject({ trading: 'trading' });
  });

  test('is read by a role that may read this table and no other, and write nothing', () => {
    mine.hasResourceProperties('AWS::IAM::Role', { RoleName: 'data-mesh-risk.exposures.v1' });
    const [policy] = Object.values(
      mine.findResources('AWS::IAM::Policy', { Properties: { PolicyName: Match.stringLikeRegexp('Reader') } }),
    );
    const text = JSON.stringify(policy);
    expect(text).toContain(':glue:eu-west-1:111111111111:table/trading/fct_trades');
    expect(text).not.toMatch(/table\/trading\/\*|glue:(Create|Update|Delete|\*)|s3:|kms:/);
  });

  test('needs nothing of the other stack: no export, no import, and each name is known beforehand', () => {
    for (const each of [template, mine]) {
      expect(each.findOutputs('*', { Export: Match.anyValue() })).toEqual({});
      expect(JSON.stringify(each.toJSON())).not.toContain('Fn::ImportValue');
    }
  });

  test('is granted to nobody any more when the approval is removed', () => {
    const stack = stackOf(OWNER);
    const domain = new DataDomain(stack, 'Domain', {
      domainName: 'trading',
      ledger: SchemaLedger.fromFile(LEDGER),
      profile: DeploymentProfile.SANDBOX,
      backbone: brokersOf(stack, 'provisioned'),
      lakeFormation: {},
    });
    new DataProduct(stack, 'Trades', { domain, contract: contractOf(SEED_CONTRACT), schema: tradesSchema() });
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(text).not.toContain('data-mesh-risk');
    expect(text).not.toContain(CONSUMER.account);
    const before = Object.keys(Template.fromStack(ownersSide(requestOf())).toJSON().Resources as object);
    const gone = before.filter((id) => !text.includes(id));
    expect(gone.every((id) => id.includes('datameshrisk'))).toBe(true);
    expect(gone.length).toBe(3);
  });

  test('has no finding of cdk-nag on either side', () => {
    for (const stack of [owners, consumers.stack]) expect(nagFindings(stack.node.root as App)).toEqual([]);
  });
});

test('only some columns and rows are granted by a filter on each table, never by the tag', () => {
  const contract = trades(`${APPROVAL}, columns: [trade_id, price], rows: "symbol = 'AAPL'"}`);
  const template = Template.fromStack(ownersSide(requestOf({ contract })));
  template.hasResourceProperties('AWS::LakeFormation::DataCellsFilter', {
    TableName: 'fct_trades',
    ColumnNames: ['trade_id', 'price'],
    RowFilter: { FilterExpression: "symbol = 'AAPL'" },
  });
  expect(grantsOf(template).map(({ Resource }) => Object.keys(Resource)[0])).toEqual([
    'Database',
    'DataCellsFilter',
    'DataCellsFilter',
  ]);
});

describe('a stream', () => {
  const contract = trades(`${APPROVAL}, interfaces: [stream]}`);
  const request = requestOf({ contract, interfaces: ['stream'] });

  test("is opened by the cluster's policy to one role, one topic and one consumer group", () => {
    const template = Template.fromStack(ownersSide(request, { brokers: 'provisioned' }));
    template.hasResourceProperties('AWS::MSK::Cluster', {
      BrokerNodeGroupInfo: {
        ConnectivityInfo: { VpcConnectivity: { ClientAuthentication: { Sasl: { Iam: { Enabled: true } } } } },
      },
    });
    const [{ Properties }] = Object.values(template.findResources('AWS::MSK::ClusterPolicy'));
    const statements = Properties.Policy.Statement as { Action: string[]; Condition?: object }[];
    const data = statements.filter(({ Action }) => Action[0].startsWith('kafka-cluster:'));
    expect(data.flatMap(({ Action }) => Action)).not.toContain('kafka-cluster:WriteData');
    expect(data.every(({ Condition }) => JSON.stringify(Condition).includes('data-mesh-risk.exposures.v1'))).toBe(true);
    expect(JSON.stringify(data)).toContain('/trading.trades.v1');
    expect(JSON.stringify(data)).toContain('/data-mesh-risk.exposures.v1"');
    expect(grantsOf(template)).toEqual([]);
  });

  test('is reached by a private connection of the consumer, whose role may read that topic', () => {
    const { stack } = consumersSide(request, { connected: true });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::MSK::VpcConnection', { Authentication: 'SASL_IAM' });
    const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
    expect(policies).toContain('11111111-2222-3333-4444-555555555555-1/trading.trades.v1');
    template.resourceCountIs('AWS::Glue::Database', 1);
  });

  test.each<[Brokers, string]>([
    ['serverless', 'MSK Serverless has no private connectivity to other accounts; give it EventBackbone.provisioned'],
    ['closed', 'its cluster has no connectivity to other VPCs; give EventBackbone.provisioned multiVpc'],
  ])('of a cluster that is %s is refused', (brokers, message) => {
    expect(() => ownersSide(request, { brokers })).toThrow(message);
  });

  test("is refused while the consumer does not know the owner's brokers", () => {
    expect(() => consumersSide(request)).toThrow('give it ownersBackbone, made by EventBackbone.fromMskCluster');
  });

  test('cannot be shared from the smallest brokers', () => {
    const stack = stackOf(OWNER);
    expect(() => EventBackbone.provisioned(stack, 'Brokers', { ...networkOf(stack), multiVpc: true })).toThrow(
      'kafka.t3.small brokers cannot be reached from other VPCs; choose kafka.m7g.large or larger',
    );
  });
});

describe('either side is refused', () => {
  const cases: [string, Partial<SubscriptionRequest>, string][] = [
    [
      'when the owner has not approved',
      { contract: contractOf(SEED_CONTRACT) },
      'its owner has not approved risk.exposures; ask trading-domain-team',
    ],
    [
      'when the owner has approved people, not the product',
      { contract: trades('{domain: risk, purpose: exposure}') },
      'its owner has not approved risk.exposures',
    ],
    [
      'when the consumer does not ask',
      {
        product: contractOf(
          'name: risk.exposures\nowner: risk\ndescription: Positions.\ninterfaces: [{type: table, name: risk.exposures}]\n',
        ),
      },
      "does not name it among its inputs; add it to 'lineage.inputs'",
    ],
    [
      'for another purpose',
      { purpose: 'marketing' },
      "for 'marketing', but its owner has approved 'exposure'; agree on one purpose",
    ],
    [
      'for a version that the contract is not of',
      { majorVersion: 2 },
      'is version 1.0.0; take the contract of version 2',
    ],
    [
      'for an interface that is not approved',
      { contract: trades(`${APPROVAL}, interfaces: [table]}`), interfaces: ['table', 'api'] },
      "its owner has not approved the interface 'api'",
    ],
  ];

  test.each(cases)('%s', (_, props, message) => {
    expect(() => ownersSide(requestOf(props))).toThrow(message);
    expect(() => consumersSide(requestOf(props))).toThrow(message);
  });

  test('in the stack of another domain', () => {
    const request = requestOf();
    const stack = stackOf(OWNER);
    const domain = new DataDomain(stack, 'Domain', { domainName: 'trading', ledger: SchemaLedger.fromFile(LEDGER) });
    expect(() => new Subscription(stack, 'Subscription', { domain, request })).toThrow(
      "is the domain 'trading', but the request comes from 'risk'; make it there.",
    );
  });

  test('where Lake Formation does not govern the tables', () => {
    expect(() => ownersSide(requestOf(), { governed: false })).toThrow(
      "domain 'trading' cannot share tables, because Lake Formation does not govern them; give the domain lakeFormation.",
    );
  });
});

test('people of a domain read by a role of their own', () => {
  const request = requestOf({ contract: trades('{domain: risk, purpose: exposure}'), product: undefined });
  const { stack } = consumersSide(request, { governed: false });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { RoleName: 'data-mesh-risk' });
  const template = Template.fromStack(ownersSide(request));
  expect(JSON.stringify(template.findResources('AWS::LakeFormation::PrincipalPermissions'))).toContain(
    ':role/data-mesh-risk"',
  );
});

describe('an API', () => {
  const ROLE = 'data-mesh-api-trading.trades.v1-risk.exposures.v1';
  const request = requestOf({ contract: trades(`${APPROVAL}, interfaces: [api]}`), interfaces: ['api'] });
  const template = Template.fromStack(ownersSide(request));

  test('is asked by a role of the owner, which trusts the one role of the consumer and may do nothing else', () => {
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: ROLE,
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Condition: { ArnEquals: { 'aws:PrincipalArn': PARTITIONED_READER } },
            Principal: { AWS: Match.objectLike({ 'Fn::Join': Match.anyValue() }) },
          }),
        ],
      },
    });
    const [policy] = Object.values(
      template.findResources('AWS::IAM::Policy', { Properties: { PolicyName: Match.stringLikeRegexp('ApiCaller') } }),
    );
    const text = JSON.stringify(policy);
    expect(text.match(/"Action":[^,]*/g)).toEqual(['"Action":"execute-api:Invoke"']);
    expect(text).toContain('/$default/GET/api/v1/trades"');
    expect(text).not.toContain('*');
  });

  test('is reached by taking on that role, and nothing of the API need be known here', () => {
    const { stack, subscription } = consumersSide(request);
    expect(subscription.tableNames).toEqual([]);
    expect(stack.resolve(subscription.apiRoleArn)).toEqual({
      'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::111111111111:role/${ROLE}`]],
    });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Resource: stack.resolve(subscription.apiRoleArn) }],
      },
    });
  });

  test('is open to nobody any more when it is not approved', () => {
    const tables = Template.fromStack(ownersSide(requestOf({ interfaces: ['table'] })));
    expect(JSON.stringify(tables.toJSON())).not.toContain('data-mesh-api-');
  });

  test('is refused where only some columns or rows are approved, which it could not keep apart', () => {
    const contract = trades(`${APPROVAL}, interfaces: [table, api], columns: [symbol]}`);
    expect(() => consumersSide(requestOf({ contract, interfaces: ['api'] }))).toThrow(
      "its owner has approved some columns or rows, and the interface 'api' gives all of them; ask for the table",
    );
  });
});
