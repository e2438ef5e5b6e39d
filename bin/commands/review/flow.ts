import type { Stack } from './assembly';
import { type Grant, grantsOf } from './grants';
import { at, type Json, listOf, type Resource, textOf } from './template';

/** What a node of a data flow is. */
export type NodeKind = 'api' | 'topic' | 'compute' | 'table' | 'store' | 'reader';

export interface FlowNode {
  /** `Stack/LogicalId`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly label: string;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
}

/** Where data comes from, what works on it, where it is kept, and who may read it. */
export interface Flow {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
}

/** What holds data, with the name that people know it by. */
const PLACES: Readonly<Record<string, readonly [kind: NodeKind, name: string]>> = {
  'AWS::MSK::Topic': ['topic', 'TopicName'],
  'Custom::KafkaTopic': ['topic', 'TopicName'],
  'AWS::Kinesis::Stream': ['topic', 'Name'],
  'AWS::SQS::Queue': ['topic', 'QueueName'],
  'AWS::Glue::Table': ['table', 'Name'],
  'AWS::S3::Bucket': ['store', 'BucketName'],
  'AWS::DynamoDB::Table': ['store', 'TableName'],
  'AWS::RedshiftServerless::Workgroup': ['store', 'WorkgroupName'],
  'AWS::ElastiCache::ServerlessCache': ['store', 'ServerlessCacheName'],
  'AWS::ElastiCache::ReplicationGroup': ['store', 'ReplicationGroupId'],
  'AWS::RDS::DBInstance': ['store', 'DBInstanceIdentifier'],
};

/** What works on data, with the property that names its role. */
const WORKERS: Readonly<Record<string, string>> = {
  'AWS::Glue::Job': 'Role',
  'AWS::Lambda::Function': 'Role',
  'AWS::KinesisAnalyticsV2::Application': 'ServiceExecutionRole',
  'AWS::ECS::TaskDefinition': 'TaskRoleArn',
  'AWS::EMRServerless::Application': '',
};

const READS =
  /^(s3:getobject|s3:get\*|s3:\*|kafka-cluster:readdata|kinesis:getrecords|sqs:receivemessage|dynamodb:(getitem|query|scan)|redshift-data:(execute|batchexecute)statement|redshift-serverless:getcredentials|elasticache:connect|lakeformation:select)$/;
const WRITES =
  /^(s3:putobject|s3:put\*|s3:\*|kafka-cluster:writedata|kinesis:putrecords?|sqs:sendmessage|dynamodb:(putitem|updateitem|batchwriteitem)|redshift-data:(execute|batchexecute)statement|elasticache:connect|lakeformation:insert)$/;

/** The data flow of stacks, from what their roles may read and write. */
export function flowOf(stacks: readonly Stack[]): Flow {
  const parts = stacks.map(flowOfStack);
  return { nodes: parts.flatMap(({ nodes }) => nodes), edges: parts.flatMap(({ edges }) => edges) };
}

function flowOfStack(stack: Stack): Flow {
  const resources = Object.entries(stack.template.Resources ?? {});
  const id = (logicalId: string): string => `${stack.name}/${logicalId}`;
  const places = resources.filter(([, { Type }]) => Object.hasOwn(PLACES, Type));
  const handlers = customHandlers(resources);
  const workers = resources.filter(([logicalId, { Type }]) => Object.hasOwn(WORKERS, Type) && !handlers.has(logicalId));
  const workersOf = new Map<string, string[]>();
  for (const [logicalId, { Type, Properties }] of workers) {
    const role = /^\$\{(\w+)/.exec(textOf(Properties?.[WORKERS[Type]]))?.[1];
    if (role !== undefined) workersOf.set(role, [...(workersOf.get(role) ?? []), logicalId]);
  }

  const edges = new Map<string, FlowEdge>();
  const readers = new Set<string>();
  const link = (from: string, to: string): void => void edges.set(`${from}>${to}`, { from: id(from), to: id(to) });
  for (const grant of grantsOf(stack).filter(({ allows }) => allows)) {
    const [reads, writes] = [READS.test(grant.action), WRITES.test(grant.action)];
    if (!reads && !writes) continue;
    const touched = places.filter(([logicalId, place]) => reaches(grant, logicalId, place));
    // A bucket whose tables are shown is not shown for their files again.
    const tables = touched.filter(([, { Type }]) => Type === 'AWS::Glue::Table');
    for (const [place] of tables.length > 0 ? tables : touched) {
      const names = workersOf.get(grant.holder);
      if (names === undefined && reads && isRole(stack, grant.holder) && !isService(stack, grant.holder)) {
        readers.add(grant.holder);
        link(place, grant.holder);
      }
      for (const worker of names ?? []) {
        if (reads) link(place, worker);
        if (writes) link(worker, place);
      }
    }
  }
  for (const [, { Type, Properties }] of resources) {
    if (Type !== 'AWS::ApiGatewayV2::Integration') continue;
    const [api, worker] = [Properties?.ApiId, Properties?.IntegrationUri].map(
      (value) => /\$\{(\w+)/.exec(textOf(value))?.[1],
    );
    if (api !== undefined && worker !== undefined) link(api, worker);
  }

  const linked = new Set([...edges.values()].flatMap(({ from, to }) => [from, to]));
  const nodes = resources
    .map(([logicalId, resource]) => ({
      id: id(logicalId),
      kind: kindOf(resource, readers.has(logicalId)),
      label: labelOf(logicalId, resource),
    }))
    .filter(
      (node): node is FlowNode =>
        node.kind !== undefined && (linked.has(node.id) || node.kind === 'topic' || node.kind === 'table'),
    );
  const shown = new Set(nodes.map((node) => node.id));
  return { nodes, edges: [...edges.values()].filter(({ from, to }) => shown.has(from) && shown.has(to)) };
}

function kindOf({ Type }: Resource, isReader: boolean): NodeKind | undefined {
  if (isReader) return 'reader';
  if (Type === 'AWS::ApiGatewayV2::Api') return 'api';
  return Object.hasOwn(WORKERS, Type) ? 'compute' : PLACES[Type]?.[0];
}

function labelOf(logicalId: string, { Type, Properties, Metadata }: Resource): string {
  const path = textOf(Metadata?.['aws:cdk:path'] as Json | undefined).replace(/\/(Resource|Default|Handler)$/g, '');
  const construct = path.split('/').slice(1).join('/') || logicalId.replace(/[0-9A-F]{8}$/, '');
  if (Type === 'AWS::Glue::Table') {
    const name = textOf(Properties?.Name ?? at(Properties, 'TableInput.Name'));
    const layer = textOf(at(Properties, 'OpenTableFormatInput.IcebergInput.IcebergTableInput.Location'))
      .split('/')
      .at(-2);
    return layer === undefined ? name : `${layer}.${name}`;
  }
  const name = textOf(Properties?.[PLACES[Type]?.[1] ?? 'Name']);
  return name !== '' && !name.includes('${') ? name : construct;
}

/** Whether a permission is one on this very place. */
function reaches({ resource, action }: Grant, logicalId: string, { Type, Properties }: Resource): boolean {
  if (Type === 'AWS::Glue::Table') {
    const location = textOf(
      at(Properties, 'OpenTableFormatInput.IcebergInput.IcebergTableInput.Location') ??
        at(Properties, 'TableInput.StorageDescriptor.Location'),
    );
    const [, bucket, prefix] = /^s3:\/\/\$\{(\w+)\}\/(.+)$/.exec(location) ?? [];
    return action.startsWith('s3:') && bucket !== undefined && resource === `\${${bucket}.Arn}/${prefix}/*`;
  }
  if (Type.endsWith('Topic')) {
    return (
      action.startsWith('kafka-cluster:') &&
      resource.includes(':topic/') &&
      resource.endsWith(`/${textOf(Properties?.TopicName)}`)
    );
  }
  if (Type === 'AWS::S3::Bucket') return action.startsWith('s3:') && resource.startsWith(`\${${logicalId}.Arn}`);
  return resource.includes(`\${${logicalId}`);
}

/** Functions behind custom resources work on the stack, not on data. */
function customHandlers(resources: readonly (readonly [string, Resource])[]): Set<string> {
  const tokens = resources.map(([, { Properties }]) => /^\$\{(\w+)/.exec(textOf(Properties?.ServiceToken))?.[1]);
  return new Set(tokens.filter((token): token is string => token !== undefined));
}

function isRole({ template }: Stack, logicalId: string): boolean {
  return template.Resources?.[logicalId]?.Type === 'AWS::IAM::Role';
}

/** A role that only a service takes on is nobody who reads. */
function isService({ template }: Stack, logicalId: string): boolean {
  const trust = at(template.Resources?.[logicalId]?.Properties, 'AssumeRolePolicyDocument.Statement');
  return listOf(trust).every((statement) => at(statement as never, 'Principal.Service') !== undefined);
}

const SHAPES: Readonly<Record<NodeKind, readonly [open: string, close: string]>> = {
  api: ['{{', '}}'],
  topic: ['[/', '/]'],
  compute: ['[', ']'],
  table: ['[(', ')]'],
  store: ['[(', ')]'],
  reader: ['([', '])'],
};

/**
 * A flow as Mermaid draws it.
 *
 * @param marks classes by the ids of nodes: `added`, `changed`, `removed`
 */
export function mermaid({ nodes, edges }: Flow, marks: ReadonlyMap<string, string> = new Map()): string {
  const names = new Map(nodes.map(({ id }, index) => [id, `n${index}`]));
  return [
    'flowchart LR',
    ...nodes.map(({ id, kind, label }) => {
      const [open, close] = SHAPES[kind];
      const mark = marks.get(id);
      return `  ${names.get(id)}${open}"${label.replaceAll('"', "'")}"${close}${mark === undefined ? '' : `:::${mark}`}`;
    }),
    ...edges.map(({ from, to }) => `  ${names.get(from)} --> ${names.get(to)}`),
    ...(marks.size === 0
      ? []
      : [
          '  classDef added fill:#d7f0dc,stroke:#1a7f37,color:#000',
          '  classDef changed fill:#fff1cc,stroke:#9a6700,color:#000',
          '  classDef removed fill:#ffd9d6,stroke:#cf222e,color:#000',
        ]),
  ].join('\n');
}

/** What changed, and its neighbours; undefined when nothing of the data flow did. */
export function changedFlow(before: Flow, after: Flow, changed: ReadonlySet<string>): string | undefined {
  const nodes = new Map([...before.nodes, ...after.nodes].map((node) => [node.id, node]));
  const keys = (flow: Flow): Set<string> => new Set(flow.nodes.map(({ id }) => id));
  const [old, now] = [keys(before), keys(after)];
  const marks = new Map<string, string>();
  for (const id of nodes.keys()) {
    const mark = !old.has(id) ? 'added' : !now.has(id) ? 'removed' : changed.has(id) ? 'changed' : undefined;
    if (mark !== undefined) marks.set(id, mark);
  }
  const edges = new Map([...before.edges, ...after.edges].map((edge) => [`${edge.from}>${edge.to}`, edge]));
  const touched = [...edges.values()].filter(({ from, to }) => marks.has(from) || marks.has(to));
  const shown = new Set([...marks.keys(), ...touched.flatMap(({ from, to }) => [from, to])]);
  if (marks.size === 0) return undefined;
  return mermaid({ nodes: [...nodes.values()].filter(({ id }) => shown.has(id)), edges: touched }, marks);
}
