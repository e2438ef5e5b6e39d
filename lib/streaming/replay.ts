import { CustomResource, Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { IEventTopic } from '../ports';
import { kafkaEnvironment } from '../ports/private/kafka-environment';
import type { FlinkSqlApplication } from './flink-sql-application';

/** Properties of a `Replay`. */
export interface ReplayProps {
  /** The log that the new generation reads. */
  readonly log: IEventTopic;

  /** The new generation: it has a consumer group of its own, and writes into topics of its own. */
  readonly application: FlinkSqlApplication;

  /** What the generation before writes: a row replaces that of the same key. */
  readonly served: IEventTopic;

  /** What the new generation writes in its place. */
  readonly replayed: IEventTopic;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * Where the application begins to read: the `from` of its `FlinkTable.source`. ISO-8601 with a zone.
   *
   * @default - at the first message that was ever written
   */
  readonly from?: string;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * New logic on old events: a generation of the processing that reads the log anew, beside the one that is served.
 *
 * A log that has lost messages which the replay is to read fails the deployment with a sentence, before the application
 * starts. A function compares what both generations have written: call it with `{}` before you switch.
 */
export class Replay extends Construct {
  /** Name of the function that compares. */
  public readonly comparisonName: string;

  private readonly comparison: HandlerFunction;
  private readonly settings: { readonly key: IDataKey; readonly profile: DeploymentProfile };

  /** @throws when both generations write the same topic, or `from` is no time with a zone */
  constructor(scope: Construct, id: string, props: ReplayProps) {
    super(scope, id);
    this.validate(props);
    this.settings = { key: props.key, profile: props.profile ?? DeploymentProfile.PRODUCTION };
    props.application.startAfter(this.checkLog(props));
    this.comparison = this.createComparison(props);
    this.comparisonName = this.comparison.function.functionName;
  }

  /**
   * Lets the grantee ask how the generations compare. The answer: `lag`, the messages that the new one has yet to read;
   * how many results are `identical`, `different`, `missing` or `added`; and `examples` of their keys.
   */
  public grantCompare(grantee: iam.IGrantable): iam.Grant {
    return this.comparison.grantInvoke(grantee);
  }

  private checkLog(props: ReplayProps): CustomResource {
    const { log, from } = props;
    const check = this.handlerOf(props.log, 'Check', {
      handler: 'whole-log',
      description: `Whether ${log.topicName} can be replayed`,
      timeout: Duration.minutes(1),
    });
    log.grantConsume(check, props.application.consumerGroup);
    const resource = new CustomResource(this, 'WholeLog', {
      resourceType: 'Custom::WholeLog',
      serviceToken: check.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: { TopicName: log.topicName, ...(from ? { From: from } : {}) },
    });
    // The way to the brokers has to be open, and the topic there, before the function looks.
    resource.node.addDependency(check, log, ...log.connections.securityGroups);
    return resource;
  }

  private createComparison(props: ReplayProps): HandlerFunction {
    const { log, served, replayed, application } = props;
    const group = `${application.consumerGroup}-comparison`;
    const comparison = this.handlerOf(props.log, 'Comparison', {
      handler: 'replay-comparison',
      description: `Compares ${replayed.topicName} with ${served.topicName}`,
      timeout: Duration.minutes(15),
      // The keys and values of both topics are held at once.
      memorySize: 2048,
      caller: {
        withoutQueue: 'A person or a pipeline calls it and waits for the answer.',
        withoutConcurrency: 'A person or a pipeline calls it, now and then.',
      },
      environment: {
        TOPIC: log.topicName,
        CONSUMER_GROUP: application.consumerGroup,
        SERVED_TOPIC: served.topicName,
        REPLAYED_TOPIC: replayed.topicName,
        COMPARISON_GROUP: group,
      },
    });
    log.grantConsume(comparison, application.consumerGroup);
    for (const topic of [served, replayed]) topic.grantConsume(comparison, `${group}-${topic.topicName}`);
    return comparison;
  }

  private handlerOf(
    log: IEventTopic,
    id: 'Check' | 'Comparison',
    props: Pick<
      ConstructorParameters<typeof HandlerFunction>[2],
      'handler' | 'description' | 'timeout' | 'memorySize' | 'caller' | 'environment'
    >,
  ): HandlerFunction {
    const handler = new HandlerFunction(this, id, {
      ...props,
      ...this.settings,
      network: log.network,
      environment: { ...kafkaEnvironment(log), ...props.environment },
    });
    if (log.network) log.connections.allowDefaultPortFrom(handler, 'A replay of the log');
    return handler;
  }

  private validate({ served, replayed, from }: ReplayProps): void {
    const where = this.node.path;
    if (served.topicName === replayed.topicName) {
      throw new Error(
        `${where}: both generations write topic '${served.topicName}'; give the new one a topic of its own, such as '${served.topicName}-g2'.`,
      );
    }
    if (from !== undefined && !(/([zZ]|[+-]\d{2}:\d{2})$/.test(from) && !Number.isNaN(Date.parse(from)))) {
      throw new Error(`${where}: from is '${from}'; use ISO-8601 with a zone, such as 2026-11-23T10:00:00Z.`);
    }
  }
}
