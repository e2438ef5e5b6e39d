import { type App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import { newVariant, VARIANTS } from './variants';

/** What the packs find that nothing beside the resource accepts. */
function openFindings(app: App): string[] {
  return [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)]
    .flatMap((pack) => pack.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((each) => `${ruleName}: ${each.constructPath}`),
    );
}

test.each(VARIANTS)('AwsSolutions and NIST 800-53 r5 have no open finding: $name', (variant) => {
  expect(openFindings(newVariant(variant).app)).toEqual([]);
});

test('a planted resource is found', () => {
  const { app, stack } = newVariant(VARIANTS[0]);
  new CfnBucket(stack, 'Planted');
  expect(openFindings(app)).toEqual(
    expect.arrayContaining([
      'AwsSolutions-S10: TradingLakehouseStack/Planted',
      'NIST.800.53.R5-S3BucketVersioningEnabled: TradingLakehouseStack/Planted',
    ]),
  );
});

test.each(VARIANTS)('every task in the network reaches what it calls: $name', (variant) => {
  const findings = reachability(Template.fromStack(newVariant(variant).stack).toJSON());
  // Brokers and network that exist already are in no template: that is said, and nothing else.
  const existing = variant.settings.sources?.kafka.existing;
  expect(findings.map(({ target, link, verdict }) => ({ target, link, verdict }))).toEqual(
    existing ? [{ target: '', link: 'place', verdict: 'unknown' }] : [],
  );
  for (const { message } of findings) expect(message).toContain(existing?.subnetIds[0]);
});
