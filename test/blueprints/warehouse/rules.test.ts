import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { newApp } from '../lakehouse/synth';
import { newStack, VARIANTS } from './synth';

/** What the packs of cdk-nag find that nothing beside the resource accepts. */
function nagFindings(app: App): string[] {
  return [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)]
    .flatMap((pack) => pack.validateScope(app).violations)
    .flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((each) => `${ruleName}: ${each.constructPath}`),
    );
}

describe.each(VARIANTS.map((variant) => [variant.name, variant] as const))('%s', (_, { settings }) => {
  const app = newApp();
  const template = Template.fromStack(newStack({ app, settings })).toJSON() as CloudFormationTemplate;

  test('has no open finding of cdk-nag', () => {
    expect(nagFindings(app)).toEqual([]);
  });

  test('has no open finding of our own rules', () => {
    expect(judge(template)).toEqual([]);
  });

  test('every task reaches what it calls', () => {
    expect(reachability(template)).toEqual([]);
  });
});
