import { App, Stack, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeInlinePolicy } from '../../../lib/foundation/private/acknowledge';

const newBucket = () => new Bucket(new Stack(new App(), 'Stack'), 'Bucket');
const metadataOf = (bucket: Bucket) =>
  Object.values(Template.fromStack(bucket.stack).findResources('AWS::S3::Bucket'))[0].Metadata as unknown;

test('one reason stands where each scanner looks for it', () => {
  const bucket = newBucket();
  acknowledge(bucket, ['AwsSolutions-S1', 'CKV_AWS_18', 'W3045'], 'It holds logs.');
  expect(metadataOf(bucket)).toEqual({
    checkov: { skip: [{ id: 'CKV_AWS_18', comment: 'It holds logs.' }] },
    'cfn-lint': { config: { ignore_checks: ['W3045'] } },
    'cdk-data-patterns': { accepted: [{ id: 'W3045', comment: 'It holds logs.' }] },
  });
  const open = new AwsSolutionsChecks(bucket).validateScope(bucket.stack).violations.map(({ ruleName }) => ruleName);
  expect(open).toEqual(['AwsSolutions-S10']);
});

test('a second rule leaves the first accepted', () => {
  const bucket = newBucket();
  acknowledge(bucket, 'CKV_AWS_18', 'First.');
  acknowledge(bucket, 'CKV2_AWS_6', 'Second.');
  acknowledge(bucket, 'W3045', 'Third.');
  acknowledge(bucket, 'I1022', 'Fourth.');
  expect(metadataOf(bucket)).toMatchObject({
    checkov: {
      skip: [
        { id: 'CKV_AWS_18', comment: 'First.' },
        { id: 'CKV2_AWS_6', comment: 'Second.' },
      ],
    },
    'cfn-lint': { config: { ignore_checks: ['W3045', 'I1022'] } },
  });
});

test('a rule of checkov cannot be accepted where there is no resource to write it on', () => {
  const group = new Construct(newBucket().stack, 'Group');
  expect(() => acknowledge(group, 'CKV_AWS_18', 'No.')).toThrow(
    "Stack/Group: 'CKV_AWS_18' is accepted on a construct without a resource; name the resource itself.",
  );
});

test('the policy of a role is accepted, and what is said of the role itself is not', () => {
  const role = new Role(newBucket().stack, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
  acknowledgeInlinePolicy(role);
  const accepted = role.node.metadata.filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
  expect(accepted.map(({ data }) => Object.keys(data as object))).toEqual([
    [expect.stringContaining('IAMNoInlinePolicy')],
  ]);
});
