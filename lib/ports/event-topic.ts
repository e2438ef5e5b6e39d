import type { IConnectable } from 'aws-cdk-lib/aws-ec2';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { IDataNetwork } from '../foundation';
import type { RecordSchema } from '../schema';

/**
 * A Kafka topic that a pattern reads or writes, wherever its brokers run.
 *
 * As `IConnectable` it stands for the brokers: `topic.connections.allowDefaultPortFrom(client)` opens their client port.
 */
export interface IEventTopic extends IConstruct, IConnectable {
  /** The name of the topic in Kafka. */
  readonly topicName: string;

  /** Comma-separated `host:port` list; may be a token that is only known once the brokers exist. */
  readonly bootstrapServers: string;

  /**
   * What a Java client (Spark, Flink, the Kafka tools) needs to reach the brokers, by Kafka's own names:
   * `security.protocol`, `sasl.mechanism`, `sasl.jaas.config`, ... Holds no secret and not `bootstrap.servers`. What such
   * a client needs on its classpath is said at `KafkaSecurity.IAM`.
   */
  readonly kafkaClientProperties: { [property: string]: string };

  /**
   * The network that clients have to stand in.
   *
   * @default - the brokers are reachable from anywhere
   */
  readonly network?: IDataNetwork;

  /**
   * ARN of the MSK cluster that the topic lives on.
   *
   * @default - the brokers are not MSK's with IAM authentication
   */
  readonly clusterArn?: string;

  /** The record that its messages are; undefined when nobody has said. */
  readonly schema?: RecordSchema;

  /**
   * Lets the grantee read the topic as a member of a consumer group.
   *
   * @param grantee who consumes
   * @param consumerGroup name of the group, or a prefix of names ending in `*`; every group when left out, for
   * clients that invent their group's name, as Spark does
   */
  grantConsume(grantee: IGrantable, consumerGroup?: string): Grant;

  /**
   * Lets the grantee write to the topic, idempotently.
   *
   * @param grantee who produces
   * @param transactionalId name, or a prefix of names ending in `*`, of the transactions that it writes in; none when
   * left out
   */
  grantProduce(grantee: IGrantable, transactionalId?: string): Grant;
}
