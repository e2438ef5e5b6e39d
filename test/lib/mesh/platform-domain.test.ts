import { App, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { DeploymentProfile } from '../../../lib/foundation';
import {
  CatalogPublication,
  type CatalogPublicationProps,
  DataPlatform,
  DataProduct,
  PlatformDomain,
  type PlatformDomainProps,
} from '../../../lib/mesh';
import { SchemaLedger } from '../../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { contractOf, SEED_CONTRACT } from './contracts';
import { LEDGER } from './fixture';

const TRADING = { domainName: 'trading', account: '222222222222', costCenter: 'CC-7' };
// The seed's product, but for its stream: a platform gives no brokers.
const CONTRACT = SEED_CONTRACT.replace(/ {2}- type: stream(\n {4}.*)+\n/, '');

function make(props: Partial<PlatformDomainProps> = {}, account = TRADING.account) {
  const app = new App({ context: { [DECLARE_SCHEMAS_CONTEXT]: true } });
  const env = (of: string) => ({ account: of, region: 'eu-west-1' });
  const platform = new DataPlatform(new Stack(app, 'Platform', { env: env('111111111111') }), 'Platform', {
    domains: [TRADING],
    tagPrefix: 'house-',
    goldenRules: ['RowCount > 10'],
  });
  const stack = new Stack(app, 'Trading', { env: env(account) });
  const made = new PlatformDomain(stack, 'Start', {
    platform,
    domainName: 'trading',
    ledger: SchemaLedger.fromFile(LEDGER),
    profile: DeploymentProfile.SANDBOX,
    bytesScannedLimit: Size.gibibytes(1),
    ...props,
  });
  return { app, stack, made };
}

function makeProduct({ stack, made }: ReturnType<typeof make>): DataProduct {
  return new DataProduct(stack, 'Trades', {
    domain: made.domain,
    contract: contractOf(CONTRACT),
    schema: tradesSchema(),
  });
}

describe('what the platform gives a domain', () => {
  const started = make({ goldenRules: ['ColumnCount > 1'] });
  makeProduct(started);
  const template = Template.fromStack(started.stack);

  test('judges its products by the rules of the platform, then its own', () => {
    template.hasResourceProperties('AWS::Glue::DataQualityRuleset', {
      Ruleset: Match.stringLikeRegexp('RowCount > 10,\\s+ColumnCount > 1'),
    });
  });

  test('uses the words of the platform for its LF-Tags', () => {
    const keys = Object.values(template.findResources('AWS::LakeFormation::Tag')).map((each) => each.Properties.TagKey);
    expect([...keys].sort()).toEqual(['house-classification', 'house-domain', 'house-product']);
  });

  test('tells its costs apart: whose they are, of which domain, of which product', () => {
    const alarm = Object.values(template.findResources('AWS::CloudWatch::Alarm'))[0].Properties as { Tags: object[] };
    expect(alarm.Tags).toEqual([
      { Key: 'cost-center', Value: 'CC-7' },
      { Key: 'data-domain', Value: 'trading' },
      { Key: 'data-product', Value: 'trades' },
    ]);
    template.hasResourceProperties('AWS::KMS::Key', { Tags: Match.arrayWith([{ Key: 'cost-center', Value: 'CC-7' }]) });
  });

  test('has a workgroup for its people, which stops a query at the limit', () => {
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      WorkGroupConfiguration: { BytesScannedCutoffPerQuery: 2 ** 30 },
    });
    template.hasResourceProperties('AWS::IAM::Role', { RoleName: 'data-mesh-trading' });
  });

  test('has a steward, who sees what there is and no rows', () => {
    template.hasResourceProperties('AWS::IAM::Role', { RoleName: 'data-mesh-steward-trading' });
    const [policy] = Object.values(
      template.findResources('AWS::IAM::Policy', { Properties: { PolicyName: Match.stringLikeRegexp('Steward') } }),
    );
    expect(JSON.stringify(policy)).not.toMatch(/s3:|athena:|kms:|lakeformation:|:(Put|Start|Update|Delete)/);
  });

  test('has a key that nobody of another account may use', () => {
    const [key] = Object.values(template.findResources('AWS::KMS::Key'));
    expect(JSON.stringify(key.Properties.KeyPolicy)).not.toMatch(/"AWS":"\*"|111111111111/);
    expect(key.Properties.EnableKeyRotation).toBe(true);
  });

  test('refers to nothing of the platform, so that either deploys without the other', () => {
    expect(JSON.stringify(template.toJSON())).not.toContain('Fn::ImportValue');
    expect(started.stack.dependencies).toEqual([]);
  });

  test('has no finding of cdk-nag', () => {
    const found = [new AwsSolutionsChecks(started.app), new NIST80053R5Checks(started.app)]
      .flatMap((pack) => pack.validateScope(started.app).violations)
      .map(({ ruleName, violatingResources }) => [ruleName, violatingResources.map((each) => each.constructPath)]);
    expect(found).toEqual([]);
  });
});

test.each<[string, () => unknown, string]>([
  [
    'is in another account than it has registered',
    () => make({}, '333333333333'),
    'is registered with the account 222222222222, but its stack is for 333333333333',
  ],
  ['has not registered', () => make({ domainName: 'risk' }), "'risk' is no domain of the mesh; register it"],
  [
    'has words of its own',
    () => make({ lakeFormation: { tagPrefix: 'my-' } }),
    "begins its LF-Tags with 'my-', and the platform with 'house-'",
  ],
])('a domain that %s is refused', (_, build, message) => {
  expect(build).toThrow(message);
});

describe('a publication in DataZone', () => {
  const IDS = { catalogDomainId: 'dzd_1a2b3c4d5e6f7g', projectId: '5e6f7g8h9i0j1k', environmentId: '4d5e6f7g8h9i0j' };
  const publish = (props: Partial<CatalogPublicationProps> = {}) => {
    const started = make();
    const product = makeProduct(started);
    new CatalogPublication(started.stack, 'Publication', { products: [product], ...IDS, ...props });
    return Template.fromStack(started.stack);
  };

  test("names the products' tables, no other, and brings the results of their rules along", () => {
    publish({ schedule: 'cron(0 7 * * ? *)' }).hasResourceProperties('AWS::DataZone::DataSource', {
      Type: 'GLUE',
      DomainIdentifier: IDS.catalogDomainId,
      ProjectIdentifier: IDS.projectId,
      EnvironmentIdentifier: IDS.environmentId,
      PublishOnImport: true,
      Schedule: { Schedule: 'cron(0 7 * * ? *)', Timezone: 'UTC' },
      Configuration: {
        GlueRunConfiguration: {
          AutoImportDataQualityResult: true,
          RelationalFilterConfigurations: [
            {
              DatabaseName: { Ref: Match.stringLikeRegexp('Database') },
              FilterExpressions: [{ Type: 'INCLUDE', Expression: 'fct_trades' }],
            },
          ],
        },
      },
    });
  });

  test.each<[Partial<CatalogPublicationProps>, string]>([
    [{ catalogDomainId: 'trading' }, "catalogDomainId is 'trading'; give an id such as dzd_1a2b3c4d5e6f7g"],
    [{ projectId: 'a b' }, "projectId is 'a b'; give an id"],
    [{ environmentId: undefined }, 'give either environmentId (DataZone) or connectionId (SageMaker Unified Studio)'],
    [{ connectionId: '4d5e6f7g8h9i0j' }, 'give either environmentId'],
    [{ environmentId: 'x y' }, "environmentId is 'x y'"],
    [{ schedule: 'daily' }, "schedule 'daily' is none; write six fields, such as cron(0 7 * * ? *)"],
    [{ products: [] }, 'publishes the products of one domain, and there is none'],
  ])('%j is refused', (props, message) => {
    expect(() => publish(props)).toThrow(message);
  });
});
