import { CfnResource, Stack, Validations } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';

/**
 * Accepts findings on a construct, with the reason. One call serves every scanner that finds the same thing:
 * - cdk-nag and other validation plugins, by ids such as `AwsSolutions-S1`: for the construct and all below it
 * - checkov (`CKV_AWS_18`) and cfn-lint (`W3010`), which read templates: for the construct's own resource, in whose
 *   `Metadata` they look
 *
 * @param ids the rules as their scanners name them
 * @throws when a rule of checkov or cfn-lint is accepted on a construct that stands for no resource
 */
export function acknowledge(scope: IConstruct, ids: string | readonly string[], reason: string): void {
  for (const id of [ids].flat()) {
    if (/^CKV2?_/.test(id)) appendMetadata(scope, 'checkov', 'skip', { id, comment: reason });
    else if (/^[EWI]\d{4}$/.test(id)) acknowledgeForCfnLint(scope, id, reason);
    else Validations.of(scope).acknowledge({ id, reason });
  }
}

/** Accepts that a role's permissions stand in a policy of its own, as the CDK writes them. */
export function acknowledgeInlinePolicy(role: IConstruct): void {
  acknowledge(
    role,
    'NIST.800.53.R5-IAMNoInlinePolicy',
    'The permissions are for this role alone and go with it; a managed policy could be attached to others.',
  );
}

/**
 * Accepts, beside the statement that needs it, that a policy names resources by a pattern. Each is accepted by itself,
 * so that another pattern in the same policy is still a finding.
 *
 * @param grantee whose policy holds the patterns; nothing happens for principals that are not constructs
 * @param arns as the statement has them; those without a wildcard are passed over
 * @param reason why they cannot be narrower
 */
export function acknowledgeWildcards(grantee: IGrantable, arns: readonly string[], reason: string): void {
  const principal: unknown = grantee.grantPrincipal;
  if (!Construct.isConstruct(principal)) return;
  const stack = Stack.of(principal);
  for (const resource of arns.map((arn) => flatten(stack.resolve(arn)))) {
    if (resource.includes('*')) acknowledge(principal, `AwsSolutions-IAM5[Resource::${resource}]`, reason);
  }
}

// cfn-lint's own metadata has no room for a reason, so it stands beside it.
function acknowledgeForCfnLint(scope: IConstruct, id: string, reason: string): void {
  const resource = resourceOf(scope, id);
  const { config } = (resource.getMetadata('cfn-lint') ?? { config: { ignore_checks: [] } }) as CfnLintMetadata;
  resource.addMetadata('cfn-lint', { config: { ignore_checks: [...config.ignore_checks, id] } });
  appendMetadata(scope, 'cdk-data-patterns', 'accepted', { id, comment: reason });
}

interface CfnLintMetadata {
  readonly config: { readonly ignore_checks: readonly string[] };
}

interface AcceptedRule {
  readonly id: string;
  readonly comment: string;
}

function appendMetadata(scope: IConstruct, key: string, list: string, accepted: AcceptedRule): void {
  const resource = resourceOf(scope, accepted.id);
  const metadata = (resource.getMetadata(key) ?? {}) as Record<string, readonly AcceptedRule[]>;
  resource.addMetadata(key, { ...metadata, [list]: [...(metadata[list] ?? []), accepted] });
}

function resourceOf(scope: IConstruct, id: string): CfnResource {
  const resource = CfnResource.isCfnResource(scope) ? scope : scope.node.defaultChild;
  if (resource && CfnResource.isCfnResource(resource)) return resource;
  throw new Error(
    `${scope.node.path}: '${id}' is accepted on a construct without a resource; name the resource itself.`,
  );
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
  if ('Fn::ImportValue' in reference) return flatten(reference['Fn::ImportValue']);
  return 'Ref' in reference ? `<${String(reference.Ref)}>` : JSON.stringify(node);
}
