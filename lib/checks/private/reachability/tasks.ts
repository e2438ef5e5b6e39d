import { list, type NamedResource, record, type TemplateModel, textOf } from '../template';
import { type Grant, grantsOf, type RoleGrants } from './policies';

/** An AWS service that a task calls, and what it asks of it. */
export interface ServiceCall {
  /** As endpoints name it: `glue`, `s3`, `monitoring`. */
  readonly service: string;
  /** What it does there, as far as its role tells; for policies of endpoints. */
  readonly requests: readonly Grant[];
}

/** A resource of the network that a task connects to. */
export interface Connection {
  readonly id: string;
  readonly port: number;
  readonly groups: readonly string[];
  readonly subnets: readonly string[];
}

/** Something that runs inside a network and calls services and brokers from there. */
export interface Task {
  readonly id: string;
  readonly kind: string;
  readonly role: string;
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  readonly calls: readonly ServiceCall[];
  /** ARNs of Kafka clusters that it connects to under IAM, as names. */
  readonly clusters: readonly string[];
  /** Bootstrap servers that are written down. */
  readonly servers: readonly string[];
  /** Warehouses, databases and load balancers that it connects to. */
  readonly connections: readonly Connection[];
  /** Whether its workers talk to one another. */
  readonly distributed: boolean;
  /** Why it may call more than this. */
  readonly incomplete?: string;
}

/** Types that run code in a network and are not understood here. */
const NOT_UNDERSTOOD: Readonly<Record<string, string>> = {
  'AWS::EMRServerless::Application': 'NetworkConfiguration',
  'AWS::MWAA::Environment': 'NetworkConfiguration',
  'AWS::SageMaker::NotebookInstance': 'SubnetId',
};

/** Types of what may run in a network. */
export const TASK_TYPES = [
  'AWS::ECS::TaskDefinition',
  'AWS::Glue::Job',
  'AWS::KinesisAnalyticsV2::Application',
  'AWS::Lambda::Function',
  ...Object.keys(NOT_UNDERSTOOD),
];

/** The jobs, Flink applications and functions of a template that run in a network. */
export function tasksOf(model: TemplateModel): Task[] {
  return [
    ...model.ofType('AWS::Glue::Job').flatMap((job) => glueTask(model, job)),
    ...model.ofType('AWS::KinesisAnalyticsV2::Application').flatMap((each) => flinkTask(model, each)),
    ...model.ofType('AWS::Lambda::Function').flatMap((handler) => lambdaTask(model, handler)),
  ];
}

/** Resources that run in a network and whose calls nobody here can tell. */
export function tasksNotUnderstood(model: TemplateModel): NamedResource[] {
  return model.resources.filter(({ type, properties }) => {
    const path = NOT_UNDERSTOOD[type]?.split('.');
    return path?.reduce<unknown>((value, key) => record(value)[key], properties) !== undefined;
  });
}

// A job in a network sends everything through it: its script comes from S3, its logs go to CloudWatch Logs.
// https://docs.aws.amazon.com/glue/latest/dg/setup-vpc-for-glue-access.html and
// https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging.html (2026-11-23)
const EVERY_GLUE_JOB = ['s3', 'logs'];

function glueTask(model: TemplateModel, { id, properties }: NamedResource): Task[] {
  const connections = list(record(properties.Connections).Connections).map((each) => model.resourceOf(each));
  const places = connections.map((connection) =>
    record(record(connection?.properties.ConnectionInput).PhysicalConnectionRequirements),
  );
  if (places.length === 0) return [];
  const defaults = record(properties.DefaultArguments);
  const granted = grantsOf(model, properties.Role);
  return [
    {
      ...commonParts(model, properties.Role, granted, serviceCalls(granted.grants, managedByGlue, EVERY_GLUE_JOB)),
      id,
      kind: 'Glue job',
      subnets: places.map((place) => model.nameOf(place.SubnetId ?? `a connection outside of the template`)),
      groups: places.flatMap((place) => list(place.SecurityGroupIdList).map((each) => model.nameOf(each))),
      servers: literalServers(defaults['--bootstrap_servers']),
      distributed: true,
    },
  ];
}

function flinkTask(model: TemplateModel, { id, properties }: NamedResource): Task[] {
  const places = list(record(properties.ApplicationConfiguration).VpcConfigurations).map(record);
  if (places.length === 0) return [];
  const granted = grantsOf(model, properties.ServiceExecutionRole);
  return [
    {
      ...commonParts(model, properties.ServiceExecutionRole, granted, serviceCalls(granted.grants, managedByFlink)),
      id,
      kind: 'Flink application',
      subnets: places.flatMap(({ SubnetIds }) => list(SubnetIds)).map((each) => model.nameOf(each)),
      groups: places.flatMap(({ SecurityGroupIds }) => list(SecurityGroupIds)).map((each) => model.nameOf(each)),
      servers: [],
      distributed: false,
    },
  ];
}

function lambdaTask(model: TemplateModel, { id, properties }: NamedResource): Task[] {
  const place = record(properties.VpcConfig);
  if (place.SubnetIds === undefined) return [];
  const granted = grantsOf(model, properties.Role);
  const answers = isCustomResourceHandler(model, id) ? [ANSWERS_TO_CLOUDFORMATION] : [];
  const isManaged = asksAthena(granted.grants) ? managedByLambdaOrAthena : managedByLambda;
  return [
    {
      ...commonParts(model, properties.Role, granted, serviceCalls([...granted.grants, ...answers], isManaged)),
      id,
      kind: 'Lambda function',
      subnets: list(place.SubnetIds).map((each) => model.nameOf(each)),
      groups: list(place.SecurityGroupIds).map((each) => model.nameOf(each)),
      servers: [],
      distributed: false,
    },
  ];
}

function commonParts(model: TemplateModel, role: unknown, granted: RoleGrants, calls: ServiceCall[]) {
  const connects = granted.grants.filter(({ actions }) => actions.includes('kafka-cluster:Connect'));
  return {
    role: model.nameOf(role),
    calls,
    clusters: connects.flatMap(({ resources }) => resources.map((each) => clusterName(each))),
    connections: [],
    incomplete: granted.incomplete,
  };
}

/** `${Cluster.Arn}` names the cluster of the template; any other ARN is one outside of it. */
function clusterName(resource: string): string {
  return /^\$\{([^.}]+)(?:\.Arn)?\}$/.exec(resource)?.[1] ?? resource;
}

function literalServers(value: unknown): string[] {
  return typeof value === 'string' ? value.split(',').map((each) => each.trim()) : [];
}

function isCustomResourceHandler(model: TemplateModel, id: string): boolean {
  return model.resources.some(({ properties }) => model.nameOf(properties.ServiceToken) === id);
}

// The answer goes to an object of a bucket of CloudFormation's, by a signed URL.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-vpce-bucketnames.html (2026-11-24, as found in the
// issues of public repositories; the page itself was not read)
const ANSWERS_TO_CLOUDFORMATION: Grant = {
  actions: ['s3:PutObject'],
  resources: ['arn:${AWS::Partition}:s3:::cloudformation-custom-resource-response-*/*'],
};

// Services that answer under another name than their actions have.
const ENDPOINTS: Readonly<Record<string, string>> = {
  cloudwatch: 'monitoring',
  ecr: 'ecr.api',
  firehose: 'kinesis-firehose',
  kinesis: 'kinesis-streams',
};

/** Actions that the service takes for its task, from outside of the network. */
function managedByGlue(action: string): boolean {
  return /^(ec2:|iam:|glue:GetConnections?$)/.test(action);
}

// https://docs.aws.amazon.com/managed-flink/latest/java/vpc-internet.html (not read): interfaces and logs are the service's.
function managedByFlink(action: string): boolean {
  return /^(ec2:|iam:|logs:)/.test(action);
}

function managedByLambda(action: string): boolean {
  return /^(ec2:\w*NetworkInterface|ec2:\w*PrivateIpAddresses$|ec2:Describe(Subnets|SecurityGroups|Vpcs)$|iam:|kafka:(DescribeCluster|GetBootstrap)|logs:|xray:)/.test(
    action,
  );
}

function asksAthena(grants: readonly Grant[]): boolean {
  return grants.some(({ actions }) => actions.includes('athena:StartQueryExecution'));
}

/**
 * What a function may read of the Glue catalog is for its queries: Athena asks in its name, from outside of the network.
 * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html (not read)
 */
function managedByLambdaOrAthena(action: string): boolean {
  return managedByLambda(action) || action.startsWith('glue:Get');
}

// Services that call KMS themselves for what they store.
const STORES = ['s3', 'secretsmanager', 'ssm', 'sqs', 'sns', 'dynamodb', 'kinesis-streams', 'kinesis-firehose', 'logs'];
const KMS_BY_ITSELF =
  /^kms:(Sign|Verify|GenerateMac|VerifyMac|GetPublicKey|GenerateRandom|GenerateDataKeyWithoutPlaintext)/;

export function serviceCalls(
  grants: readonly Grant[],
  managed: (action: string) => boolean,
  always: readonly string[] = [],
): ServiceCall[] {
  const calls = new Map<string, Grant[]>(always.map((service) => [service, []]));
  for (const { actions, resources } of grants) {
    for (const action of actions.filter((each) => !managed(each) && each.includes(':'))) {
      const prefix = action.split(':')[0];
      // Permissions of who connects to brokers and caches; those stand in the network themselves.
      if (prefix === 'kafka-cluster' || prefix === 'elasticache') continue;
      const service = ENDPOINTS[prefix] ?? prefix;
      calls.set(service, [...(calls.get(service) ?? []), { actions: [action], resources }]);
    }
  }
  const stored = STORES.some((service) => calls.has(service));
  const kms = calls.get('kms')?.flatMap(({ actions }) => actions) ?? [];
  // Data at rest is decrypted by the service that keeps it, on behalf of the caller: no call to KMS leaves the task.
  if (stored && !kms.some((action) => KMS_BY_ITSELF.test(action))) calls.delete('kms');
  return [...calls].map(([service, requests]) => ({ service, requests }));
}

/** The port on which brokers of a cluster take clients that prove themselves by IAM; undefined when they take none. */
export function iamPort(cluster: NamedResource): number | undefined {
  const sasl = record(record(cluster.properties.ClientAuthentication).Sasl);
  return textOf(record(sasl.Iam).Enabled) === 'true' ? 9098 : undefined;
}
