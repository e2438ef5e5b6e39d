import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import { grantDeadLetters, LAMBDA_DESTINATION } from '../foundation/private/dead-letters';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { IEventTopic, IHotStore } from '../ports';
import { kafkaEnvironment } from '../ports/private/kafka-environment';
import { readTopic } from '../ports/private/topic-reader';
import { storeEnvironment } from './private/store-environment';

/** Event pollers of one's own, which are paid for by the hour. */
export interface ProvisionedPollers {
  /** Pollers that always run, 1 to 200. */
  readonly minimum: number;

  /** Pollers at most, 1 to 2000. */
  readonly maximum: number;
}

/** Properties of a `HotStoreSink`. */
export interface HotStoreSinkProps {
  /** The topic of windows: JSON objects with at least `symbol` and `window_start`. */
  readonly topic: IEventTopic;

  /** Where they go. */
  readonly store: IHotStore;

  /** Receives messages that are no windows, and batches that failed again and again. */
  readonly deadLetters: IDataBucket;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Number of the generation that writes the topic; its windows stand beside those of any other one.
   *
   * @default 1
   */
  readonly generation?: number;

  /**
   * The generation that is served while nobody has switched to another one.
   *
   * @default 1
   */
  readonly servedGeneration?: number;

  /**
   * How many windows of a symbol are kept, the newest ones, 1 to 100,000.
   *
   * @default 1440
   */
  readonly windowsKept?: number;

  /**
   * Most messages in a batch, 1 to 10,000; a batch is at most 6 MB whatever this says.
   *
   * @default 1000
   */
  readonly batchSize?: number;

  /**
   * Pollers of one's own instead of those that Lambda shares out: they scale in seconds rather than minutes, split a
   * batch that fails to find the message it fails for, and retry it three times. Each costs about 0.185 USD an hour in
   * us-east-1, 135 USD a month (https://aws.amazon.com/lambda/pricing/, as remembered, not verified on 2026-11-28).
   *
   * @default - on demand: free; a batch that fails is tried again, ten times in all, and holds its partition up meanwhile
   */
  readonly provisionedPollers?: ProvisionedPollers;

  /**
   * Consumer group of the sink.
   *
   * @default - `hot-store-g<generation>`
   */
  readonly consumerGroup?: string;
}

/**
 * Windows from a topic into the hot store, by a Lambda function on an event source mapping.
 *
 * Delivery is at least once, the effect exactly once: each window carries the partition, offset and broker time of the
 * message that wrote it, and only a newer message replaces it; so batches may come again, and in any order. What is no
 * window goes to `deadLetters` (`poison/<topic>/<partition>/<offset>.json`) and holds nothing up. A store that has lost
 * what it held is filled anew from the beginning of the log, with the next batch or when the function is called with
 * `{"rebuild": true}`.
 */
export class HotStoreSink extends Construct {
  /** Name of the function. */
  public readonly functionName: string;

  /** The generation whose windows it writes. */
  public readonly generation: number;

  private readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: HotStoreSinkProps) {
    super(scope, id);
    this.generation = props.generation ?? 1;
    this.validate(props);
    const consumerGroup = props.consumerGroup ?? `hot-store-g${this.generation}`;
    this.handler = this.createHandler(props, consumerGroup);
    this.functionName = this.handler.function.functionName;
    const { topic, deadLetters, provisionedPollers, batchSize = 1000 } = props;
    readTopic(this, this.handler, { topic, consumerGroup, deadLetters, batchSize, provisionedPollers });
  }

  /**
   * Has the sink tell of new windows by calling a function, without waiting for it. Only the generation that is served
   * tells.
   */
  public tell(listener: lambda.IFunction): void {
    this.handler.function.addEnvironment('PUSH_FUNCTION', listener.functionName);
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [listener.functionArn],
    });
  }

  /** Messages that the sink has not read yet, in the partition where there are most. Maximum over a minute. */
  public metricOffsetLag(): cloudwatch.Metric {
    return this.metric('OffsetLag', cloudwatch.Stats.MAXIMUM);
  }

  /** Batches that failed, each of which is tried again. Sum over a minute. */
  public metricErrors(): cloudwatch.Metric {
    return this.metric('Errors', cloudwatch.Stats.SUM);
  }

  private metric(metricName: string, statistic: string): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/Lambda',
      metricName,
      dimensionsMap: { FunctionName: this.functionName },
      statistic,
      period: Duration.minutes(1),
    });
  }

  private createHandler(props: HotStoreSinkProps, consumerGroup: string): HandlerFunction {
    const { topic, store, deadLetters } = props;
    const { network } = store;
    const handler = new HandlerFunction(this, 'Handler', {
      handler: 'hot-store-sink',
      description: `Windows of ${topic.topicName} into the hot store`,
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key: props.key,
      network,
      timeout: Duration.minutes(5),
      memorySize: 1024,
      caller: {
        withoutQueue: 'The event source mapping tries a batch again, and sets it aside in deadLetters.',
        withoutConcurrency: 'One call a partition at most; the partitions of the topic bound it.',
      },
      environment: {
        ...storeEnvironment(store, store.writerName),
        GENERATION: String(this.generation),
        SERVED_GENERATION: String(props.servedGeneration ?? 1),
        WINDOWS_KEPT: String(props.windowsKept ?? 1440),
        DEAD_LETTER_BUCKET: deadLetters.bucket.bucketName,
        TOPIC: topic.topicName,
        CONSUMER_GROUP: consumerGroup,
        ...kafkaEnvironment(topic),
      },
    });
    store.grantReadWrite(handler);
    store.connections.allowDefaultPortFrom(handler, 'Windows from the log');
    topic.grantConsume(handler, consumerGroup);
    topic.grantConsume(handler, `${consumerGroup}-rebuild`);
    topic.connections.allowDefaultPortFrom(handler, 'Filling the hot store anew');
    grantDeadLetters(handler, deadLetters, ['poison/*', LAMBDA_DESTINATION]);
    network.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.LAMBDA);
    return handler;
  }

  private validate({ windowsKept, batchSize, provisionedPollers, topic, store }: HotStoreSinkProps): void {
    const where = this.node.path;
    const within = (name: string, value: number | undefined, least: number, most: number) => {
      if (value !== undefined && (!Number.isInteger(value) || value < least || value > most)) {
        throw new Error(`${where}: ${name} is ${value}; use a whole number from ${least} to ${most}.`);
      }
    };
    within('generation', this.generation, 1, 1000);
    within('windowsKept', windowsKept, 1, 100_000);
    within('batchSize', batchSize, 1, 10_000);
    within('provisionedPollers.minimum', provisionedPollers?.minimum, 1, 200);
    within('provisionedPollers.maximum', provisionedPollers?.maximum, provisionedPollers?.minimum ?? 1, 2000);
    if (topic.network && topic.network.vpc !== store.network.vpc) {
      throw new Error(
        `${where}: the topic's brokers and the store stand in two networks; put the store into the brokers'.`,
      );
    }
  }
}
