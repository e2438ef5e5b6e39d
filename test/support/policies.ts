import type { Template } from 'aws-cdk-lib/assertions';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | string[];
  readonly Resource: unknown;
}

/** The statements of all policies of a kind: of roles unless told otherwise. */
export function statementsOf(template: Template, type = 'AWS::IAM::Policy', property = 'PolicyDocument'): Statement[] {
  return Object.values(template.findResources(type)).flatMap(
    ({ Properties }) => Properties[property].Statement as Statement[],
  );
}
