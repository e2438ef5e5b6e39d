import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { nagFindings } from '../../support/nag';
import { newVariant, VARIANTS } from './variants';

describe.each(VARIANTS)('$name', ({ name, settings }) => {
  let app: App;
  let template: CloudFormationTemplate;
  beforeAll(() => {
    const variant = newVariant({ name, settings });
    app = variant.app;
    template = Template.fromStack(variant.stack).toJSON();
  });

  test('AwsSolutions and NIST 800-53 r5 have no open finding', () => {
    expect(nagFindings(app)).toEqual([]);
  });

  // Brokers and network that exist already are in no template: that is said, and nothing else.
  const existing = settings.sources?.kafka.existing;

  test('our own rules have no open finding', () => {
    expect(judge(template).map(({ rule, outcome }) => `${rule} ${outcome}`)).toEqual(
      // The job that reads the topic, and the function that requests go to.
      existing ? Array(2).fill('NetworkReachability unresolved') : [],
    );
  });

  test('every task in the network reaches what it calls', () => {
    const findings = reachability(template);
    expect(findings.map(({ target, link, verdict }) => ({ target, link, verdict }))).toEqual(
      // The job that reads the topic, and the function that requests go to.
      existing ? Array(2).fill({ target: '', link: 'place', verdict: 'unknown' }) : [],
    );
    for (const { message } of findings) expect(message).toContain(existing?.subnetIds[0]);
  });
});

test('a planted resource is found', () => {
  const { app, stack } = newVariant(VARIANTS[0]);
  new CfnBucket(stack, 'Planted');
  expect(nagFindings(app)).toEqual(
    expect.arrayContaining([
      'AwsSolutions-S10: TradingLakehouseStack/Planted',
      'NIST.800.53.R5-S3BucketVersioningEnabled: TradingLakehouseStack/Planted',
    ]),
  );
});
