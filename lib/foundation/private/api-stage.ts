import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { IDataKey } from '../data-key';
import type { DeploymentProfile } from '../deployment-profile';

export interface ApiStageProps {
  readonly apiId: string;
  readonly stageName: string;
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
  /** Requests a second that are let through over a longer time. */
  readonly requestsPerSecond: number;
  /** Requests that are let through at once on top. */
  readonly burst: number;
  readonly logRetention?: logs.RetentionDays;
  /** Whether CloudWatch tells routes apart, which is paid for. */
  readonly detailedMetrics?: boolean;
}

// What an access log tells; https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
const ACCESS_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  route: '$context.routeKey',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latency: '$context.responseLatency',
  error: '$context.error.message',
  integrationError: '$context.integrationErrorMessage',
});

// Likewise of a WebSocket API; https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-logging.html
const CONNECTION_LOG = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  caller: '$context.identity.userArn',
  sourceIp: '$context.identity.sourceIp',
  connection: '$context.connectionId',
  event: '$context.eventType',
  route: '$context.routeKey',
  status: '$context.status',
  error: '$context.error.message',
});

/** A `Stage` that deploys itself, throttles, and logs every access under the key. */
export function createApiStage(scope: Construct, props: ApiStageProps): apigateway.CfnStage {
  const { apiId, stageName, key, profile } = props;
  key.allowLogGroups();
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  const accessLogs = new logs.LogGroup(scope, 'AccessLogs', {
    encryptionKey: key.key,
    retention: props.logRetention ?? profile.logRetention,
    removalPolicy: profile.removalPolicy,
  });
  // eslint-disable-next-line awscdk/require-passing-this -- stands in the scope of its caller
  return new apigateway.CfnStage(scope, 'Stage', {
    apiId,
    stageName,
    autoDeploy: true,
    accessLogSettings: {
      destinationArn: accessLogs.logGroupArn,
      format: stageName === '$default' ? ACCESS_LOG : CONNECTION_LOG,
    },
    defaultRouteSettings: {
      throttlingRateLimit: props.requestsPerSecond,
      throttlingBurstLimit: props.burst,
      detailedMetricsEnabled: props.detailedMetrics,
    },
  });
}
