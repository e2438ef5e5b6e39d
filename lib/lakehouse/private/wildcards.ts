import { Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/**
 * Accepts, beside the statement that needs it, cdk-nag's finding about a wildcard in a policy. Each resource is
 * accepted by itself, so that another wildcard in the same policy is still a finding.
 *
 * @param grantee whose policy holds the wildcard; nothing happens for principals that are not constructs
 * @param resources ARNs as the statement has them; those without a wildcard are passed over
 * @param reason why it cannot be narrower
 */
export function acknowledgeWildcards(grantee: IGrantable, resources: string[], reason: string): void {
  const principal: unknown = grantee.grantPrincipal;
  if (!Construct.isConstruct(principal)) return;
  const stack = Stack.of(principal);
  for (const resource of resources) {
    const finding = flatten(stack.resolve(resource));
    if (!finding.includes('*')) continue;
    Validations.of(principal).acknowledge({ id: `AwsSolutions-IAM5[Resource::${finding}]`, reason });
  }
}

/** A resolved CloudFormation value as cdk-nag writes it in the id of a finding. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const [key, argument] = Object.entries(value as Record<string, unknown>)[0] ?? [];
  if (key === 'Ref') return `<${String(argument)}>`;
  if (key === 'Fn::GetAtt' && Array.isArray(argument)) return `<${argument.map(flatten).join('.')}>`;
  if (key === 'Fn::Join' && Array.isArray(argument)) {
    const [delimiter, items] = argument as [string, unknown[]];
    return items.map(flatten).join(delimiter);
  }
  if (key === 'Fn::ImportValue') return flatten(argument);
  return JSON.stringify(value);
}
