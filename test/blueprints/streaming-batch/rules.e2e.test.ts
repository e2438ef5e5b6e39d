import { Template } from 'aws-cdk-lib/assertions';
import { judge } from '../../../lib/checks/private/judge';
import { reachability } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { nagFindings } from '../../support/nag';
import { newApp } from '../lakehouse/synth';
import { newStack } from './synth';

/** Makes addresses for others, and calls none of them; accepted beside the function. */
const SIGNS_ONLY = 'ServingApiReader';

describe.each(['dev', 'prod'])('no finding is left open in %s', (environment) => {
  const app = newApp();
  const template = Template.fromStack(newStack(environment, app)).toJSON() as CloudFormationTemplate;

  test('of cdk-nag', () => expect(nagFindings(app)).toEqual([]));

  test('of our own rules', () => {
    const isSigner = (id: string) => id.startsWith(SIGNS_ONLY);
    expect(judge(template).filter(({ logicalId }) => !isSigner(logicalId))).toEqual([]);
    expect(reachability(template).filter(({ task }) => !isSigner(task))).toEqual([]);
  });
});
