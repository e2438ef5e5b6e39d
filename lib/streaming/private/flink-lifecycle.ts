import { createHash } from 'node:crypto';
import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { CfnApplication } from 'aws-cdk-lib/aws-kinesisanalyticsv2';
import { Construct, type IDependable } from 'constructs';
import type { DeploymentProfile, IDataKey } from '../../foundation';
import { HandlerFunction } from '../../foundation/private/handler-function';

const FUNCTION_ID = 'cdk-data-patterns FlinkLifecycle';

/**
 * Has the deployment start the application and wait until it runs; a configuration that does not come up fails the
 * deployment, and CloudFormation rolls back to the one before.
 *
 * @param logging what has to be there before it starts, so that its first lines are not lost
 */
export function startApplication(
  scope: Construct & { readonly applicationArn: string },
  application: CfnApplication,
  logging: IDependable,
  settings: { readonly profile: DeploymentProfile; readonly key: IDataKey },
): CustomResource {
  const lifecycle = functionOf(scope, settings);
  iam.Grant.addToPrincipal({
    grantee: lifecycle,
    actions: [
      'kinesisanalytics:DescribeApplication',
      'kinesisanalytics:ListApplicationSnapshots',
      'kinesisanalytics:StartApplication',
      'kinesisanalytics:StopApplication',
    ],
    resourceArns: [scope.applicationArn],
  });
  const configuration = Stack.of(scope).resolve(application.applicationConfiguration);
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  const resource = new CustomResource(scope, 'Started', {
    resourceType: 'Custom::StartedFlinkApplication',
    serviceToken: lifecycle.function.functionArn,
    serviceTimeout: Duration.minutes(20),
    properties: {
      ApplicationName: application.ref,
      // A change of the application is a change of this resource, too, so that it is waited for.
      Configuration: createHash('sha256').update(JSON.stringify(configuration)).digest('hex'),
      // In production a stop is worth its snapshot, however long it takes.
      Force: String(settings.profile.destroyable),
    },
  });
  resource.node.addDependency(lifecycle, logging);
  return resource;
}

/** One function for all applications of a stack. */
function functionOf(
  scope: Construct,
  { profile, key }: { readonly profile: DeploymentProfile; readonly key: IDataKey },
): HandlerFunction {
  const stack = Stack.of(scope);
  const existing = stack.node.tryFindChild(FUNCTION_ID);
  if (existing) return existing as HandlerFunction;
  // eslint-disable-next-line awscdk/no-variable-construct-id -- it is the same name twice
  return new HandlerFunction(stack, FUNCTION_ID, {
    handler: 'flink-application',
    description: 'Starts and stops Flink applications while a stack is deployed',
    profile,
    key,
    timeout: Duration.minutes(15),
  });
}
