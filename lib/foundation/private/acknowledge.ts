import { Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';

/**
 * Accepts a finding of a rule pack on a construct, with the reason that stands in the validation report.
 *
 * @param id the rule as its pack names it, such as `AwsSolutions-S1`
 */
export function acknowledge(scope: IConstruct, id: string, reason: string): void {
  Validations.of(scope).acknowledge({ id, reason });
}

/** Accepts that a grantee's policy names resources by a pattern. Does nothing for a grantee without a policy here. */
export function acknowledgeResourcePattern(grantee: IGrantable, arn: string, reason: string): void {
  const principal: unknown = grantee.grantPrincipal;
  if (!Construct.isConstruct(principal)) return;
  const resource = flatten(Stack.of(principal).resolve(arn));
  acknowledge(principal, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
}

/** A resolved ARN as cdk-nag writes it into the id of a finding (its flattenCfnReference). */
function flatten(node: unknown): string {
  if (typeof node === 'string') return node.replace(/\$\{/g, '<').replace(/\}/g, '>');
  const reference = node as Record<string, unknown>;
  if ('Fn::Join' in reference) {
    const [delimiter, items] = reference['Fn::Join'] as [string, unknown[]];
    return items.map(flatten).join(delimiter);
  }
  if ('Fn::GetAtt' in reference) {
    const [resource, attribute] = reference['Fn::GetAtt'] as [string, string];
    return `<${resource}.${attribute}>`;
  }
  return 'Ref' in reference ? `<${String(reference.Ref)}>` : JSON.stringify(node);
}
