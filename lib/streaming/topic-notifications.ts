import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import { grantDeadLetters, LAMBDA_DESTINATION } from '../foundation/private/dead-letters';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { IEventTopic } from '../ports';
import { readTopic } from '../ports/private/topic-reader';

/** Properties of `TopicNotifications`. */
export interface TopicNotificationsProps {
  /** The topic whose messages somebody is to hear of. */
  readonly topic: IEventTopic;

  /** What one message is called, as the subject of a notification has it: `alert`. At most 60 letters, in ASCII. */
  readonly noun: string;

  /** Receives batches that could not be told, below `aws/lambda/`. */
  readonly deadLetters: IDataBucket;

  /** The key for notifications and logs. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Most messages that are told at once, 1 to 1000.
   *
   * @default 100
   */
  readonly batchSize?: number;

  /**
   * Consumer group of the function.
   *
   * @default - `notifications-<topic>`
   */
  readonly consumerGroup?: string;
}

/**
 * Messages of a Kafka topic as notifications: a function publishes them to a topic of Amazon SNS, whose subscribers are
 * people and systems. A notification has a message a line, as it stands in Kafka; each is told at least once.
 */
export class TopicNotifications extends Construct {
  /** Where they are told; subscribe to it. */
  public readonly notifications: sns.ITopic;

  /** Name of the function. */
  public readonly functionName: string;

  constructor(scope: Construct, id: string, props: TopicNotificationsProps) {
    super(scope, id);
    const { topic, noun, deadLetters, key, batchSize = 100 } = props;
    if (!/^[ -~]{1,60}$/.test(noun)) {
      throw new Error(`${this.node.path}: noun is '${noun}'; use 1 to 60 letters in ASCII, as a subject of SNS has.`);
    }
    if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 1000) {
      throw new Error(`${this.node.path}: batchSize is ${batchSize}; use a whole number from 1 to 1000.`);
    }
    const notifications = new sns.Topic(this, 'Topic', { masterKey: key.key, enforceSSL: true });
    this.notifications = notifications;
    const handler = new HandlerFunction(this, 'Handler', {
      handler: 'topic-notifications',
      description: `Messages of ${topic.topicName} as notifications`,
      profile: props.profile ?? DeploymentProfile.PRODUCTION,
      key,
      timeout: Duration.minutes(1),
      caller: {
        withoutQueue: 'The event source mapping tries a batch again, and sets it aside in deadLetters.',
        withoutConcurrency: 'One call a partition at most; the partitions of the topic bound it.',
      },
      environment: { NOTIFICATION_TOPIC: notifications.topicArn, NOUN: noun },
    });
    this.functionName = handler.function.functionName;
    const { topicArn } = notifications;
    iam.Grant.addToPrincipal({ grantee: handler, actions: ['sns:Publish'], resourceArns: [topicArn] });
    // What SNS encrypts it encrypts in the name of who publishes.
    // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse (not read)
    key.key.grant(handler, 'kms:Decrypt', 'kms:GenerateDataKey');
    const consumerGroup = props.consumerGroup ?? `notifications-${topic.topicName}`;
    topic.grantConsume(handler, consumerGroup);
    grantDeadLetters(handler, deadLetters, [LAMBDA_DESTINATION]);
    readTopic(this, handler, { topic, consumerGroup, deadLetters, batchSize });
  }
}
