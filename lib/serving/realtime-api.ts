import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { acknowledge, acknowledgeWildcards } from '../foundation/private/acknowledge';
import { createApiStage } from '../foundation/private/api-stage';
import { HandlerFunction, type HandlerFunctionProps } from '../foundation/private/handler-function';
import type { IHotStore } from '../ports';
import type { HotStoreSink } from './hot-store-sink';
import { storeEnvironment } from './private/store-environment';

/** Properties of a `RealtimeApi`. */
export interface RealtimeApiProps {
  /** What is served. */
  readonly store: IHotStore;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * The generation that is served while nobody has switched to another one.
   *
   * @default 1
   */
  readonly servedGeneration?: number;

  /**
   * Most windows of a symbol that a request may ask for; as many as the sinks keep.
   *
   * @default 1440
   */
  readonly windowsKept?: number;

  /**
   * Requests a second that are let through over a longer time, and messages of live connections; API Gateway answers 429
   * to more. Twice as many are let through at once.
   *
   * @default 100
   */
  readonly requestsPerSecond?: number;

  /**
   * How long access logs are kept.
   *
   * @default - 14 days in a sandbox, a year in production
   */
  readonly logRetention?: logs.RetentionDays;
}

const HTTP_STAGE = '$default';
const LIVE_STAGE = 'live';
const ROUTES = [
  'GET /summaries/{symbol}',
  'GET /summaries/{symbol}/windows',
  'GET /windows',
  'GET /movers',
  'GET /dashboard',
];
const LIVE_ROUTES = ['$connect', '$disconnect', '$default', 'subscribe'];

/**
 * Windows for applications and people, from the hot store, signed by Signature Version 4 of a caller with `grantRead`.
 *
 * An HTTP API: `GET /summaries/{symbol}` (the newest window), `GET /summaries/{symbol}/windows?last=60`, the same as
 * `GET /windows?symbol=EUR/USD&last=60` for symbols that no segment of a path can be,
 * `GET /movers?last=15&limit=10`, and `GET /dashboard`, a page that shows windows as they come. A WebSocket API pushes new
 * windows to who has sent `{"action":"subscribe"}`, which is answered with the newest ones; to go on listening, send it again
 * at least every two minutes. Each answer names the generation that it is of.
 */
export class RealtimeApi extends Construct {
  /** Address of the HTTP API. */
  public readonly url: string;

  /** Address of the WebSocket API: `wss://…/live`. */
  public readonly liveUrl: string;

  /** Id of the HTTP API. */
  public readonly apiId: string;

  private readonly socketId: string;
  private readonly pusher: HandlerFunction;

  // eslint-disable-next-line awscdk/no-unused-props -- each part takes its own from it
  constructor(scope: Construct, id: string, props: RealtimeApiProps) {
    super(scope, id);
    const api = new apigateway.CfnApi(this, 'Resource', {
      name: this.node.path,
      description: 'Newest windows, windows of a symbol, top movers',
      protocolType: 'HTTP',
    });
    const socket = new apigateway.CfnApi(this, 'Live', {
      name: `${this.node.path}/Live`,
      description: 'New windows as they come',
      protocolType: 'WEBSOCKET',
      routeSelectionExpression: '$request.body.action',
    });
    this.apiId = api.ref;
    this.socketId = socket.ref;
    this.url = api.attrApiEndpoint;
    this.liveUrl = `${socket.attrApiEndpoint}/${LIVE_STAGE}`;
    this.addHttpApi(props);
    this.addSocketApi(props);
    this.pusher = this.addPusher(props);
  }

  /** Has live connections told of what the sink writes. */
  public pushFrom(sink: HotStoreSink): void {
    sink.tell(this.pusher.function);
  }

  /** Lets the grantee read windows and listen to new ones. */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    const resourceArns = [
      this.arnOf(this.apiId, `${HTTP_STAGE}/GET/summaries/*`),
      this.arnOf(this.apiId, `${HTTP_STAGE}/GET/windows`),
      this.arnOf(this.apiId, `${HTTP_STAGE}/GET/movers`),
      this.arnOf(this.apiId, `${HTTP_STAGE}/GET/dashboard`),
      this.arnOf(this.socketId, `${LIVE_STAGE}/$connect`),
    ];
    acknowledgeWildcards(grantee, resourceArns, 'The rest of the path is the symbol, and every symbol may be read.');
    return iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns });
  }

  /** Requests that were answered with 500 and above. Sum over 5 minutes. */
  public metricServerErrors(): cloudwatch.Metric {
    return this.metric('5xx', cloudwatch.Stats.SUM);
  }

  /** How long requests take, in milliseconds. 99th percentile over 5 minutes. */
  public metricLatency(): cloudwatch.Metric {
    return this.metric('Latency', cloudwatch.Stats.p(99));
  }

  private metric(metricName: string, statistic: string): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: this.apiId },
      statistic,
      period: Duration.minutes(5),
    });
  }

  private addHttpApi(props: RealtimeApiProps): void {
    const reader = this.createHandler('Reader', props, {
      handler: 'realtime-api',
      description: 'Answers from the hot store',
      environment: { LIVE_URL: this.liveUrl },
      user: props.store.readerName,
    });
    props.store.grantRead(reader);
    iam.Grant.addToPrincipal({
      grantee: reader,
      actions: ['execute-api:Invoke'],
      resourceArns: [this.arnOf(this.socketId, `${LIVE_STAGE}/$connect`)],
    });
    acknowledge(
      reader.function,
      'DataPlatform::NetworkReachability',
      'The function signs the address of the WebSocket API for a page, and calls neither that nor anything else outside.',
    );
    const target = this.integrate('Integration', this.apiId, reader, '2.0');
    const routes = ROUTES.map(
      (routeKey) =>
        new apigateway.CfnRoute(this, `Route ${routeKey.replace(/\//g, ' ')}`, {
          apiId: this.apiId,
          routeKey,
          authorizationType: 'AWS_IAM',
          target,
        }),
    );
    this.createStage(this, this.apiId, HTTP_STAGE, props).node.addDependency(...routes);
  }

  private addSocketApi(props: RealtimeApiProps): void {
    const listeners = this.createHandler('Listeners', props, {
      handler: 'realtime-socket',
      description: 'Remembers who listens to new windows',
      environment: {},
      user: props.store.writerName,
    });
    props.store.grantReadWrite(listeners);
    const target = this.integrate('LiveIntegration', this.socketId, listeners);
    const routes = LIVE_ROUTES.map((routeKey) => {
      const answers = routeKey === 'subscribe' || routeKey === '$default';
      const route = new apigateway.CfnRoute(this, `LiveRoute ${routeKey}`, {
        apiId: this.socketId,
        routeKey,
        // Only the connection itself can be authorized; what comes over it is of the same caller.
        authorizationType: routeKey === '$connect' ? 'AWS_IAM' : 'NONE',
        routeResponseSelectionExpression: answers ? '$default' : undefined,
        target,
      });
      if (routeKey !== '$connect') {
        acknowledge(route, 'AwsSolutions-APIG4', 'Comes over a connection whose caller was authorized by $connect.');
      }
      if (answers) {
        new apigateway.CfnRouteResponse(this, `LiveAnswer ${routeKey}`, {
          apiId: this.socketId,
          routeId: route.ref,
          routeResponseKey: '$default',
        });
      }
      return route;
    });
    this.createStage(new Construct(this, 'LiveAccess'), this.socketId, LIVE_STAGE, props).node.addDependency(...routes);
  }

  private addPusher(props: RealtimeApiProps): HandlerFunction {
    const { region, urlSuffix } = Stack.of(this);
    const pusher = new HandlerFunction(this, 'Pusher', {
      handler: 'realtime-push',
      description: 'Sends new windows to who listens',
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key: props.key,
      timeout: Duration.seconds(30),
      memorySize: 512,
      caller: {
        withoutQueue: 'Who misses a window is given it with the next snapshot; an old message is worth nothing.',
        withoutConcurrency: 'One call for a batch of the sink; the partitions of the topic bound it.',
      },
      environment: { CONNECTIONS_URL: `https://${this.socketId}.execute-api.${region}.${urlSuffix}/${LIVE_STAGE}` },
    });
    const connections = this.arnOf(this.socketId, `${LIVE_STAGE}/POST/@connections/*`);
    acknowledgeWildcards(pusher, [connections], 'API Gateway gives the id of a connection when somebody connects.');
    iam.Grant.addToPrincipal({
      grantee: pusher,
      actions: ['execute-api:ManageConnections'],
      resourceArns: [connections],
    });
    return pusher;
  }

  private createHandler(
    id: string,
    props: RealtimeApiProps,
    of: Pick<HandlerFunctionProps, 'handler' | 'description' | 'environment'> & { readonly user: string },
  ): HandlerFunction {
    const { store, servedGeneration = 1, windowsKept = 1440 } = props;
    const handler = new HandlerFunction(this, id, {
      handler: of.handler,
      description: of.description,
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key: props.key,
      network: store.network,
      timeout: Duration.seconds(29),
      memorySize: 512,
      caller: {
        withoutQueue: 'The caller waits for the answer and asks again.',
        withoutConcurrency: 'Requests are throttled by the stage.',
      },
      environment: {
        ...storeEnvironment(store, of.user),
        SERVED_GENERATION: String(servedGeneration),
        WINDOWS_KEPT: String(windowsKept),
        ...of.environment,
      },
    });
    store.connections.allowDefaultPortFrom(handler, of.description);
    return handler;
  }

  private integrate(id: string, apiId: string, handler: HandlerFunction, payloadFormatVersion?: string): string {
    const { function: called } = handler;
    const integration = new apigateway.CfnIntegration(this, id, {
      apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: payloadFormatVersion ? called.functionArn : this.invocationOf(called),
      payloadFormatVersion,
    });
    called.addPermission('Api', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.arnOf(apiId, '*'),
    });
    return `integrations/${integration.ref}`;
  }

  /** A WebSocket API names a function by the request that invokes it. */
  private invocationOf(called: lambda.IFunction): string {
    return Stack.of(this).formatArn({
      service: 'apigateway',
      account: 'lambda',
      resource: 'path',
      resourceName: `2015-03-31/functions/${called.functionArn}/invocations`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  private createStage(
    scope: Construct,
    apiId: string,
    stageName: string,
    props: RealtimeApiProps,
  ): apigateway.CfnStage {
    const { requestsPerSecond = 100 } = props;
    return createApiStage(scope, {
      apiId,
      stageName,
      key: props.key,
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      requestsPerSecond,
      burst: 2 * requestsPerSecond,
      logRetention: props.logRetention,
    });
  }

  private arnOf(apiId: string, path: string): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: apiId,
      resourceName: path,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }
}
