import {
  CfnResource,
  type IPolicyValidationContext,
  type IPolicyValidationPlugin,
  type PolicyValidationPluginReport,
  type PolicyViolation,
  Stack,
} from 'aws-cdk-lib';
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { type Finding, judge } from './private/judge';
import { RULES } from './private/rules';
import type { CloudFormationTemplate } from './private/template';

/**
 * Rules for data platforms that the packs of cdk-nag do not know: Iceberg tables, table optimizers, Lake Formation, S3
 * Tables, MSK, ElastiCache, EMR and Redshift Serverless, and whether tasks in a network reach what they call.
 * docs/nag-rules.md lists them. Works beside cdk-nag and without it:
 *
 *     Validations.of(app).addPlugins(new DataPlatformChecks());
 *
 * A finding fails the synthesis, unless it is accepted on the construct or above it, of which the CDK takes account:
 *
 *     Validations.of(construct).acknowledge({ id: 'DataPlatform::EmrServerlessImage', reason: '...' });
 *
 * What only CloudFormation knows, such as the value of a parameter, is reported as a warning and fails nothing.
 */
export class DataPlatformChecks implements IPolicyValidationPlugin {
  readonly name = 'DataPlatform';
  readonly ruleIds?: string[] = RULES.map(({ id }) => id);

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = context.appConstruct.node
      .findAll()
      .filter((each) => Stack.isStack(each))
      .flatMap((stack) => violationsOf(stack, context));
    return { success: violations.every(({ severity }) => severity !== 'error'), violations };
  }
}

/** A nested stack's template lies beside that of the stack around it; stacks of other stages are not in the context. */
function violationsOf(stack: Stack, context: IPolicyValidationContext): PolicyViolation[] {
  let outermost = stack;
  while (outermost.nestedStackParent) outermost = outermost.nestedStackParent;
  const around = context.stackTemplates.find(({ stackConstructPath }) => stackConstructPath === outermost.node.path);
  if (!around) return [];
  const file = path.join(path.dirname(around.templatePath), stack.templateFile);
  const resources = resourcesOf(stack);
  const findings = judge(JSON.parse(readFileSync(file, 'utf8')) as CloudFormationTemplate);
  return findings.map((finding) => violation(finding, resources.get(finding.logicalId), file));
}

function resourcesOf(stack: Stack): Map<string, CfnResource> {
  const resources = stack.node.findAll().filter((each) => CfnResource.isCfnResource(each));
  return new Map(
    resources
      .filter((resource) => resource.stack === stack)
      .map((resource) => [String(stack.resolve(resource.logicalId)), resource]),
  );
}

function violation(finding: Finding, resource: CfnResource | undefined, templatePath: string): PolicyViolation {
  const place = resource
    ? { constructPath: resource.node.path }
    : { resourceLogicalId: finding.logicalId, templatePath };
  const unresolved = finding.outcome === 'unresolved';
  return {
    ruleName: finding.rule,
    description: unresolved ? `Not to be told before deployment: ${finding.text}` : finding.text,
    fix: finding.remedy,
    severity: unresolved ? 'warning' : 'error',
    ruleMetadata: { source: finding.source },
    violatingResources: [{ ...place, locations: ['Properties'] }],
  };
}
