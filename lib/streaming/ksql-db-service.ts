import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { readFileSync } from 'node:fs';
import { DeploymentProfile, type IDataKey } from '../foundation';
import { acknowledge, acknowledgeInlinePolicy, acknowledgeWildcards } from '../foundation/private/acknowledge';
import {
  containerEnvironment,
  containerLog,
  FARGATE_CLUSTER,
  fargateService,
  fargateTask,
  taskPrincipal,
} from '../foundation/private/fargate';
import type { IEventTopic } from '../ports';
import { KafkaArns } from './private/kafka-arns';

/** Properties of a `KsqlDbService`. */
export interface KsqlDbServiceProps {
  /** File with the statements that the service runs; everything that it does stands there. */
  readonly queries: string;

  /** The topics that the statements read. */
  readonly inputs: IEventTopic[];

  /** The topics that the statements write; they exist, so that the statements create no others. */
  readonly outputs: IEventTopic[];

  /**
   * Repository of an image of the ksqlDB server, with `aws-msk-iam-auth` on its classpath where brokers want IAM. Nothing
   * outside of the network is reached, so it is one of Amazon ECR's own.
   */
  readonly repository: IRepository;

  /** Tag or digest (`sha256:…`) of the image. */
  readonly imageTagOrDigest: string;

  /** The key that logs are encrypted with. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * What the service calls itself: its consumer groups, its transactions and its internal topics begin with it. Another one
   * reads everything from the beginning.
   *
   * @default 'trading'
   */
  readonly serviceId?: string;

  /**
   * How many servers share the work; partitions of the inputs bound what is of use.
   *
   * @default - 1 in a sandbox, 2 in production
   */
  readonly servers?: number;

  /**
   * Processor units of each server, 1024 to a processor. The memory is four times as many MiB.
   *
   * @default - 1024 in a sandbox, 2048 in production
   */
  readonly cpu?: number;
}

const CONTAINER = 'ksqldb';
// A task definition is at most 64 KB: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html (not read)
const MOST_QUERY_BYTES = 48 * 1024;
const QUERIES_FILE = '/tmp/queries.sql';
const PROCESSOR_UNITS = [1024, 2048, 4096];

/**
 * ksqlDB on Fargate, headless: it runs the statements of one file and answers no others. The seed's second processor behind
 * real-time APIs.
 *
 * It is synthesized and validated, and not rehearsed: no ksqlDB can be had where the rehearsals run. For new work take
 * `FlinkSqlApplication`, which is.
 *
 * @see https://docs.ksqldb.io/operate-and-deploy/installation/install-ksqldb-with-docker (2026-11-28): settings are
 * environment variables with the prefix KSQL_; the start of the image (`/usr/bin/docker/run`) is as remembered
 */
export class KsqlDbService extends Construct implements ec2.IConnectable {
  /** Name of the ECS service. */
  readonly serviceName: string;

  /** Of the servers. */
  readonly connections: ec2.Connections;

  private readonly profile: DeploymentProfile;
  private readonly serviceId: string;

  // eslint-disable-next-line awscdk/no-unused-props -- each part takes its own from it
  constructor(scope: Construct, id: string, props: KsqlDbServiceProps) {
    super(scope, id);
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.serviceId = props.serviceId ?? 'trading';
    const queries = this.readQueries(props);
    const topics = this.requireTopics(props);
    const { network } = topics[0];
    const [first] = topics;
    if (!network) {
      throw new Error(
        `${this.node.path}: the brokers of '${first.topicName}' have no network for the servers; name it.`,
      );
    }
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'ksqlDB',
      allowAllOutbound: false,
    });
    securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'HTTPS to AWS');
    this.connections = new ec2.Connections({ securityGroups: [securityGroup] });
    first.connections.allowDefaultPortFrom(this, 'ksqlDB');
    const { ECR, ECR_DOCKER, CLOUDWATCH_LOGS } = ec2.InterfaceVpcEndpointAwsService;
    [ECR, ECR_DOCKER, CLOUDWATCH_LOGS].forEach((service) => network.addInterfaceEndpoint(service));

    const role = this.createRole(props, first);
    const definition = this.createTask(props, queries, first, role);
    const cluster = new ecs.CfnCluster(this, 'Cluster', FARGATE_CLUSTER);
    const service = new ecs.CfnService(this, 'Resource', {
      cluster: cluster.attrArn,
      taskDefinition: definition.ref,
      ...fargateService(network, securityGroup),
      desiredCount: props.servers ?? (this.profile.destroyable ? 1 : 2),
    });
    service.node.addDependency(role, ...topics);
    this.serviceName = service.attrName;
  }

  /** What the servers may do: read inputs, write outputs, and keep state in topics of their own. */
  private createRole({ inputs, outputs }: KsqlDbServiceProps, { clusterArn }: IEventTopic): iam.Role {
    const role = this.taskRole('Role');
    const own = `_confluent-ksql-${this.serviceId}*`;
    inputs.forEach((topic) => topic.grantConsume(role, own));
    outputs.forEach((topic) => topic.grantProduce(role, own));
    if (clusterArn === undefined) return role;
    const internal = new KafkaArns(clusterArn).topic(own);
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: [
        'kafka-cluster:AlterTopic',
        'kafka-cluster:CreateTopic',
        'kafka-cluster:DeleteTopic',
        'kafka-cluster:DescribeTopic',
        'kafka-cluster:DescribeTopicDynamicConfiguration',
        'kafka-cluster:ReadData',
        'kafka-cluster:WriteData',
      ],
      resourceArns: [internal],
    });
    acknowledgeWildcards(role, [internal], 'ksqlDB makes up the rest of the name of each of its internal topics.');
    return role;
  }

  private createTask(
    { repository, imageTagOrDigest, key, cpu = this.profile.destroyable ? 1024 : 2048 }: KsqlDbServiceProps,
    queries: string,
    topic: IEventTopic,
    role: iam.Role,
  ): ecs.CfnTaskDefinition {
    key.allowLogGroups();
    const logGroup = new logs.LogGroup(this, 'Logs', {
      encryptionKey: key.key,
      retention: this.profile.logRetention,
      removalPolicy: this.profile.removalPolicy,
    });
    const executionRole = this.taskRole('ExecutionRole');
    repository.grantPull(executionRole);
    acknowledgeWildcards(executionRole, ['*'], 'A token for ECR is given for the whole registry.');
    logGroup.grants.write(executionRole);
    const definition = new ecs.CfnTaskDefinition(this, 'Task', {
      ...fargateTask({ cpu, memoryMiB: 4 * cpu }, role, executionRole),
      containerDefinitions: [
        {
          name: CONTAINER,
          image: repository.repositoryUriForTagOrDigest(imageTagOrDigest),
          essential: true,
          // The statements come with the task, so that what runs is what the template says.
          entryPoint: ['sh', '-c', `printenv QUERIES > ${QUERIES_FILE} && exec /usr/bin/docker/run`],
          environment: this.environment(queries, topic),
          linuxParameters: { initProcessEnabled: true },
          logConfiguration: containerLog(logGroup, CONTAINER),
        },
      ],
    });
    acknowledge(definition, 'AwsSolutions-ECS2', 'The environment holds statements and addresses, and nothing secret.');
    acknowledge(definition, 'CKV_AWS_336', 'The image writes its settings to files when it starts, and state to disk.');
    return definition;
  }

  private environment(queries: string, topic: IEventTopic): { name: string; value: string }[] {
    const settings: Record<string, string> = {
      'bootstrap.servers': topic.bootstrapServers,
      'ksql.service.id': this.serviceId,
      'ksql.queries.file': QUERIES_FILE,
      'ksql.streams.processing.guarantee': 'exactly_once_v2',
      // A message that is no record is left out and logged; it stops nothing.
      'ksql.fail.on.deserialization.error': 'false',
      ...topic.kafkaClientProperties,
    };
    const variables = Object.entries(settings).map(([name, value]) => [
      `KSQL_${name.replaceAll('.', '_').toUpperCase()}`,
      value,
    ]);
    return containerEnvironment({ ...Object.fromEntries(variables), QUERIES: queries });
  }

  private taskRole(id: string): iam.Role {
    const role = new iam.Role(this, id, { assumedBy: taskPrincipal(this) });
    acknowledgeInlinePolicy(role);
    return role;
  }

  private readQueries({ queries, cpu, servers }: KsqlDbServiceProps): string {
    const where = this.node.path;
    if (!/^[A-Za-z0-9_-]+$/.test(this.serviceId)) {
      throw new Error(
        `${where}: serviceId '${this.serviceId}' begins names of topics; use letters, digits, '_' and '-'.`,
      );
    }
    if (servers !== undefined && (!Number.isInteger(servers) || servers < 1)) {
      throw new Error(`${where}: ${servers} servers; use a whole number from 1.`);
    }
    if (cpu !== undefined && !PROCESSOR_UNITS.includes(cpu)) {
      throw new Error(`${where}: cpu is ${cpu}; use one of ${PROCESSOR_UNITS.join(', ')}.`);
    }
    let text: string;
    try {
      text = readFileSync(queries, 'utf8');
    } catch {
      throw new Error(`${where}: queries '${queries}' is not a file; paths are relative to ${process.cwd()}.`);
    }
    if (text.trim() === '') throw new Error(`${where}: ${queries} has no statement; write at least one.`);
    const bytes = Buffer.byteLength(text);
    if (bytes > MOST_QUERY_BYTES) {
      throw new Error(
        `${where}: ${queries} has ${bytes} bytes, and a task carries ${MOST_QUERY_BYTES}; make two services.`,
      );
    }
    return text;
  }

  private requireTopics({ inputs, outputs }: KsqlDbServiceProps): readonly [IEventTopic, ...IEventTopic[]] {
    const [first, ...others] = [...inputs, ...outputs];
    if (inputs.length === 0) throw new Error(`${this.node.path}: there is no input; name the topics that it reads.`);
    if (others.some(({ bootstrapServers }) => bootstrapServers !== first.bootstrapServers)) {
      throw new Error(
        `${this.node.path}: its topics live on different brokers; a service reads and writes those of one.`,
      );
    }
    return [first, ...others];
  }
}
