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

type Pricer = (properties: Properties) => readonly Part[];

const always = (price: string, units: number): Part => ({ price, low: units * HOURS_A_MONTH });
const number = (properties: Properties, path: string, otherwise: number): number => {
  const value = Number(at(properties, path) ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
};

const DPU: Readonly<Record<string, number>> = { 'G.025X': 0.25, 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8, 'Z.2X': 2 };

/**
 * What resources cost at rest, and with a light use where they cost by use: each range goes from the lower figure to at
 * most four times as much. Said in docs/review.md.
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
    { price: 'msk.serverless.partition', low: 3 * HOURS_A_MONTH, high: 12 * HOURS_A_MONTH },
  ],
  'AWS::EC2::VPCEndpoint': (properties) =>
    textOf(properties.VpcEndpointType) === 'Interface'
      ? [always('vpc.endpoint', Math.max(1, listOf(properties.SubnetIds).length))]
      : [],
  'AWS::EC2::NatGateway': () => [always('vpc.nat', 1), { price: 'vpc.nat.data', low: 10, high: 40 }],
  'AWS::EC2::EIP': () => [always('vpc.address', 1)],
  'AWS::KMS::Key': () => [{ price: 'kms.key', low: 1 }],
  'AWS::Glue::Job': (properties) => {
    const units = number(properties, 'NumberOfWorkers', 2) * (DPU[textOf(properties.WorkerType)] ?? 1);
    const isContinuous = textOf(at(properties, 'DefaultArguments.--mode')) === 'continuous';
    // Ten to forty minutes a day.
    return isContinuous ? [always('glue.dpu', units)] : [{ price: 'glue.dpu', low: units * 5, high: units * 20 }];
  },
  'AWS::Glue::TableOptimizer': () => [{ price: 'glue.dpu', low: 1, high: 4 }],
  'AWS::S3::Bucket': () => [{ price: 's3.storage', low: 25, high: 100 }],
  'AWS::Logs::LogGroup': () => [{ price: 'cloudwatch.logs.in', low: 0.25, high: 1 }],
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
  'AWS::StepFunctions::StateMachine': () => [{ price: 'states.transition', low: 300, high: 1_200 }],
  'AWS::Lambda::Function': (properties) => [
    { price: 'lambda.request', low: 25_000, high: 100_000 },
    {
      price: 'lambda.duration',
      low: (25_000 * number(properties, 'MemorySize', 128)) / 1024 / 10,
      high: (100_000 * number(properties, 'MemorySize', 128)) / 1024 / 10,
    },
  ],
  'AWS::ApiGatewayV2::Api': () => [{ price: 'api.http', low: 0.25, high: 1 }],
  'AWS::ApiGateway::RestApi': () => [{ price: 'api.rest', low: 0.25, high: 1 }],
  'AWS::Athena::WorkGroup': () => [{ price: 'athena.scan', low: 0.1, high: 0.4 }],
  'AWS::SQS::Queue': () => [{ price: 'sqs.request', low: 0.25, high: 1 }],
  'AWS::KinesisAnalyticsV2::Application': (properties) => {
    const settings = 'ApplicationConfiguration.FlinkApplicationConfiguration.ParallelismConfiguration';
    const parallelism = number(properties, `${settings}.Parallelism`, 1);
    const units = Math.ceil(parallelism / number(properties, `${settings}.ParallelismPerKPU`, 1));
    // One more orchestrates; each brings 50 GB of state.
    return [always('flink.kpu', units + 1), { price: 'flink.storage', low: units * 50 }];
  },
  'AWS::ElastiCache::ServerlessCache': () => [
    { price: 'elasticache.valkey.storage', low: 0.1 * HOURS_A_MONTH, high: 0.4 * HOURS_A_MONTH },
    { price: 'elasticache.valkey.ecpu', low: 25, high: 100 },
  ],
  'AWS::ElastiCache::ReplicationGroup': (properties) => {
    const nodes = number(properties, 'NumNodeGroups', 1) * (1 + number(properties, 'ReplicasPerNodeGroup', 1));
    return [always(`elasticache.${textOf(properties.CacheNodeType)}`, nodes)];
  },
  'AWS::RedshiftServerless::Workgroup': (properties) => {
    const units = number(properties, 'BaseCapacity', 128);
    // Half an hour to two hours of queries a day.
    return [{ price: 'redshift.rpu', low: units * 15, high: units * 60 }];
  },
  'AWS::RedshiftServerless::Namespace': () => [{ price: 'redshift.storage', low: 25, high: 100 }],
  'AWS::RDS::DBInstance': (properties) => [
    always(`rds.${textOf(properties.DBInstanceClass)}`, properties.MultiAZ === true ? 2 : 1),
    { price: 'rds.storage', low: number(properties, 'AllocatedStorage', 20) },
  ],
  'AWS::ElasticLoadBalancingV2::LoadBalancer': () => [always('elb.application', 1)],
  'AWS::EFS::FileSystem': () => [{ price: 'efs.storage', low: 5, high: 20 }],
  'AWS::ECR::Repository': () => [{ price: 'ecr.storage', low: 1, high: 4 }],
  'AWS::CodeBuild::Project': () => [{ price: 'codebuild.small', low: 25, high: 100 }],
  'AWS::DynamoDB::Table': () => [
    { price: 'dynamodb.write', low: 1, high: 4 },
    { price: 'dynamodb.storage', low: 1, high: 4 },
  ],
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
    if (costOfResource(Type, Properties) === undefined) unpriced[Type] = (unpriced[Type] ?? 0) + 1;
  }
  const changed = changes.flatMap(({ path, type, before: was, after: is }) => {
    const [old, now] = [was, is].map((each) => (each && costOfResource(each.Type, each.Properties)) ?? NOTHING);
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

function total(stacks: readonly Stack[]): CostRange {
  return stacks
    .flatMap(resourcesOf)
    .map(({ Type, Properties }) => costOfResource(Type, Properties) ?? NOTHING)
    .reduce((sum, { low, high }) => ({ low: sum.low + low, high: sum.high + high }), NOTHING);
}

function resourcesOf({ template }: Stack): Resource[] {
  return Object.values(template.Resources ?? {});
}

/** Undefined when the table has no price for it. */
function costOfResource(type: string, properties: Properties = {}): CostRange | undefined {
  if (FREE.test(type)) return NOTHING;
  const parts = PRICERS[type]?.(properties);
  if (parts?.every(({ price }) => Object.hasOwn(PRICES.prices, price)) !== true) return undefined;
  return parts.reduce((sum, { price, low, high = low }) => {
    const { usd } = priceOf(price);
    return { low: sum.low + low * usd, high: sum.high + high * usd };
  }, NOTHING);
}
