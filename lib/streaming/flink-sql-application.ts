import { basename } from 'node:path';
import { ArnFormat, type CustomResource, Duration, Names, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { CfnApplication, CfnApplicationCloudWatchLoggingOption } from 'aws-cdk-lib/aws-kinesisanalyticsv2';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct, type IDependable } from 'constructs';
import { DeploymentProfile, type IDataKey, type IDataNetwork } from '../foundation';
import { acknowledge, acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { createAlarmTopic } from '../foundation/private/alarms';
import { fileAsset, grantAssetRead, textAsset } from '../foundation/private/assets';
import { requireType } from '../foundation/private/regional-types';
import type { FlinkTable, FlinkTableParts } from './flink-table';
import { FlinkAlarms } from './private/flink-alarms';
import { startApplication } from './private/flink-lifecycle';
import { grantFlinkNetwork, grantFlinkService } from './private/flink-permissions';
import { flinkRunnerJar, flinkRunnerSource } from './private/flink-runner';
import { FlinkVariable } from './private/flink-tables';

/** Properties of a `FlinkSqlApplication`. */
export interface FlinkSqlApplicationProps {
  /** Where it runs: a network that reaches the brokers. */
  readonly network: IDataNetwork;

  /** The key for state, snapshots and logs. */
  readonly key: IDataKey;

  /** What it reads and writes. Those that are topics live on the same brokers. */
  readonly tables: FlinkTable[];

  /**
   * Paths of SQL files, run in this order, all of their INSERTs as one job. <code>${name}</code> stands for a variable.
   */
  readonly scripts: string[];

  /** Consumer group that the application reads topics as. */
  readonly consumerGroup: string;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * Name of the application, unique in account and region.
   *
   * @default - derived from the path of the construct
   */
  readonly applicationName?: string;

  /**
   * How many parts of each operator run at the same time.
   *
   * @default - 1 in a sandbox, 4 in production
   */
  readonly parallelism?: number;

  /**
   * How many of them share a Kinesis Processing Unit (a processor and 4 GiB), 1 to 8. Units are what is paid for.
   *
   * @default 1
   */
  readonly parallelismPerKpu?: number;

  /**
   * Whether the service changes the number of units with the load.
   *
   * @default - only in production
   */
  readonly autoScaling?: boolean;

  /**
   * How often state is saved. What is written exactly once becomes visible with it.
   *
   * @default Duration.minutes(1)
   */
  readonly checkpointInterval?: Duration;

  /**
   * The least time between the end of one checkpoint and the begin of the next.
   *
   * @default - half of `checkpointInterval`
   */
  readonly checkpointPause?: Duration;

  /**
   * Values for the scripts.
   *
   * @default - those of the tables alone: `topic.<table>`
   */
  readonly variables?: { [name: string]: string };

  /**
   * Options of Flink's Table API and of the pipeline, by Flink's own names. They win over the tuned defaults. What the
   * service governs itself (checkpoints, parallelism, state backend) cannot be set here.
   *
   * @default - tuned for throughput within the latency that windows need; docs/streaming.md tells each
   */
  readonly configuration?: { [option: string]: string };

  /**
   * Who is told when an alarm goes off.
   *
   * @default - a topic of its own
   */
  readonly alarmTopic?: sns.ITopic;

  /**
   * Whether it reads topics as they stand when it starts, and ends by itself once it has: a batch, of the same SQL. No
   * record is late in it, and every window ends with the input. It saves no state: one that fails begins anew.
   *
   * @default false
   */
  readonly bounded?: boolean;

  /**
   * Whether the deployment starts it.
   *
   * @default - unless it is bounded: whoever wants its results starts it, when the topics hold what it is to read
   */
  readonly running?: boolean;
}

// As Flink's documentation advises for throughput (dev/table/tuning); docs/streaming.md tells what was measured.
const TUNED = {
  // Our operators and formats keep no reference to what they have passed on.
  'pipeline.object-reuse': 'true',
  // Aggregates are brought up to date once for many records of the same key.
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': '100 ms',
  'table.exec.mini-batch.size': '5000',
  'table.optimizer.agg-phase-strategy': 'TWO_PHASE',
  // Days, windows and timestamps without a zone are UTC.
  'table.local-time-zone': 'UTC',
};

/**
 * SQL on Amazon Managed Service for Apache Flink 2.2: the scripts run in the library's own runner, against tables that are
 * rendered from their schemas.
 *
 * CloudFormation creates applications stopped; a custom resource starts this one and waits until it runs. An update takes
 * a snapshot first, and an application that does not come up again is rolled back to the version before, with its state.
 */
export class FlinkSqlApplication extends Construct implements iam.IGrantable, ec2.IConnectable {
  /** Name of the application. */
  readonly applicationName: string;

  /** ARN of the application. */
  readonly applicationArn: string;

  /** Consumer group that it reads topics as. */
  readonly consumerGroup: string;

  /** The role that it runs under. */
  readonly role: iam.IRole;
  readonly grantPrincipal: iam.IPrincipal;
  readonly connections: ec2.Connections;

  /** Where it logs. */
  readonly logGroup: logs.ILogGroup;

  /** Alarms: it does not run, restarts, fails to save its state, or falls behind; of a bounded one, that it restarts. */
  readonly alarms: cloudwatch.IAlarm[];

  /** Where its alarms are told. */
  readonly alarmTopic: sns.ITopic;

  private readonly profile: DeploymentProfile;
  private readonly started?: CustomResource;

  /** @throws when the tables' topics live on different brokers, a file is missing, or the region lacks the service */
  constructor(scope: Construct, id: string, props: FlinkSqlApplicationProps) {
    super(scope, id);
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    const bounded = props.bounded ?? false;
    const tables = props.tables.map((table) => ({ name: table.name, ...table._partsIn(this, bounded) }));
    this.validate(props, tables);
    // The name is needed for the ARN that the key's policy and the role speak of, before the application is there.
    this.applicationName =
      props.applicationName ??
      Names.uniqueResourceName(this, { maxLength: 128, separator: '-', allowedSpecialCharacters: '-_.' });
    this.applicationArn = Stack.of(this).formatArn({
      service: 'kinesisanalytics',
      resource: 'application',
      resourceName: this.applicationName,
    });
    this.consumerGroup = props.consumerGroup;
    this.logGroup = this.createLogs(props.key);
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('kinesisanalytics.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    acknowledgeInlinePolicy(role);
    this.role = role;
    this.grantPrincipal = role;
    const securityGroup = this.joinNetwork(props.network, tables);
    this.connections = new ec2.Connections({ securityGroups: [securityGroup] });
    grantFlinkNetwork(role, props.network, securityGroup);
    grantFlinkService(props.key);

    const { jar, scripts } = this.createAssets(props, tables);
    const application = this.createApplication(props, tables, { jar, scripts, role, securityGroup });
    const logging = this.writeLogs(application, role);
    const names = { consumerGroup: props.consumerGroup, transactionalIds: `${props.consumerGroup}-*` };
    tables.forEach((table) => table.grant(role, names));
    if (props.running ?? !bounded) {
      this.started = startApplication(this, application, logging, { profile: this.profile, key: props.key });
    }
    acknowledge(
      application,
      'DataPlatform::NetworkReachability',
      'This construct opens the brokers and asks for the endpoint of Glue; S3 has its gateway endpoint in every network.',
    );
    this.alarmTopic = props.alarmTopic ?? createAlarmTopic(this, props.key);
    this.alarms = new FlinkAlarms(this, this.applicationName, this.alarmTopic, bounded).all;
  }

  /**
   * A metric of the application, by the service's own name.
   *
   * @see https://docs.aws.amazon.com/managed-flink/latest/java/metrics-dimensions.html
   */
  metric(metricName: string, options: cloudwatch.MetricOptions = {}): cloudwatch.Metric {
    return new cloudwatch.Metric({
      namespace: 'AWS/KinesisAnalytics',
      metricName,
      dimensionsMap: { Application: this.applicationName },
      period: Duration.minutes(1),
      statistic: 'Maximum',
      ...options,
    });
  }

  /** Has the deployment start it only once that is there. */
  startAfter(dependency: IDependable): void {
    this.started?.node.addDependency(dependency);
  }

  /** Lets the grantee start, stop, snapshot and describe the application. */
  grantOperate(grantee: iam.IGrantable): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: [
        'kinesisanalytics:CreateApplicationSnapshot',
        'kinesisanalytics:DescribeApplication',
        'kinesisanalytics:DescribeApplicationSnapshot',
        'kinesisanalytics:ListApplicationSnapshots',
        'kinesisanalytics:StartApplication',
        'kinesisanalytics:StopApplication',
      ],
      resourceArns: [this.applicationArn],
    });
  }

  private createLogs(key: IDataKey): logs.LogGroup {
    key.allowLogGroups();
    return new logs.LogGroup(this, 'Logs', {
      encryptionKey: key.key,
      retention: this.profile.logRetention,
      removalPolicy: this.profile.removalPolicy,
    });
  }

  private joinNetwork(network: IDataNetwork, tables: readonly FlinkTableParts[]): ec2.SecurityGroup {
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'A Flink application of cdk-data-patterns',
      allowAllOutbound: false,
    });
    // Scripts and lake are in S3, through the gateway endpoint.
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS');
    const [topic] = tables.flatMap((table) => table.topic ?? []);
    topic?.connections.allowDefaultPortFrom(securityGroup, 'Flink application');
    if (tables.some((table) => table.usesCatalog)) {
      network.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.GLUE);
    }
    return securityGroup;
  }

  private createAssets(
    props: FlinkSqlApplicationProps,
    tables: readonly FlinkTableParts[],
  ): { readonly jar: Asset; readonly scripts: Asset[] } {
    const source = flinkRunnerSource();
    // The hash of the sources, not of the jar: a template does not change because a jar was built again.
    const jar = new Asset(this, 'Runner', {
      path: flinkRunnerJar(this.node.path, source),
      assetHash: source.hash,
    });
    const ddl = tables.map((table) => table.ddl).join('\n\n');
    return {
      jar,
      scripts: [
        textAsset(this, 'Tables', `${ddl}\n`, 'sql'),
        ...props.scripts.map((file, index) => fileAsset(this, `Script${index + 1}`, file, 'SQL file')),
      ],
    };
  }

  private createApplication(
    props: FlinkSqlApplicationProps,
    tables: readonly (FlinkTableParts & { readonly name: string })[],
    parts: {
      readonly jar: Asset;
      readonly scripts: Asset[];
      readonly role: iam.Role;
      readonly securityGroup: ec2.SecurityGroup;
    },
  ): CfnApplication {
    const { jar, scripts, role, securityGroup } = parts;
    [jar, ...scripts].forEach((asset) => grantAssetRead(role, asset));
    const checkpointInterval = props.checkpointInterval ?? Duration.minutes(1);
    const pause = props.checkpointPause ?? Duration.millis(Math.ceil(checkpointInterval.toMilliseconds() / 2));
    const names = ['0-tables.sql', ...props.scripts.map((file, index) => `${index + 1}-${basename(file)}`)];
    return new CfnApplication(this, 'Resource', {
      applicationName: this.applicationName,
      applicationDescription: `SQL of ${this.node.path}`,
      runtimeEnvironment: 'FLINK-2_2',
      serviceExecutionRole: role.roleArn,
      applicationConfiguration: {
        applicationCodeConfiguration: {
          codeContentType: 'ZIPFILE',
          codeContent: { s3ContentLocation: { bucketArn: jar.bucket.bucketArn, fileKey: jar.s3ObjectKey } },
        },
        applicationEncryptionConfiguration: { keyType: 'CUSTOMER_MANAGED_KEY', keyId: props.key.key.keyArn },
        applicationSnapshotConfiguration: { snapshotsEnabled: true },
        applicationSystemRollbackConfiguration: { rollbackEnabled: true },
        environmentProperties: {
          propertyGroups: [
            group('Scripts', Object.fromEntries(names.map((name, index) => [name, scripts[index].s3ObjectUrl]))),
            group('Variables', {
              ...Object.assign({}, ...tables.map((table) => table.variables)),
              [FlinkVariable.CONSUMER_GROUP]: props.consumerGroup,
              [FlinkVariable.TRANSACTIONAL_ID_PREFIX]: props.consumerGroup,
              ...props.variables,
            }),
            group('Configuration', { ...TUNED, ...props.configuration }),
            group('Runner', { mode: props.bounded ? 'bounded' : 'streaming', region: Stack.of(this).region }),
          ],
        },
        flinkApplicationConfiguration: {
          checkpointConfiguration: {
            configurationType: 'CUSTOM',
            checkpointingEnabled: true,
            checkpointInterval: checkpointInterval.toMilliseconds(),
            minPauseBetweenCheckpoints: pause.toMilliseconds(),
          },
          monitoringConfiguration: { configurationType: 'CUSTOM', logLevel: 'INFO', metricsLevel: 'OPERATOR' },
          parallelismConfiguration: {
            configurationType: 'CUSTOM',
            parallelism: props.parallelism ?? (this.profile.destroyable ? 1 : 4),
            parallelismPerKpu: props.parallelismPerKpu ?? 1,
            autoScalingEnabled: props.autoScaling ?? !this.profile.destroyable,
          },
        },
        vpcConfigurations: [
          {
            subnetIds: props.network.subnets.map((subnet) => subnet.subnetId),
            securityGroupIds: [securityGroup.securityGroupId],
          },
        ],
      },
    });
  }

  private writeLogs(application: CfnApplication, role: iam.Role): CfnApplicationCloudWatchLoggingOption {
    const stream = new logs.LogStream(this, 'LogStream', {
      logGroup: this.logGroup,
      removalPolicy: this.profile.removalPolicy,
    });
    const streamArn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: `${this.logGroup.logGroupName}:log-stream:${stream.logStreamName}`,
    });
    // What the console gives an application, held to its own log group.
    // https://docs.aws.amazon.com/managed-flink/latest/java/cloudwatch-logs.html
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['logs:DescribeLogStreams', 'logs:PutLogEvents'],
      resourceArns: [this.logGroup.logGroupArn, streamArn],
    });
    acknowledge(
      role,
      `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(this.logGroup.node.defaultChild as logs.CfnLogGroup)}.Arn>]`,
      'The ARN of a log group ends with :*, which stands for its streams.',
    );
    return new CfnApplicationCloudWatchLoggingOption(this, 'Logging', {
      applicationName: application.ref,
      cloudWatchLoggingOption: { logStreamArn: streamArn },
    });
  }

  private validate(
    props: FlinkSqlApplicationProps,
    tables: readonly (FlinkTableParts & { readonly name: string })[],
  ): void {
    const path = this.node.path;
    requireType(
      this,
      'AWS::KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption',
      'The log of a Flink application through CloudFormation',
      'Deploy it in another region: without a log nobody sees why an application fails.',
    );
    if (props.scripts.length === 0) {
      throw new Error(`${path}: there is no script; name at least one SQL file with an INSERT INTO.`);
    }
    const twice = tables.find((table, index) => tables.findIndex(({ name }) => name === table.name) !== index);
    if (twice !== undefined) {
      throw new Error(`${path}: table '${twice.name}' is there twice; give each a name of its own.`);
    }
    const topics = tables.flatMap((table) => table.topic ?? []);
    if (new Set(topics.map((topic) => topic.bootstrapServers)).size > 1) {
      throw new Error(`${path}: its topics live on different brokers; an application reads and writes those of one.`);
    }
  }
}

function group(
  propertyGroupId: string,
  propertyMap: { readonly [name: string]: string },
): CfnApplication.PropertyGroupProperty {
  return { propertyGroupId, propertyMap };
}
