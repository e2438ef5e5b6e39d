import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DataKey, DeploymentProfile } from '../../../lib/foundation';

interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Condition?: object;
}

function stack(): Stack {
  return new Stack(new App(), 'Stack');
}

function statements(template: Template): Statement[] {
  const [key] = Object.values(template.findResources('AWS::KMS::Key'));
  return key.Properties.KeyPolicy.Statement as Statement[];
}

test('a key is rotated', () => {
  const scope = stack();
  new DataKey(scope, 'Key');
  Template.fromStack(scope).hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
});

test('production keeps the key', () => {
  const scope = stack();
  new DataKey(scope, 'Key');
  Template.fromStack(scope).hasResource('AWS::KMS::Key', { DeletionPolicy: 'Retain' });
});

test('a sandbox deletes the key after the seven days that KMS demands', () => {
  const scope = stack();
  new DataKey(scope, 'Key', { profile: DeploymentProfile.SANDBOX });
  Template.fromStack(scope).hasResource('AWS::KMS::Key', {
    DeletionPolicy: 'Delete',
    Properties: { PendingWindowInDays: 7 },
  });
});

test('no alias is taken unless one is asked for', () => {
  const scope = stack();
  new DataKey(scope, 'Key');
  Template.fromStack(scope).resourceCountIs('AWS::KMS::Alias', 0);
});

test('an alias can be asked for', () => {
  const scope = stack();
  new DataKey(scope, 'Key', { alias: 'lake' });
  Template.fromStack(scope).hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/lake' });
});

test('the policy names its actions one by one', () => {
  const scope = stack();
  new DataKey(scope, 'Key');
  const actions = statements(Template.fromStack(scope)).flatMap(({ Action }) => Action);
  expect(actions.filter((action) => action.endsWith(':*'))).toEqual([]);
});

test('grants can only be made for AWS services', () => {
  const scope = stack();
  new DataKey(scope, 'Key');
  const creating = statements(Template.fromStack(scope)).filter(({ Action }) => Action.includes('kms:CreateGrant'));
  expect(creating).toEqual([expect.objectContaining({ Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } })]);
});

test('the account can still change the policy, so that nobody locks himself out', () => {
  const scope = stack();
  new DataKey(scope, 'Key');
  Template.fromStack(scope).hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Action: Match.arrayWith(['kms:PutKeyPolicy']) })]) },
  });
});

test('log groups are allowed once, however often it is asked', () => {
  const scope = stack();
  const key = new DataKey(scope, 'Key');
  key.allowLogGroups();
  key.allowLogGroups();
  const allowed = statements(Template.fromStack(scope)).filter(({ Sid }) => Sid === 'LogGroups');
  expect(allowed).toHaveLength(1);
});

test('CloudWatch Logs may use the key for log groups of this account only', () => {
  const scope = stack();
  new DataKey(scope, 'Key').allowLogGroups();
  Template.fromStack(scope).hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'LogGroups',
          Condition: {
            ArnLike: {
              'kms:EncryptionContext:aws:logs:arn': {
                'Fn::Join': [
                  '',
                  [
                    'arn:',
                    { Ref: 'AWS::Partition' },
                    ':logs:',
                    { Ref: 'AWS::Region' },
                    ':',
                    { Ref: 'AWS::AccountId' },
                    ':log-group:*',
                  ],
                ],
              },
            },
          },
        }),
      ]),
    },
  });
});

test('an adopted key is used as it is', () => {
  const scope = stack();
  const arn = 'arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  const adopted = DataKey.fromKey(scope, 'Key', kms.Key.fromKeyArn(scope, 'Existing', arn));
  adopted.allowLogGroups();
  expect(adopted.key.keyArn).toBe(arn);
  Template.fromStack(scope).resourceCountIs('AWS::KMS::Key', 0);
});

test('an adopted key of the same app learns to encrypt log groups', () => {
  const scope = stack();
  const adopted = DataKey.fromKey(scope, 'Adopted', new kms.Key(scope, 'Key'));
  adopted.allowLogGroups();
  expect(statements(Template.fromStack(scope)).map(({ Sid }) => Sid)).toContain('LogGroups');
});
