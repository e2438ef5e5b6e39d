import { ArnFormat, Duration, Size, Stack } from 'aws-cdk-lib';
import * as apigateway from 'aws-cdk-lib/aws-apigatewayv2';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { createApiStage } from '../foundation/private/api-stage';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { IEventTopic } from '../ports';
import { kafkaEnvironment } from '../ports/private/kafka-environment';

/** Properties of an `IngestionApi`. */
export interface IngestionApiProps {
  /** Where the records go. */
  readonly topic: IEventTopic;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Path that records are posted to.
   *
   * @default '/records'
   */
  readonly path?: string;

  /**
   * Field of a record whose text is the record's key in Kafka: records of one key keep their order.
   *
   * @default - no key; records are spread over the partitions
   */
  readonly keyField?: string;

  /**
   * Largest body of a request, at most 5 MiB: Lambda's 6 MB hold it as Base64, too.
   *
   * @default Size.mebibytes(1)
   */
  readonly maxBodySize?: Size;

  /**
   * Most records in a request.
   *
   * @default 1000
   */
  readonly maxRecords?: number;

  /**
   * Requests a second that are let through over a longer time; API Gateway answers 429 to more.
   *
   * @default 50
   */
  readonly requestsPerSecond?: number;

  /**
   * Requests that are let through at once on top.
   *
   * @default - twice `requestsPerSecond`
   */
  readonly burst?: number;

  /**
   * How many requests are worked on at a time, taken from the concurrency of the account. Bounds the connections to the
   * brokers.
   *
   * @default - as many as the account has left
   */
  readonly maxConcurrency?: number;

  /**
   * How long the brokers may take to acknowledge the records of a request, at most 25 seconds. What is not acknowledged
   * by then is to be sent again.
   *
   * @default Duration.seconds(10)
   */
  readonly sendTimeout?: Duration;

  /**
   * How long access logs are kept.
   *
   * @default - 14 days in a sandbox, a year in production
   */
  readonly logRetention?: logs.RetentionDays;
}

// Brokers of MSK take 1,048,588 bytes a batch by default (message.max.bytes); the record's frame takes some of it.
const MAX_RECORD_BYTES = 1_000_000;
const MAX_BODY_BYTES = 5 * 1024 * 1024;
const STAGE = '$default';

/**
 * An HTTP API that takes records into a topic: `POST <path>` with one JSON object, an array of them, or one on a line
 * (`application/x-ndjson`), signed by Signature Version 4 of a caller with `grantInvoke`.
 *
 * Records land byte for byte. The answer comes when all in-sync replicas have them: 202 with partition and offset of
 * each, and of each that failed whether to send it again. 400, 413, 415: the request is wrong. 429 and 503, with
 * `retry-after`: the brokers are slow or away, nothing was taken.
 */
export class IngestionApi extends Construct {
  /** Where records are posted to. */
  public readonly url: string;

  /** Id of the HTTP API. */
  public readonly apiId: string;

  private readonly path: string;

  constructor(scope: Construct, id: string, props: IngestionApiProps) {
    super(scope, id);
    this.path = props.path ?? '/records';
    this.validate(props);
    const api = new apigateway.CfnApi(this, 'Resource', {
      name: this.node.path,
      description: `Records for the topic ${props.topic.topicName}`,
      protocolType: 'HTTP',
    });
    this.apiId = api.ref;
    this.url = `${api.attrApiEndpoint}${this.path}`;
    const handler = this.createHandler(props);
    const integration = new apigateway.CfnIntegration(this, 'Integration', {
      apiId: api.ref,
      integrationType: 'AWS_PROXY',
      integrationUri: handler.function.functionArn,
      payloadFormatVersion: '2.0',
    });
    const route = new apigateway.CfnRoute(this, 'Route', {
      apiId: api.ref,
      routeKey: `POST ${this.path}`,
      authorizationType: 'AWS_IAM',
      target: `integrations/${integration.ref}`,
    });
    handler.function.addPermission('Api', {
      principal: new iam.ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.arn,
    });
    this.createStage(props).node.addDependency(route);
  }

  /** Lets the grantee post records. */
  public grantInvoke(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [this.arn] });
  }

  /** Requests that were answered with 500 and above, among them those that found no broker. Sum over 5 minutes. */
  public metricServerErrors(): cloudwatch.Metric {
    return this.metric('5xx');
  }

  /** Requests that were answered with 400 to 499, among them those that were throttled. Sum over 5 minutes. */
  public metricClientErrors(): cloudwatch.Metric {
    return this.metric('4xx');
  }

  private get arn(): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.apiId,
      resourceName: `${STAGE}/POST${this.path}`,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
  }

  private metric(metricName: string): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/ApiGateway',
      metricName,
      dimensionsMap: { ApiId: this.apiId },
      statistic: cloudwatch.Stats.SUM,
      period: Duration.minutes(5),
    });
  }

  private createHandler(props: IngestionApiProps): HandlerFunction {
    const { topic } = props;
    const handler = new HandlerFunction(this, 'Handler', {
      handler: 'ingestion-api',
      description: `Takes records into the topic ${topic.topicName}`,
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key: props.key,
      network: topic.network,
      // An HTTP API waits 30 seconds at most.
      timeout: Duration.seconds(29),
      memorySize: 512,
      reservedConcurrency: props.maxConcurrency,
      caller: {
        withoutQueue: 'The client waits for the answer and sends again what was not taken.',
        withoutConcurrency:
          'Requests are throttled by the stage; maxConcurrency reserves where an account can spare some.',
      },
      environment: {
        TOPIC: topic.topicName,
        ...kafkaEnvironment(topic),
        MAX_BODY_BYTES: String((props.maxBodySize ?? Size.mebibytes(1)).toBytes()),
        MAX_RECORDS: String(props.maxRecords ?? 1000),
        MAX_RECORD_BYTES: String(MAX_RECORD_BYTES),
        SEND_TIMEOUT_MILLIS: String((props.sendTimeout ?? Duration.seconds(10)).toMilliseconds()),
        ...(props.keyField ? { KEY_FIELD: props.keyField } : {}),
      },
    });
    topic.grantProduce(handler);
    if (topic.network) topic.connections.allowDefaultPortFrom(handler, 'Records that were posted');
    return handler;
  }

  private createStage(props: IngestionApiProps): apigateway.CfnStage {
    const requestsPerSecond = props.requestsPerSecond ?? 50;
    return createApiStage(this, {
      apiId: this.apiId,
      stageName: STAGE,
      key: props.key,
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      requestsPerSecond,
      burst: props.burst ?? 2 * requestsPerSecond,
      logRetention: props.logRetention,
    });
  }

  private validate(props: IngestionApiProps): void {
    const where = this.node.path;
    if (!/^(\/[A-Za-z0-9._-]+)+$/.test(this.path)) {
      throw new Error(`${where}: path '${this.path}' is not one of plain parts; write for example /records.`);
    }
    const bytes = props.maxBodySize?.toBytes() ?? 0;
    if (bytes > MAX_BODY_BYTES)
      throw new Error(`${where}: maxBodySize of ${bytes} bytes is above the 5 MiB there are.`);
    const millis = props.sendTimeout?.toMilliseconds() ?? 0;
    if (millis > 25_000) throw new Error(`${where}: sendTimeout of ${millis} ms is above the 25 seconds there are.`);
  }
}
