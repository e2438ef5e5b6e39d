import { Template } from 'aws-cdk-lib/assertions';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { nagFindings } from '../../support/nag';
import { newApp } from '../lakehouse/synth';
import { newStack, VARIANTS } from './synth';

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
