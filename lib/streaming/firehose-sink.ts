import { ArnFormat, Duration, Names, Stack } from 'aws-cdk-lib';
import * as firehose from 'aws-cdk-lib/aws-kinesisfirehose';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as msk from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import { acknowledge, acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { grantDeadLetters } from '../foundation/private/dead-letters';
import type { IEventTopic, ILakeTable } from '../ports';

/** Properties of a `FirehoseSink`. */
export interface FirehoseSinkProps {
  /** Where the events are: a topic on an MSK cluster with IAM authentication. Each is a JSON object. */
  readonly topic: IEventTopic;

  /** Where they go. The fields of an event are the columns of the table, by name. */
  readonly table: ILakeTable;

  /** Receives events that the table does not take (`firehose/`). */
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
   * How long events are gathered before they are committed to the table, up to 15 minutes. Each commit is a snapshot.
   *
   * @default Duration.minutes(1)
   */
  readonly commitInterval?: Duration;
}

const LONGEST_INTERVAL_SECONDS = 900;
const ERRORS = 'firehose/';

/**
 * Brings a topic into a table of the lake by Amazon Data Firehose: the managed alternative to `LakeSink`, without code or
 * an application to run. It is synthesized and validated, and not rehearsed: no engine plays Firehose.
 *
 * What it gives up: delivery is at least once, so that an event may stand in the table twice, and an event has to be a JSON
 * object with the columns' names (https://docs.aws.amazon.com/firehose/latest/dev/apache-iceberg-destination.html, as
 * remembered, not verified on 2026-11-28). Use it once for a cluster: the policy that lets Firehose reach the brokers is the
 * cluster's only one. A provisioned cluster needs multi-VPC connectivity besides, which MSK switches on only after the
 * cluster is there.
 */
export class FirehoseSink extends Construct {
  /** Name of the delivery stream. */
  readonly deliveryStreamName: string;

  private readonly profile: DeploymentProfile;

  // eslint-disable-next-line awscdk/no-unused-props -- each part takes its own from it
  constructor(scope: Construct, id: string, props: FirehoseSinkProps) {
    super(scope, id);
    const { topic, table, commitInterval = Duration.minutes(1) } = props;
    const clusterArn = this.requireCluster(topic);
    this.requireInterval(commitInterval);
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.deliveryStreamName = Names.uniqueResourceName(this, { maxLength: 64, separator: '-' });
    const role = this.createRole(props, clusterArn);
    const stack = Stack.of(this);
    const logging = this.createLog(props, role);
    const stream = new firehose.CfnDeliveryStream(this, 'Resource', {
      deliveryStreamName: this.deliveryStreamName,
      deliveryStreamType: 'MSKAsSource',
      mskSourceConfiguration: {
        mskClusterArn: clusterArn,
        topicName: topic.topicName,
        authenticationConfiguration: { connectivity: 'PRIVATE', roleArn: role.roleArn },
      },
      icebergDestinationConfiguration: {
        roleArn: role.roleArn,
        appendOnly: true,
        catalogConfiguration: { catalogArn: stack.formatArn({ service: 'glue', resource: 'catalog' }) },
        destinationTableConfigurationList: [
          { destinationDatabaseName: table.databaseName, destinationTableName: table.tableName },
        ],
        bufferingHints: { intervalInSeconds: commitInterval.toSeconds(), sizeInMBs: 64 },
        // Without a log Firehose says nowhere which events a table did not take.
        cloudWatchLoggingOptions: logging,
        s3BackupMode: 'FailedDataOnly',
        s3Configuration: {
          bucketArn: props.deadLetters.bucket.bucketArn,
          roleArn: role.roleArn,
          errorOutputPrefix: ERRORS,
          cloudWatchLoggingOptions: logging,
        },
      },
    });
    acknowledge(
      stream,
      ['AwsSolutions-KDF1', 'CKV_AWS_240', 'CKV_AWS_241'],
      'Firehose encrypts by itself only what is put to it; this stream reads a cluster that is encrypted, as bucket and lake are.',
    );
    stream.node.addDependency(role, topic, this.admitFirehose(clusterArn));
  }

  private createRole({ topic, table, deadLetters }: FirehoseSinkProps, clusterArn: string): iam.Role {
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'sts:ExternalId': Stack.of(this).account } },
      }),
    });
    acknowledgeInlinePolicy(role);
    // https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#firehose-private-msk (not read)
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'],
      resourceArns: [clusterArn],
    });
    topic.grantConsume(role);
    table.grantReadWrite(role);
    grantDeadLetters(role, deadLetters, [`${ERRORS}*`]);
    return role;
  }

  private createLog(
    { key }: FirehoseSinkProps,
    role: iam.Role,
  ): firehose.CfnDeliveryStream.CloudWatchLoggingOptionsProperty {
    key.allowLogGroups();
    const logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: key.key,
      retention: this.profile.logRetention,
      removalPolicy: this.profile.removalPolicy,
    });
    const stream = new logs.LogStream(this, 'LogStream', { logGroup, removalPolicy: this.profile.removalPolicy });
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['logs:PutLogEvents'],
      resourceArns: [
        Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: `${logGroup.logGroupName}:log-stream:${stream.logStreamName}`,
        }),
      ],
    });
    return { enabled: true, logGroupName: logGroup.logGroupName, logStreamName: stream.logStreamName };
  }

  /** Lets the service of this account make its own way into the cluster's network. */
  private admitFirehose(clusterArn: string): msk.CfnClusterPolicy {
    return new msk.CfnClusterPolicy(this, 'Admission', {
      clusterArn,
      policy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'firehose.amazonaws.com' },
            Action: 'kafka:CreateVpcConnection',
            Resource: clusterArn,
            Condition: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
          },
        ],
      },
    });
  }

  private requireCluster({ clusterArn, topicName }: IEventTopic): string {
    if (clusterArn !== undefined) return clusterArn;
    throw new Error(
      `${this.node.path}: Firehose reads Amazon MSK with IAM authentication, and the brokers of '${topicName}' are none; ` +
        'use LakeSink, which reads any Kafka.',
    );
  }

  private requireInterval(interval: Duration): void {
    const seconds = interval.toSeconds();
    if (seconds <= LONGEST_INTERVAL_SECONDS) return;
    throw new Error(
      `${this.node.path}: commitInterval is ${seconds} seconds; Firehose gathers ${LONGEST_INTERVAL_SECONDS} at most.`,
    );
  }
}
