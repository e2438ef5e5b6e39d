import { Duration, Token, Tokenization } from 'aws-cdk-lib';
import type { Connections } from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IDataNetwork } from '../foundation';
import { acknowledgeWildcards } from '../foundation/private/acknowledge';
import type { IEventTopic } from '../ports';
import type { RecordSchema } from '../schema';
import type { IEventBackbone } from './event-backbone';
import { KafkaArns } from './private/kafka-arns';
import { createTopic } from './private/topic-resource';
import type { TopicSchemaRegistry } from './topic-schema-registry';

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
   * Keep only the newest record of each key, for ever; `retention` is not used then. For topics that are a table.
   *
   * @default false
   */
  readonly compacted?: boolean;

  /**
   * Keep the records of the last so long on the brokers and older ones in tiered storage, at a fraction of the price.
   * The backbone has to have it (`tieredStorage`); compacted topics cannot.
   *
   * @default - everything on the brokers; Express brokers tier by themselves
   */
  readonly localRetention?: Duration;

  /**
   * The record that its messages are. Its business key is the key of the messages in Kafka: records of one key keep their
   * order, and compaction keeps the newest of each.
   *
   * @default - not said; nothing is registered
   */
  readonly schema?: RecordSchema;

  /**
   * Where the schema is registered, and checked against every version that the topic has had.
   *
   * @default - nowhere
   */
  readonly registry?: TopicSchemaRegistry;

  /**
   * Name of the schema in ledger and registry. Topics with the same records, such as generations of one, share it.
   *
   * @default - the name of the topic
   */
  readonly schemaName?: string;

  /**
   * How many brokers hold each record. It cannot change once the topic exists.
   *
   * @default - as many as the backbone has brokers, at most 3
   */
  readonly replicationFactor?: number;

  /**
   * Further settings of the topic by Kafka's own names, such as `max.message.bytes`. They win over the defaults.
   *
   * @default - `message.timestamp.type=LogAppendTime`, and what retention or compaction need
   */
  readonly configs?: { [property: string]: string };
}

/**
 * A Kafka topic.
 *
 * Its records carry the time at which the broker took them (`LogAppendTime`): producers' clocks cannot disorder it.
 * CloudFormation creates it on a provisioned cluster, a custom resource on MSK Serverless; on adopted brokers it exists.
 * Partitions are added when the number grows; a smaller one fails the deployment, the topic untouched.
 * Production keeps the topic when its stack goes.
 */
export class EventTopic extends Construct implements IEventTopic {
  readonly topicName: string;
  readonly bootstrapServers: string;
  readonly kafkaClientProperties: { [property: string]: string };
  readonly network?: IDataNetwork;
  readonly connections: Connections;
  readonly clusterArn?: string;
  readonly schema?: RecordSchema;
  private readonly arns?: KafkaArns;

  constructor(scope: Construct, id: string, props: EventTopicProps) {
    super(scope, id);
    const partitions = props.partitions ?? 6;
    validate(this, props, partitions);
    const { backbone } = props;
    this.topicName = props.topicName;
    this.bootstrapServers = backbone.bootstrapServers;
    this.kafkaClientProperties = backbone.security.clientProperties;
    this.network = backbone.network;
    this.connections = backbone.connections;
    this.clusterArn = backbone.clusterArn;
    this.schema = props.schema;
    if (props.schema && props.registry) {
      props.registry.register(this, props.schemaName ?? props.topicName, props.schema);
    }
    this.arns = backbone.clusterArn === undefined ? undefined : new KafkaArns(backbone.clusterArn);
    createTopic(this, backbone, {
      topicName: props.topicName,
      partitions,
      replicationFactor: props.replicationFactor ?? backbone.replicationFactor ?? 1,
      configs: {
        'message.timestamp.type': 'LogAppendTime',
        ...retentionConfigs(props),
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

  /**
   * Lets the grantee write to the topic, idempotently, and in transactions of that id (`prefix*` for ids that begin with
   * the prefix), if one is given. Grants nothing on brokers without IAM authentication.
   */
  grantProduce(grantee: iam.IGrantable, transactionalId?: string): iam.Grant {
    if (!this.arns) return iam.Grant.drop(grantee, 'brokers without IAM authentication');
    const produce = this.grant(
      grantee,
      ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'],
      this.arns.cluster,
    ).combine(
      this.grant(grantee, ['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], this.arns.topic(this.topicName)),
    );
    if (transactionalId === undefined) return produce;
    const transaction = this.arns.transactionalId(transactionalId);
    if (transactionalId.endsWith('*')) {
      acknowledgeWildcards(grantee, [transaction], 'The client makes up the rest of the id of each transaction.');
    }
    return produce.combine(
      this.grant(grantee, ['kafka-cluster:AlterTransactionalId', 'kafka-cluster:DescribeTransactionalId'], transaction),
    );
  }

  private grant(grantee: iam.IGrantable, actions: string[], resourceArn: string): iam.Grant {
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [resourceArn] });
  }
}

function retentionConfigs(props: EventTopicProps): { [property: string]: string } {
  if (props.compacted) return { 'cleanup.policy': 'compact' };
  const local = props.localRetention && {
    'remote.storage.enable': 'true',
    'local.retention.ms': millisOf(props.localRetention),
  };
  return {
    'retention.ms': props.unlimitedRetention ? '-1' : millisOf(props.retention ?? Duration.days(7)),
    ...local,
  };
}

function millisOf(duration: Duration): string {
  return Tokenization.stringifyNumber(duration.toMilliseconds());
}

function validate(topic: EventTopic, props: EventTopicProps, partitions: number): void {
  const { topicName: name, schema } = props;
  // https://kafka.apache.org/documentation/#topicconfigs; Topic.LEGAL_CHARS and MAX_NAME_LENGTH in Kafka's sources.
  if (!Token.isUnresolved(name) && (!/^[a-zA-Z0-9._-]{1,249}$/.test(name) || name === '.' || name === '..')) {
    throw new Error(
      `${topic.node.path}: topic name '${name}' is not one of Kafka's; use letters, digits, '.', '_' and '-', at most 249.`,
    );
  }
  if (!Token.isUnresolved(partitions) && (!Number.isInteger(partitions) || partitions < 1)) {
    throw new Error(`${topic.node.path}: topic '${name}' with ${partitions} partitions; use a whole number from 1.`);
  }
  if (props.compacted && schema && schema.key.length === 0) {
    throw new Error(
      `${topic.node.path}: topic '${name}' is compacted, but its record '${schema.name}' has no key to keep the newest ` +
        'of; give the schema a key.',
    );
  }
  if (props.compacted && props.localRetention) {
    throw new Error(
      `${topic.node.path}: topic '${name}' is compacted, and Kafka tiers no compacted topic; leave localRetention out.`,
    );
  }
  if (props.localRetention && !props.backbone.tieredStorage) {
    throw new Error(
      `${topic.node.path}: topic '${name}' has a localRetention, but its brokers have no tiered storage; give the backbone ` +
        'tieredStorage.',
    );
  }
}
