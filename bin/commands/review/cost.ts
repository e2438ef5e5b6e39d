import { USAGE_METADATA } from '../../../blueprints/trading/usage';
import { type CostRange, HOURS_A_MONTH, PRICES, priceOf } from '../../pricing/prices';
import type { Stack } from './assembly';
import type { Change } from './changes';
import { at, listOf, type Properties, type Resource, textOf } from './template';

/** A part of a resource's cost. */
interface Part {
  /** Id in the price table. */
  readonly price: string;
  /** Units a month, from the least that is likely to at most four times as much. */
  readonly low: number;
  readonly high?: number;
}

/** What a month's use is at least. A stack tells it in its metadata, from `usage` of its blueprint.yaml. */
export interface Usage {
  /** In each bucket, and in the warehouse. */
  readonly storedGigabytes: number;
  /** Of each Glue job that is not continuous. */
  readonly jobMinutesADay: number;
  /** Of queries of Athena. */
  readonly scannedGigabytesAMonth: number;
  /** Minutes in which the warehouse has something to do. */
  readonly queryMinutesADay: number;
  /** To each API. */
  readonly requestsAMonth: number;
}

/** The use of a stack that tells none. */
export const LIGHT_USE: Usage = {
  storedGigabytes: 25,
  jobMinutesADay: 10,
  scannedGigabytesAMonth: 100,
  queryMinutesADay: 30,
  requestsAMonth: 250_000,
};

type Pricer = (properties: Properties, usage: Usage) => readonly Part[];

const always = (price: string, units: number): Part => ({ price, low: units * HOURS_A_MONTH });
/** By use: at most four times as many units as are likely at least. */
const used = (price: string, units: number): Part => ({ price, low: units, high: 4 * units });
const hoursAMonth = (minutesADay: number): number => (minutesADay / 60) * 30;
const number = (properties: Properties, path: string, otherwise: number): number => {
  const value = Number(at(properties, path) ?? otherwise);
  // What a template gets wrong is not for its price to say.
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
};

const DPU: Readonly<Record<string, number>> = { 'G.025X': 0.25, 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8, 'Z.2X': 2 };

/**
 * What resources cost at rest, and by a stack's use where they cost by use. Said in docs/review.md.
 */
const PRICERS: Readonly<Record<string, Pricer>> = {
  'AWS::MSK::Cluster': (properties) => {
    const brokers = number(properties, 'NumberOfBrokerNodes', 2);
    const type = textOf(at(properties, 'BrokerNodeGroupInfo.InstanceType')).replace(/^kafka\./, '');
    const volume = number(properties, 'BrokerNodeGroupInfo.StorageInfo.EBSStorageInfo.VolumeSize', 100);
    return [always(`msk.kafka.${type}`, brokers), { price: 'msk.storage', low: brokers * volume }];
  },
  'AWS::MSK::ServerlessCluster': () => [
    always('msk.serverless.cluster', 1),
    used('msk.serverless.partition', 3 * HOURS_A_MONTH),
  ],
  'AWS::EC2::VPCEndpoint': (properties) =>
    textOf(properties.VpcEndpointType) === 'Interface'
      ? [always('vpc.endpoint', Math.max(1, listOf(properties.SubnetIds).length))]
      : [],
  'AWS::EC2::NatGateway': () => [always('vpc.nat', 1), used('vpc.nat.data', 10)],
  'AWS::EC2::EIP': () => [always('vpc.address', 1)],
  'AWS::KMS::Key': () => [{ price: 'kms.key', low: 1 }],
  'AWS::Glue::Job': (properties, { jobMinutesADay }) => {
    const units = number(properties, 'NumberOfWorkers', 2) * (DPU[textOf(properties.WorkerType)] ?? 1);
    const isContinuous = textOf(at(properties, 'DefaultArguments.--mode')) === 'continuous';
    return [isContinuous ? always('glue.dpu', units) : used('glue.dpu', units * hoursAMonth(jobMinutesADay))];
  },
  'AWS::Glue::TableOptimizer': () => [used('glue.dpu', 1)],
  'AWS::S3::Bucket': (_, { storedGigabytes }) => [used('s3.storage', storedGigabytes)],
  'AWS::Logs::LogGroup': () => [used('cloudwatch.logs.in', 0.25)],
  'AWS::CloudWatch::Alarm': (properties) => [
    {
      price: 'cloudwatch.alarm',
      low: Math.max(
        1,
        listOf(properties.Metrics).filter((each) => at(each as Properties, 'MetricStat') !== undefined).length,
      ),
    },
  ],
  'AWS::CloudWatch::Dashboard': () => [{ price: 'cloudwatch.dashboard', low: 1 }],
  'AWS::SecretsManager::Secret': () => [{ price: 'secrets.secret', low: 1 }],
  'AWS::StepFunctions::StateMachine': () => [used('states.transition', 300)],
  // Trades come to an API in batches, and most functions serve none.
  'AWS::Lambda::Function': (properties, { requestsAMonth }) => [
    used('lambda.request', requestsAMonth / 10),
    used('lambda.duration', (requestsAMonth / 10) * (number(properties, 'MemorySize', 128) / 1024) * 0.1),
  ],
  'AWS::ApiGatewayV2::Api': (_, { requestsAMonth }) => [used('api.http', requestsAMonth / 1e6)],
  'AWS::ApiGateway::RestApi': (_, { requestsAMonth }) => [used('api.rest', requestsAMonth / 1e6)],
  'AWS::Athena::WorkGroup': (_, { scannedGigabytesAMonth }) => [used('athena.scan', scannedGigabytesAMonth / 1000)],
  'AWS::SQS::Queue': () => [used('sqs.request', 0.25)],
  'AWS::KinesisAnalyticsV2::Application': (properties) => {
    const settings = 'ApplicationConfiguration.FlinkApplicationConfiguration.ParallelismConfiguration';
    const parallelism = number(properties, `${settings}.Parallelism`, 1);
    const units = Math.ceil(parallelism / Math.max(1, number(properties, `${settings}.ParallelismPerKPU`, 1)));
    // One more orchestrates; each brings 50 GB of state.
    return [always('flink.kpu', units + 1), { price: 'flink.storage', low: units * 50 }];
  },
  'AWS::ElastiCache::ServerlessCache': () => [
    used('elasticache.valkey.storage', 0.1 * HOURS_A_MONTH),
    used('elasticache.valkey.ecpu', 25),
  ],
  'AWS::ElastiCache::ReplicationGroup': (properties) => {
    const nodes = number(properties, 'NumNodeGroups', 1) * (1 + number(properties, 'ReplicasPerNodeGroup', 1));
    return [always(`elasticache.${textOf(properties.CacheNodeType)}`, nodes)];
  },
  'AWS::RedshiftServerless::Workgroup': (properties, { queryMinutesADay }) => [
    used('redshift.rpu', number(properties, 'BaseCapacity', 128) * hoursAMonth(queryMinutesADay)),
  ],
  'AWS::RedshiftServerless::Namespace': (_, { storedGigabytes }) => [used('redshift.storage', storedGigabytes)],
  'AWS::RDS::DBInstance': (properties) => [
    always(`rds.${textOf(properties.DBInstanceClass)}`, properties.MultiAZ === true ? 2 : 1),
    { price: 'rds.storage', low: number(properties, 'AllocatedStorage', 20) },
  ],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => [always('elb.application', 1)],
  'AWS::EFS::FileSystem': () => [used('efs.storage', 5)],
  'AWS::ECR::Repository': () => [used('ecr.storage', 1)],
  'AWS::CodeBuild::Project': () => [used('codebuild.small', 25)],
  'AWS::DynamoDB::Table': () => [used('dynamodb.write', 1), used('dynamodb.storage', 1)],
  'AWS::WAFv2::WebACL': () => [{ price: 'waf.acl', low: 1 }],
};

/** Types that cost nothing by themselves, by AWS’s pricing pages; what they lead to is priced where it happens. */
const FREE =
  /^(AWS::(IAM|LakeFormation|EC2::(VPC|Subnet|RouteTable|SubnetRouteTableAssociation|SecurityGroup|SecurityGroupIngress|SecurityGroupEgress|InternetGateway|VPCGatewayAttachment|Route|FlowLog)|S3::BucketPolicy|Lambda::(Permission|EventSourceMapping|LayerVersion|Version|Alias)|Glue::(Database|Table|Connection|SecurityConfiguration|DataQualityRuleset|Registry|Schema|SchemaVersion)|Athena::NamedQuery|ApiGatewayV2::(Integration|Route|Stage|Authorizer)|Scheduler|Events|SNS|SQS::QueuePolicy|MSK::(Topic|Configuration|ClusterPolicy|BatchScramSecret)|ECS::(Cluster|TaskDefinition)|ElasticLoadBalancingV2::(Listener|ListenerRule|TargetGroup)|CDK::Metadata|KMS::Alias|RDS::(DBSubnetGroup|DBParameterGroup)|ElastiCache::(SubnetGroup|User|UserGroup|ParameterGroup)|SecretsManager::(SecretTargetAttachment|RotationSchedule|ResourcePolicy)|ServiceDiscovery|SSM::Parameter|CloudFormation|RAM|Logs::(QueryDefinition|MetricFilter|ResourcePolicy)|KinesisAnalyticsV2::ApplicationCloudWatchLoggingOption)(::|$)|Custom::|AWS::CDK)/;

/** Cost of a month before and after, and of the resources that differ. */
export interface CostReview {
  readonly before: CostRange;
  readonly after: CostRange;
  /**
   * Each resource whose cost differs, with what a month costs before and after. Never their difference: where one part
   * falls and another rises, that is known far worse than each of the two.
   */
  readonly changed: readonly {
    readonly path: string;
    readonly type: string;
    readonly before: CostRange;
    readonly after: CostRange;
  }[];
  /** Types without a price, with their number after the change: in no sum. */
  readonly unpriced: Readonly<Record<string, number>>;
  /** Region of the prices, and those of the stacks. */
  readonly region: string;
  readonly stackRegions: readonly string[];
}

const NOTHING: CostRange = { low: 0, high: 0 };

export function costOf(before: readonly Stack[], after: readonly Stack[], changes: readonly Change[]): CostReview {
  const unpriced: Record<string, number> = {};
  for (const { Type, Properties } of after.flatMap(resourcesOf)) {
    if (costOfResource(LIGHT_USE, Type, Properties) === undefined) unpriced[Type] = (unpriced[Type] ?? 0) + 1;
  }
  const [usageBefore, usageAfter] = [before, after].map(
    (stacks) => new Map(stacks.map((stack) => [stack.name, usageOf(stack)])),
  );
  const changed = changes.flatMap(({ stack, path, type, before: was, after: is }) => {
    const old = costIn(usageBefore.get(stack), was);
    const now = costIn(usageAfter.get(stack), is);
    return now.low === old.low && now.high === old.high ? [] : [{ path, type, before: old, after: now }];
  });
  return {
    before: total(before),
    after: total(after),
    changed,
    unpriced,
    region: PRICES.region,
    stackRegions: [...new Set(after.flatMap(({ region }) => region ?? []))],
  };
}

/** What the stack says of its use, completed by a light one. */
function usageOf({ template }: Stack): Usage {
  return { ...LIGHT_USE, ...(template.Metadata?.[USAGE_METADATA] as Partial<Usage> | undefined) };
}

function total(stacks: readonly Stack[]): CostRange {
  return stacks
    .flatMap((stack) => {
      const usage = usageOf(stack);
      return resourcesOf(stack).map((resource) => costIn(usage, resource));
    })
    .reduce((sum, { low, high }) => ({ low: sum.low + low, high: sum.high + high }), NOTHING);
}

function costIn(usage = LIGHT_USE, resource?: Resource): CostRange {
  return (resource && costOfResource(usage, resource.Type, resource.Properties)) ?? NOTHING;
}

function resourcesOf({ template }: Stack): Resource[] {
  return Object.values(template.Resources ?? {});
}

/** Undefined when the table has no price for it. */
function costOfResource(usage: Usage, type: string, properties: Properties = {}): CostRange | undefined {
  if (FREE.test(type)) return NOTHING;
  const parts = PRICERS[type]?.(properties, usage);
  if (parts?.every(({ price }) => Object.hasOwn(PRICES.prices, price)) !== true) return undefined;
  return parts.reduce((sum, { price, low, high = low }) => {
    const { usd } = priceOf(price);
    return { low: sum.low + low * usd, high: sum.high + high * usd };
  }, NOTHING);
}
