import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as iot from 'aws-cdk-lib/aws-iot';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import { acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { grantDeadLetters, LAMBDA_DESTINATION } from '../foundation/private/dead-letters';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { IEventTopic } from '../ports';
import { kafkaEnvironment } from '../ports/private/kafka-environment';

/** Properties of an `IotIngestion`. */
export interface IotIngestionProps {
  /** Where the messages go. */
  readonly topic: IEventTopic;

  /**
   * Which MQTT topics are taken, such as `trades/+`: `+` stands for one level, `#` at the end for all that follow.
   */
  readonly mqttTopicFilter: string;

  /** Receives messages that the brokers did not take (`iot/`). */
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
   * Field of a message whose text is the record's key in Kafka.
   *
   * @default - no key; records are spread over the partitions
   */
  readonly keyField?: string;
}

/**
 * Messages of devices into a topic: a rule of AWS IoT Core calls a function that writes to Kafka under its own role.
 *
 * The rule's own Kafka action knows no IAM authentication and no MSK Serverless
 * (https://docs.aws.amazon.com/iot/latest/developerguide/apache-kafka-rule-action.html, read 2026-11-28); it would need
 * a second, password-based listener on the brokers, whose users may do anything there.
 */
export class IotIngestion extends Construct {
  /** Which MQTT topics are taken. */
  public readonly mqttTopicFilter: string;

  // eslint-disable-next-line awscdk/no-unused-props -- each part takes its own from it
  constructor(scope: Construct, id: string, props: IotIngestionProps) {
    super(scope, id);
    this.mqttTopicFilter = props.mqttTopicFilter;
    this.validate();
    const handler = this.createHandler(props);
    const rule = new iot.CfnTopicRule(this, 'Resource', {
      topicRulePayload: {
        description: `Messages of ${this.mqttTopicFilter} into the topic ${props.topic.topicName}`,
        awsIotSqlVersion: '2016-03-23',
        sql: `SELECT encode(*, 'base64') AS payload, topic() AS mqttTopic FROM '${this.mqttTopicFilter}'`,
        actions: [{ lambda: { functionArn: handler.function.functionArn } }],
        errorAction: {
          s3: {
            bucketName: props.deadLetters.bucket.bucketName,
            key: 'iot/rule/${topic()}/${timestamp()}-${newuuid()}',
            roleArn: this.errorRole(props).roleArn,
          },
        },
      },
    });
    handler.function.addPermission('Rule', {
      principal: new iam.ServicePrincipal('iot.amazonaws.com'),
      sourceArn: rule.attrArn,
    });
  }

  private createHandler({ topic, deadLetters, key, profile, keyField }: IotIngestionProps): HandlerFunction {
    const handler = new HandlerFunction(this, 'Handler', {
      handler: 'iot-ingestion',
      description: `Takes messages of devices into the topic ${topic.topicName}`,
      profile: profile ?? DeploymentProfile.PRODUCTION,
      key,
      network: topic.network,
      timeout: Duration.seconds(30),
      memorySize: 512,
      caller: {
        withoutQueue: 'What fails three times goes to the bucket of dead letters, by the destination of the function.',
        withoutConcurrency: 'Devices are many and their messages small; a bound would only set messages aside.',
      },
      environment: {
        TOPIC: topic.topicName,
        ...kafkaEnvironment(topic),
        SEND_TIMEOUT_MILLIS: String(Duration.seconds(10).toMilliseconds()),
        ...(keyField ? { KEY_FIELD: keyField } : {}),
      },
    });
    topic.grantProduce(handler);
    if (topic.network) topic.connections.allowDefaultPortFrom(handler, 'Messages of devices');
    // AWS IoT calls without waiting: Lambda itself tries again.
    new lambda.CfnEventInvokeConfig(this, 'Retries', {
      functionName: handler.function.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      destinationConfig: { onFailure: { destination: deadLetters.bucket.bucketArn } },
    });
    grantDeadLetters(handler, deadLetters, [LAMBDA_DESTINATION]);
    return handler;
  }

  private errorRole({ deadLetters }: IotIngestionProps): iam.Role {
    const role = new iam.Role(this, 'ErrorRole', { assumedBy: new iam.ServicePrincipal('iot.amazonaws.com') });
    acknowledgeInlinePolicy(role);
    grantDeadLetters(role, deadLetters, ['iot/*']);
    return role;
  }

  private validate(): void {
    // https://docs.aws.amazon.com/iot/latest/developerguide/topics.html
    if (!/^([^/+#'\s$]*|\+)(\/([^/+#'\s]*|\+))*(\/#)?$/.test(this.mqttTopicFilter) || this.mqttTopicFilter === '') {
      throw new Error(
        `${this.node.path}: '${this.mqttTopicFilter}' is no filter of MQTT topics; write for example trades/+ or trades/#.`,
      );
    }
  }
}
