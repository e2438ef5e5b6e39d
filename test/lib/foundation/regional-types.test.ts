import { App, Stack } from 'aws-cdk-lib';
import { requireType } from '../../../lib/foundation/private/regional-types';

const needs = (type: string, region?: string) => () =>
  requireType(new Stack(new App(), 'Stack', { env: { region } }), type, 'The service', 'Use another.');

test.each([
  ['AWS::MSK::ServerlessCluster', 'us-gov-west-1'],
  ['AWS::MSK::ServerlessCluster', 'us-west-1'],
  ['AWS::MSK::ServerlessCluster', 'cn-north-1'],
  ['AWS::Glue::TableOptimizer', 'us-gov-east-1'],
  ['AWS::Glue::TableOptimizer', 'cn-northwest-1'],
  ['AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption', 'eu-central-2'],
])('%s is refused in %s, with the alternative', (type, region) => {
  expect(needs(type, region)).toThrow(`Stack: The service is not available in ${region}. Use another.`);
});

test.each([
  ['AWS::MSK::ServerlessCluster', 'eu-central-1'],
  ['AWS::Glue::TableOptimizer', 'us-east-1'],
  ['AWS::S3::Bucket', 'cn-north-1'],
])('%s is let through in %s', (type, region) => {
  expect(needs(type, region)).not.toThrow();
});

test('a region that is only known at deployment is let through', () => {
  expect(needs('AWS::MSK::ServerlessCluster')).not.toThrow();
});
