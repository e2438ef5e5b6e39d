import { createVerify, generateKeyPairSync } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { portalLink } from '../../../../bin/commands/product/portal-link';
import { DeploymentProfile } from '../../../../lib/foundation';
import { DataPlatform, type ProductPortalSettings } from '../../../../lib/mesh';
import { ENTRANCE_CODE } from '../../../../lib/mesh/portal/private/entrance';
import { portalSite } from '../../../../lib/mesh/portal/private/site';
import { nagFindings } from '../../../support/nag';
import { contractOf } from '../contracts';
import { newDomain, newStack } from '../fixture';
import { NINE_PRODUCTS } from './nine-products';

const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const DOMAINS = ['finance', 'risk', 'trading'].map((domainName, index) => ({
  domainName,
  account: String(index + 1).repeat(12),
}));
const contracts = Object.values(NINE_PRODUCTS).map((text) => contractOf(text));

function portal(settings: Partial<ProductPortalSettings> = {}) {
  const app = new App();
  const stack = new Stack(app, 'Platform');
  new DataPlatform(stack, 'Platform', {
    domains: DOMAINS,
    contracts,
    portal: { readersKey: publicKey, profile: DeploymentProfile.SANDBOX, ...settings },
  });
  return { app, stack };
}

describe('a portal', () => {
  const { app, stack } = portal();
  let template: Template;
  beforeAll(() => {
    template = Template.fromStack(stack);
  });
  const distribution = () =>
    Object.values(template.findResources('AWS::CloudFront::Distribution'))[0].Properties.DistributionConfig;

  test('is served only to whom the key group trusts; the entrance, which shows nothing, is open', () => {
    const { DefaultCacheBehavior, CacheBehaviors } = distribution();
    expect(DefaultCacheBehavior.TrustedKeyGroups).toEqual([{ Ref: expect.stringContaining('Readers') }]);
    expect(CacheBehaviors.map(({ PathPattern }: { PathPattern: string }) => PathPattern)).toEqual(['/enter']);
    expect(CacheBehaviors[0].FunctionAssociations).toHaveLength(1);
  });

  test('stands in a bucket that is closed to all but CloudFront, encrypted with its key', () => {
    expect(distribution().Origins[0].OriginAccessControlId).toBeDefined();
    template.hasResourceProperties('AWS::CloudFront::OriginAccessControl', {
      OriginAccessControlConfig: { OriginAccessControlOriginType: 's3', SigningBehavior: 'always' },
    });
    for (const { Properties } of Object.values(template.findResources('AWS::S3::Bucket'))) {
      expect(Properties.PublicAccessBlockConfiguration.BlockPublicPolicy).toBe(true);
    }
    template.hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({ Principal: { Service: 'cloudfront.amazonaws.com' }, Action: 'kms:Decrypt' }),
        ]),
      },
    });
  });

  test('logs who reads, and sends the headers that keep pages from running anything else', () => {
    expect(distribution().Logging.Bucket).toBeDefined();
    template.hasResourceProperties('AWS::CloudFront::ResponseHeadersPolicy', {
      ResponseHeadersPolicyConfig: {
        SecurityHeadersConfig: {
          ContentSecurityPolicy: {
            ContentSecurityPolicy: Match.stringLikeRegexp("default-src 'none'; script-src 'self'"),
          },
          FrameOptions: { FrameOption: 'DENY' },
        },
      },
    });
  });

  test('asks every five minutes the one role of each domain, and writes one file', () => {
    const policies = Object.entries(template.findResources('AWS::IAM::Policy')).filter(([id]) =>
      id.includes('StateRole'),
    );
    const statements = policies.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement);
    const assumed = statements.find(({ Action }) => Action === 'sts:AssumeRole').Resource;
    expect(JSON.stringify(assumed)).toContain(':iam::222222222222:role/data-mesh-state-risk');
    expect(assumed).toHaveLength(3);
    const written = statements.find(({ Action }) => Action === 's3:PutObject').Resource;
    expect(JSON.stringify(written)).toContain('/state.json');
    template.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'rate(5 minutes)' });
  });

  test('leaves no finding of the packs open', () => {
    expect(nagFindings(app)).toEqual([]);
  });
});

test('a domain lets the portal see its alarms, and nothing else', () => {
  const stack = newStack();
  newDomain(stack, { portalAccount: '444444444444' });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'data-mesh-state-trading',
    AssumeRolePolicyDocument: {
      Statement: [Match.objectLike({ Action: 'sts:AssumeRole', Principal: { AWS: Match.anyValue() } })],
    },
  });
  const [{ Properties }] = Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([id]) => id.includes('StateReader'))
    .map(([, policy]) => policy);
  expect(Properties.PolicyDocument.Statement.map(({ Action }: { Action: string }) => Action)).toEqual([
    'cloudwatch:DescribeAlarms',
  ]);
  expect(() => newDomain(newStack(), { portalAccount: '4444' })).toThrow("portalAccount is '4444'; give the twelve");
});

test.each<[string, Partial<ProductPortalSettings>, string]>([
  ['no key', { readersKey: 'key' }, 'readersKey is no public RSA key of 2048 bits in PEM; make one with: openssl'],
  ['a private key', { readersKey: privateKey }, 'readersKey is no public RSA key'],
  ['production without a certificate', { profile: DeploymentProfile.PRODUCTION }, 'lets readers come by TLS 1.0; give'],
  ['a name without a certificate', { domainName: 'data.example.com' }, 'domainName and certificate need one another'],
])('%s is refused', (_, settings, sentence) => {
  expect(() => portal(settings)).toThrow(sentence);
});

test('production with a name and a certificate demands TLS 1.2', () => {
  const certificate = Certificate.fromCertificateArn(
    new Stack(),
    'Certificate',
    'arn:aws:acm:us-east-1:111111111111:certificate/1',
  );
  const { app, stack } = portal({
    profile: DeploymentProfile.PRODUCTION,
    domainName: 'data.example.com',
    certificate,
    webAclArn: 'arn:aws:wafv2:us-east-1:111111111111:global/webacl/a/1',
  });
  Template.fromStack(stack).hasResourceProperties('AWS::CloudFront::Distribution', {
    DistributionConfig: {
      Aliases: ['data.example.com'],
      ViewerCertificate: { MinimumProtocolVersion: 'TLSv1.2_2021' },
    },
  });
  expect(nagFindings(app)).toEqual([]);
});

describe('a signed link', () => {
  const enter = (query: Record<string, { value: string }>) =>
    runInNewContext(`${ENTRANCE_CODE}; handler(event)`, { event: { request: { querystring: query } } });
  const until = new Date('2026-11-28T20:00:00Z');
  const link = new URL(portalLink('https://d1.cloudfront.net/', privateKey, 'K1', until));
  const query = Object.fromEntries(
    link.search
      .slice(1)
      .split('&')
      .map((each) => [each.split('=')[0], { value: each.slice(each.indexOf('=') + 1) }]),
  );

  test('becomes cookies whose signature is that of the key, over the whole site until its hour', () => {
    const { statusCode, headers, cookies } = enter(query);
    expect([statusCode, headers.location.value]).toEqual([302, '/']);
    // Letters that CloudFront has in place of those of base64.
    const decoded = (name: string) =>
      Buffer.from(cookies[name].value.replace(/-/g, '+').replace(/_/g, '=').replace(/~/g, '/'), 'base64');
    const policy = decoded('CloudFront-Policy');
    expect(JSON.parse(policy.toString()).Statement).toEqual([
      {
        Resource: 'https://d1.cloudfront.net/*',
        Condition: { DateLessThan: { 'AWS:EpochTime': until.getTime() / 1000 } },
      },
    ]);
    expect(createVerify('RSA-SHA1').update(policy).verify(publicKey, decoded('CloudFront-Signature'))).toBe(true);
    expect(cookies['CloudFront-Key-Pair-Id'].value).toBe('K1');
    expect(cookies['CloudFront-Policy'].attributes).toBe('Path=/; Secure; HttpOnly; SameSite=Lax');
  });

  test.each([
    ['nothing', {}],
    ['a part', { policy: query.policy }],
    ['more than letters', { ...query, key: { value: 'K1%0d%0aSet-Cookie:x' } }],
  ])('with %s is refused at the entrance', (_, given) => {
    expect(enter(given).statusCode).toBe(403);
  });

  test.each([
    ['http://d1.cloudfront.net', privateKey, 'is no address of a portal'],
    ['d1', privateKey, 'is no address of a portal'],
    ['https://d1.cloudfront.net', 'key', 'holds no private RSA key of 2048 bits'],
  ])('to %s with another key is not signed', (url, key, sentence) => {
    expect(() => portalLink(url, key, 'K1', until)).toThrow(sentence);
  });
});

test('the same contracts in another order give the same pages', () => {
  const site = (given: typeof contracts) => Object.fromEntries(portalSite(given, 'Mesh'));
  expect(site([...contracts].reverse())).toEqual(site(contracts));
});

test('two contracts of one product at one major version have no page', () => {
  expect(() => portalSite([contracts[0], contracts[0]], 'Mesh')).toThrow(
    'trading.symbols has a contract for version 1 already (data-product.yaml); rename it, or raise its major version.',
  );
});
