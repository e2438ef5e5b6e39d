import { RemovalPolicy } from 'aws-cdk-lib';
import { DeploymentProfile } from '../../../lib/foundation';

test('a sandbox is destroyed without a trace', () => {
  expect(DeploymentProfile.SANDBOX).toMatchObject({ destroyable: true, removalPolicy: RemovalPolicy.DESTROY });
});

test('production keeps what is stateful', () => {
  expect(DeploymentProfile.PRODUCTION).toMatchObject({ destroyable: false, removalPolicy: RemovalPolicy.RETAIN });
});

test.each([
  ['sandbox', DeploymentProfile.SANDBOX],
  ['production', DeploymentProfile.PRODUCTION],
])('%s is found by its name', (name, profile) => {
  expect(DeploymentProfile.fromName(name)).toBe(profile);
});

test('an unknown name is refused with the known ones', () => {
  expect(() => DeploymentProfile.fromName('prod')).toThrow(
    "deployment profile 'prod' is unknown; use one of: sandbox, production",
  );
});
