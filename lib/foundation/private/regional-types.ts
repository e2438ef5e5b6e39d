import { Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The day of the registry schemas, as cfn-lint 1.58.0 carries them, that tell which types a region lacks. */
export const SCHEMAS_OF = '2026-10-20';

/** Regions that lack a type which this library uses; a type that is not named is in every region of the schemas. */
export const REGIONS_WITHOUT: { readonly [type: string]: readonly string[] } = {
  'AWS::CodeBuild::Project': ['ap-east-2', 'ca-west-1', 'mx-central-1'],
  'AWS::Glue::Registry': ['me-central-1'],
  'AWS::Glue::Schema': ['me-central-1'],
  'AWS::Glue::TableOptimizer': [
    ...['af-south-1', 'ap-east-1', 'ap-east-2', 'ap-northeast-3', 'ap-south-2', 'ap-southeast-4', 'ap-southeast-5'],
    ...['ap-southeast-6', 'ap-southeast-7', 'ca-west-1', 'cn-north-1', 'cn-northwest-1', 'eu-central-2', 'eu-south-1'],
    ...['eu-south-2', 'eu-west-3', 'il-central-1', 'me-central-1', 'mx-central-1', 'us-gov-east-1', 'us-gov-west-1'],
    'us-west-1',
  ],
  'AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption': [
    ...[
      'af-south-1',
      'ap-east-2',
      'ap-northeast-3',
      'ap-south-2',
      'ap-southeast-3',
      'ap-southeast-4',
      'ap-southeast-5',
    ],
    ...['ap-southeast-6', 'ap-southeast-7', 'ca-west-1', 'eu-central-2', 'eu-south-2', 'il-central-1', 'me-central-1'],
    'mx-central-1',
  ],
  'AWS::MSK::ServerlessCluster': ['me-central-1', 'us-gov-east-1', 'us-gov-west-1', 'us-west-1'],
};

// Regions whose registry has the type, but where nobody has verified that the service stands behind it.
const NOT_VERIFIED: { readonly [type: string]: readonly string[] } = {
  'AWS::MSK::ServerlessCluster': ['cn-north-1', 'cn-northwest-1'],
};

/**
 * Refuses a type where it cannot be deployed. Passes when the region of the stack is only known at deployment.
 *
 * @param service what the type is of, for people: `MSK Serverless`
 * @param alternative what to use there: one sentence
 * @throws when the region of the stack is known and lacks the type
 */
export function requireType(scope: IConstruct, type: string, service: string, alternative: string): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region)) return;
  const without = [...(REGIONS_WITHOUT[type] ?? []), ...(NOT_VERIFIED[type] ?? [])];
  if (without.includes(region)) {
    throw new Error(`${scope.node.path}: ${service} is not available in ${region}. ${alternative}`);
  }
}
