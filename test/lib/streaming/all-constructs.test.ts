import { App, CfnParameter, Stack, StackProps, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { DataPlatformChecks } from '../../../lib/checks';
import { DataBucket, DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { acknowledgeInlinePolicy } from '../../../lib/foundation/private/acknowledge';
import { EventBackbone, EventTopic, IngestionApi, KafkaSecurity } from '../../../lib/streaming';
import { statementsOf } from '../../support/policies';

interface Variant {
  readonly profile: DeploymentProfile;
  readonly serverless: boolean;
}

/** Every construct of foundation and streaming, wired as a platform wires them. */
function buildAll(stack: Stack, suffix: string, { profile, serverless }: Variant): void {
  const key = new DataKey(stack, `Key${suffix}`, { profile });
  const network = new DataNetwork(stack, `Network${suffix}`, {
    key,
    profile,
    natGateways: 1,
    interfaceEndpoints: [ec2.InterfaceVpcEndpointAwsService.GLUE],
  });
  new DataBucket(stack, `Bucket${suffix}`, { key, profile });
  const consumer = new iam.Role(stack, `Consumer${suffix}`, {
    assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
  });
  const backbones = [
    EventBackbone.provisioned(stack, `Provisioned${suffix}`, { key, network, profile }),
    EventBackbone.fromBrokers(stack, `Existing${suffix}`, {
      bootstrapServers: new CfnParameter(stack, `Servers${suffix}`).valueAsString,
      clusterArn: new CfnParameter(stack, `Cluster${suffix}`).valueAsString,
      security: KafkaSecurity.IAM,
      profile,
    }),
    ...(serverless ? [EventBackbone.serverless(stack, `Serverless${suffix}`, { key, network, profile })] : []),
  ];
  backbones.forEach((backbone, index) => {
    const topic = new EventTopic(stack, `Topic${index}${suffix}`, { backbone, topicName: 'trades' });
    topic.grantConsume(consumer, 'spark-kafka-source-*');
    topic.grantProduce(consumer);
    new IngestionApi(stack, `Api${index}${suffix}`, { topic, key, profile }).grantInvoke(consumer);
  });
}

const VARIANTS: [string, StackProps, Variant][] = [
  ['no environment, production', {}, { profile: DeploymentProfile.PRODUCTION, serverless: true }],
  ['no environment, sandbox', {}, { profile: DeploymentProfile.SANDBOX, serverless: true }],
  ...['eu-central-1', 'cn-north-1', 'us-gov-west-1'].map((region): [string, StackProps, Variant] => [
    region,
    { env: { account: '111122223333', region } },
    { profile: DeploymentProfile.PRODUCTION, serverless: region === 'eu-central-1' },
  ]),
];

describe.each(VARIANTS)('two copies of every construct in one stack: %s', (_name, props, variant) => {
  const app = new App();
  const stack = new Stack(app, 'Stack', props);
  buildAll(stack, '1', variant);
  buildAll(stack, '2', variant);
  const template = Template.fromStack(stack);
  const text = JSON.stringify(template.toJSON());
  const rolePolicies = statementsOf(template);
  const allowed = [
    ...rolePolicies,
    ...statementsOf(template, 'AWS::KMS::Key', 'KeyPolicy'),
    ...statementsOf(template, 'AWS::S3::BucketPolicy', 'PolicyDocument'),
  ].filter(({ Effect }) => Effect === 'Allow');

  test('nothing is looked up', () => {
    expect(app.synth().manifest.missing).toBeUndefined();
  });

  test('no partition is written down', () => {
    expect(text.match(/arn:aws[:-].{0,40}/g)).toBeNull();
  });

  test('no allowed action is a whole service', () => {
    expect(allowed.flatMap(({ Action }) => Action).filter((action) => action.endsWith(':*'))).toEqual([]);
  });

  test('roles are allowed nothing on every resource, but for what EC2 describes on none', () => {
    const everywhere = rolePolicies.filter(({ Resource }) => Resource === '*').flatMap(({ Action }) => Action);
    expect(new Set(everywhere)).toEqual(new Set(['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets']));
  });
});

test.each([DeploymentProfile.PRODUCTION, DeploymentProfile.SANDBOX])(
  'AwsSolutions, NIST 800-53 r5 and our own rules have no open finding in %s',
  (profile) => {
    const app = new App();
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new DataPlatformChecks());
    const stack = new Stack(app, 'Stack');
    buildAll(stack, '', { profile, serverless: true });
    // The role that the test itself makes.
    acknowledgeInlinePolicy(stack.node.findChild('Consumer'));
    expect(() => app.synth()).not.toThrow();
  },
);

test('the AWS Solutions pack would find something (so that its silence means something)', () => {
  const app = new App();
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stack = new Stack(app, 'Stack');
  const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
  role.addToPolicy(new iam.PolicyStatement({ actions: ['glue:GetTable'], resources: ['*'] }));
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(() => app.synth()).toThrow(/AwsSolutions-IAM5/);
});
