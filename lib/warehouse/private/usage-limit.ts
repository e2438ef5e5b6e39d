import { CustomResource, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey } from '../../foundation';
import { acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { HandlerFunction } from '../../foundation/private/handler-function';

export interface UsageLimit {
  readonly workgroupArn: string;
  readonly rpuHoursPerDay: number;
  /** As the API writes it. */
  readonly breachAction: string;
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
}

/**
 * Bounds what a workgroup may compute in a day. CloudFormation has usage limits of provisioned clusters only
 * (`AWS::Redshift::UsageLimit`).
 */
export function limitUsage(warehouse: Construct, limit: UsageLimit): void {
  const handler = new HandlerFunction(warehouse, 'UsageLimitHandler', {
    handler: 'redshift-usage-limit',
    description: 'Bounds what a Redshift Serverless workgroup computes in a day',
    profile: limit.profile,
    key: limit.key,
    timeout: Duration.minutes(2),
  });
  // The service authorization reference names no resource for usage limits.
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonredshiftserverless.html (not read)
  iam.Grant.addToPrincipal({
    grantee: handler,
    actions: [
      'redshift-serverless:CreateUsageLimit',
      'redshift-serverless:DeleteUsageLimit',
      'redshift-serverless:ListUsageLimits',
      'redshift-serverless:UpdateUsageLimit',
    ],
    resourceArns: ['*'],
  });
  acknowledgeWildcards(handler, ['*'], 'Usage limits are no resources of IAM.');

  const resource = new CustomResource(warehouse, 'UsageLimit', {
    resourceType: 'Custom::RedshiftUsageLimit',
    serviceToken: handler.function.functionArn,
    serviceTimeout: Duration.minutes(3),
    properties: {
      ResourceArn: limit.workgroupArn,
      RpuHoursPerDay: limit.rpuHoursPerDay,
      BreachAction: limit.breachAction,
    },
  });
  resource.node.addDependency(handler);
}
