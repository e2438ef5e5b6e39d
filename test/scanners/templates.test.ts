import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnSubnet } from 'aws-cdk-lib/aws-ec2';
import { newVariant, VARIANTS } from '../blueprints/lakehouse/variants';
import { newStack as newHybridStack } from '../blueprints/lakehouse-warehouse/synth';
import { newMesh, templatesOf as meshTemplates } from '../blueprints/mesh/synth';
import { newStack as newStreamingStack } from '../blueprints/streaming/synth';
import { type Variant as StreamingVariant, VARIANTS as STREAMING } from '../blueprints/streaming/variants';
import { newStack as newPathsStack } from '../blueprints/streaming-batch/synth';
import { newStack as newWarehouseStack, VARIANTS as WAREHOUSE } from '../blueprints/warehouse/synth';
import { newGround, newPlatform, newSelfRunningSyncs, newWarehouse } from '../lib/warehouse/fixture';
import { DeploymentProfile } from '../../lib/foundation';
import { preparePackages } from '../support/python-environment';
import { cfnLint, checkov, SCANNERS, type Templates } from './linters';

const MINUTES = 60_000;
jest.setTimeout(10 * MINUTES);

let commands: string;
let templates: Templates;
beforeAll(async () => {
  commands = await preparePackages(SCANNERS);
  const stacks = [
    ...VARIANTS.map((variant) => [variant.name, newVariant(variant).stack] as const),
    ...Object.values<StreamingVariant>(STREAMING).map(
      ({ name, settings }) => [name, newStreamingStack({ settings })] as const,
    ),
    ...WAREHOUSE.map(({ name, settings }) => [name, newWarehouseStack({ settings })] as const),
    ['syncs that run by themselves', newSyncs()] as const,
    ...[false, true].map(
      (production) =>
        [`lakehouse-warehouse${production ? ', production' : ''}`, newHybridStack({ production })] as const,
    ),
    ['lakehouse-warehouse, in place', newHybridStack({ mode: 'zero_copy' })] as const,
    ...['dev', 'prod'].map((environment) => [`streaming-batch, ${environment}`, newPathsStack(environment)] as const),
  ];
  templates = Object.fromEntries(
    [
      ...stacks.map(([name, stack]) => [name, Template.fromStack(stack)] as const),
      ...Object.entries(meshTemplates(newMesh())),
    ].map(([name, template]) => [name, template.toJSON()]),
  );
});

/** The engines of a sync that no blueprint reaches. */
function newSyncs(): Stack {
  const stack = new Stack(new App(), 'Syncs');
  const ground = newGround(stack, '', DeploymentProfile.PRODUCTION);
  newSelfRunningSyncs(stack, ground, newPlatform(stack, ground), newWarehouse(stack, ground));
  return stack;
}

/** A template of this repository with what nobody should deploy. */
function planted(): Templates {
  const { stack } = newVariant(VARIANTS[0]);
  new CfnBucket(stack, 'OpenBucket');
  new CfnSubnet(stack, 'FixedZone', { vpcId: 'vpc-1', cidrBlock: '10.0.0.0/24', availabilityZone: 'eu-central-1a' });
  return { planted: Template.fromStack(stack).toJSON() };
}

test('cfn-lint has no open finding in any variant', async () => {
  expect(await cfnLint(commands, templates, ['eu-central-1', 'us-east-1'])).toEqual([]);
});

test('checkov has no open finding in any variant', async () => {
  // It has no rule for what is of Lake Formation alone, and counts only templates for which it has one.
  const typesOf = (template: object) =>
    Object.values((template as { Resources: Record<string, { Type: string }> }).Resources).map(({ Type }) => Type);
  const judged = Object.entries(templates).filter(([, template]) =>
    typesOf(template).some((type) => !type.startsWith('AWS::LakeFormation::')),
  );
  expect(await checkov(commands, Object.fromEntries(judged))).toEqual([]);
});

test('cfn-lint finds what is planted, and nothing else', async () => {
  const found = await cfnLint(commands, planted(), ['eu-central-1']);
  expect(found).toContain("planted: W3010 FixedZone: Avoid hardcoding availability zones 'eu-central-1a'");
  expect(found.filter((each) => !each.includes(' FixedZone: '))).toEqual([]);
});

test('checkov finds what is planted, and nothing else', async () => {
  const found = await checkov(commands, planted());
  expect(found).toContain('planted: CKV_AWS_53 OpenBucket: Ensure S3 bucket has block public ACLs enabled');
  expect(found.filter((each) => !each.includes(' OpenBucket: '))).toEqual([]);
});

test('a template that a scanner cannot read is no silent success', async () => {
  await expect(checkov(commands, { broken: { Resources: 'none' } })).rejects.toThrow(
    'checkov has read 0 of 1 templates',
  );
});
