import { Template } from 'aws-cdk-lib/assertions';
import { DataPlatform, type DataPlatformProps } from '../../../lib/mesh';
import { contractOf, FULL_CONTRACT, SEED_CONTRACT } from './contracts';
import { newStack } from './fixture';

const DOMAINS = [
  { domainName: 'trading', account: '111111111111' },
  { domainName: 'risk', account: '222222222222' },
];
const EXPOSURES = FULL_CONTRACT.replace('    - product: trading.quotes\n', '')
  .replace(', trading.quotes.mid', '')
  .replace(/ +- \{domain: finance.*\n/, '');
const APPROVED = `${SEED_CONTRACT}consumers: [{domain: risk, product: risk.exposures, purpose: limits}]\n`;

function platform(props: Partial<DataPlatformProps> = {}) {
  const stack = newStack();
  return { stack, platform: new DataPlatform(stack, 'Platform', { domains: DOMAINS, ...props }) };
}

test('a mesh whose contracts fit together gives Lake Formation its words', () => {
  const contracts = [contractOf(APPROVED), contractOf(EXPOSURES)];
  const template = Template.fromStack(platform({ contracts, tagPrefix: 'mesh-' }).stack);
  const tags = Object.values(template.findResources('AWS::LakeFormation::Tag')).map(({ Properties }) => [
    Properties.TagKey,
    Properties.TagValues,
  ]);
  expect(Object.fromEntries(tags)).toEqual({
    'mesh-domain': ['trading', 'risk'],
    'mesh-product': ['trading.trades', 'risk.exposures'],
    'mesh-classification': ['public', 'internal', 'confidential', 'personal'],
  });
});

test('without a tag prefix Lake Formation is left alone', () => {
  Template.fromStack(platform().stack).resourceCountIs('AWS::LakeFormation::Tag', 0);
  expect(platform().platform.domainTag).toBeUndefined();
});

test('knows the account of each domain, and of no other', () => {
  const { platform: known } = platform();
  expect(known.accountOf('risk')).toBe('222222222222');
  expect(() => known.accountOf('finance')).toThrow(
    "'finance' is no domain of the mesh; register it, or name one of: trading, risk.",
  );
});

test.each<[string, Partial<DataPlatformProps>, string | RegExp]>([
  ['no domain', { domains: [] }, 'a mesh without domains has no data'],
  [
    'a domain without an account',
    { domains: [{ domainName: 'risk', account: '' }] },
    "domain 'risk' has the account ''; give the twelve",
  ],
  ['a domain twice', { domains: [DOMAINS[0], DOMAINS[0]] }, "domain 'trading' is registered twice; keep one."],
  [
    'an interface that two products offer',
    {
      contracts: [contractOf(SEED_CONTRACT), contractOf(SEED_CONTRACT.replace('trading.trades\n', 'trading.quotes\n'))],
    },
    /table 'trading\.fct_trades' is an interface of trading\.trades \(data-product\.yaml\), too; name another one/,
  ],
  [
    'a product of a stranger',
    { domains: [DOMAINS[1]], contracts: [contractOf(SEED_CONTRACT)] },
    /data-product\.yaml:2:1: domain 'trading' has no account/,
  ],
  [
    'a subscription that one side asks for',
    { contracts: [contractOf(SEED_CONTRACT), contractOf(EXPOSURES)] },
    /:28:8: trading\.trades has not approved 'risk'/,
  ],
  [
    'an input that does not exist',
    { contracts: [contractOf(EXPOSURES)] },
    /:28:8: there is no product 'trading\.trades'/,
  ],
])('refuses %s', (_, props, message) => {
  expect(() => platform(props)).toThrow(message);
});
