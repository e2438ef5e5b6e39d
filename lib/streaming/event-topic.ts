import { Duration, Token, Tokenization } from 'aws-cdk-lib';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IDataNetwork } from '../foundation';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';
import type { IEventTopic } from '../ports';
import type { IEventBackbone } from './event-backbone';
import { KafkaArns } from './private/kafka-arns';
import { createTopic } from './private/topic-resource';

/** Properties of an `EventTopic`. */
export interface EventTopicProps {
  /** The brokers that the topic lives on. */
  readonly backbone: IEventBackbone;

  /** Name of the topic: letters, digits, `.`, `_` and `-`, at most 249 characters. */
  readonly topicName: string;

  /**
   * Number of partitions. It can grow (records of one key then move to another partition) and never shrink.
   *
   * @default 6
   */
  readonly partitions?: number;

  /**
   * How long records are kept.
   *
   * @default Duration.days(7)
   */
  readonly retention?: Duration;

  /**
   * Keep records for ever; `retention` is not used then.
   *
   * @default false
   */
  readonly unlimitedRetention?: boolean;

  /**
   * How many brokers hold each record. It cannot change once the topic exists.
   *
   * @default - as many as the backbone has brokers, at most 3
   */
  readonly replicationFactor?: number;

  /**
   * Further settings of the topic by Kafka's own names, such as `max.message.bytes`. They win over the defaults.
   *
   * @default - `message.timestamp.type=LogAppendTime` and `retention.ms`
   */
  readonly configs?: { [property: string]: string };
}

/**
 * A Kafka topic.
 *
 * Its records carry the time at which the broker took them (`LogAppendTime`): producers' clocks cannot disorder it.
 * CloudFormation creates it on a provisioned cluster, a custom resource on MSK Serverless; on adopted brokers it exists.
 * Production keeps the topic when its stack goes.
 */
export class EventTopic extends Construct implements IEventTopic {
  readonly topicName: string;
  readonly bootstrapServers: string;
  readonly kafkaClientProperties: { [property: string]: string };
  readonly network?: IDataNetwork;
  readonly connections: Connections;
  private readonly arns?: KafkaArns;

  constructor(scope: Construct, id: string, props: EventTopicProps) {
    super(scope, id);
    const partitions = props.partitions ?? 6;
    validate(this, props.topicName, partitions);
    const { backbone } = props;
    this.topicName = props.topicName;
    this.bootstrapServers = backbone.bootstrapServers;
    this.kafkaClientProperties = backbone.security.clientProperties;
    this.network = backbone.network;
    this.connections = backbone.connections;
    this.arns = backbone.clusterArn === undefined ? undefined : new KafkaArns(backbone.clusterArn);
    createTopic(this, backbone, {
      topicName: props.topicName,
      partitions,
      replicationFactor: props.replicationFactor ?? backbone.replicationFactor ?? 1,
      configs: {
        'message.timestamp.type': 'LogAppendTime',
        'retention.ms': retentionMillis(props),
        ...props.configs,
      },
    });
  }

  /**
   * Lets the grantee read the topic, as a member of that consumer group (`prefix*` for groups that begin with the
   * prefix) or, without one, of any group of the cluster. Grants nothing on brokers without IAM authentication.
   */
  grantConsume(grantee: iam.IGrantable, consumerGroup: string = '*'): iam.Grant {
    if (!this.arns) return iam.Grant.drop(grantee, 'brokers without IAM authentication');
    const topic = this.arns.topic(this.topicName);
    const group = this.arns.group(consumerGroup);
    if (consumerGroup.endsWith('*')) {
      acknowledgeWildcards(grantee, [group], 'The client makes up the rest of the name of its consumer group.');
    }
    return this.grant(grantee, ['kafka-cluster:Connect'], this.arns.cluster)
      .combine(this.grant(grantee, ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], topic))
      .combine(this.grant(grantee, ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], group));
  }

  /** Lets the grantee write to the topic, idempotently. Grants nothing on brokers without IAM authentication. */
  grantProduce(grantee: iam.IGrantable): iam.Grant {
    if (!this.arns) return iam.Grant.drop(grantee, 'brokers without IAM authentication');
    return this.grant(
      grantee,
      ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
      this.arns.cluster,
    ).combine(
      this.grant(grantee, ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], this.arns.topic(this.topicName)),
    );
  }

  private grant(grantee: iam.IGrantable, actions: string[], resourceArn: string): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
  }
}

function retentionMillis(props: EventTopicProps): string {
  if (props.unlimitedRetention) return '-1';
  return Tokenization.stringifyNumber((props.retention ?? Duration.days(7)).toMilliseconds());
}

function validate(topic: EventTopic, name: string, partitions: number): void {
  // https://kafka.apache.org/documentation/#topicconfigs; Topic.LEGAL_CHARS and MAX_NAME_LENGTH in Kafka's sources.
  if (!Token.isUnresolved(name) && (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..')) {
    throw new Error(
      `${topic.node.path}: topic name '${name}' is not one of Kafka's; use letters, digits, '.', '_' and '-', at most 249.`,
    );
  }
  if (!Token.isUnresolved(partitions) && (!Number.isInteger(partitions) || partitions < 1)) {
    throw new Error(`${topic.node.path}: topic '${name}' with ${partitions} partitions; use a whole number from 1.`);
  }
}
