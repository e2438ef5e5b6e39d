/**
 * Regions without `AWS::Glue::TableOptimizer`, as the CloudFormation registry lists types per region (the schemas in
 * cfn-lint 1.53, 2026-11-24). A region that is not known yet is not refused.
 */
export const REGIONS_WITHOUT_OPTIMIZER: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-3',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'cn-north-1',
  'cn-northwest-1',
  'eu-central-2',
  'eu-south-1',
  'eu-south-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
  'us-gov-east-1',
  'us-gov-west-1',
  'us-west-1',
];
