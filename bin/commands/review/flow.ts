import type { Stack } from './assembly';
import { type Grant, grantsOf } from './grants';
import { principalName, ROLE_ARN, tableGrantsOf } from './table-grants';
import { at, type Json, listOf, type Resource, textOf } from './template';

/** What a node of a data flow is. */
export type NodeKind = 'api' | 'topic' | 'compute' | 'table' | 'store' | 'reader';

export interface FlowNode {
  /** `Stack/LogicalId`; the ARN or account of somebody who is of none of the stacks. */
  readonly id: string;
  /** Undefined for somebody who is of none of the stacks. */
  readonly stack?: string;
  readonly kind: NodeKind;
  readonly label: string;
}

export interface FlowEdge {
  readonly from: string;
  readonly to: string;
  /** Of a comparison: whether it comes or goes. */
  readonly change?: 'added' | 'removed';
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

/** What of a stack has a part in the flow of data. */
interface Parts {
  readonly stack: Stack;
  readonly resources: readonly (readonly [string, Resource])[];
  readonly places: readonly (readonly [string, Resource])[];
  /** Logical ids of what works on data, by that of its role. */
  readonly workersOf: ReadonlyMap<string, readonly string[]>;
}

/** The data flow of stacks, from what their roles, and roles of other accounts, may read and write. */
export function flowOf(stacks: readonly Stack[]): Flow {
  const drawing = new Drawing(stacks.map(partsOf));
  return drawing.flow();
}

function partsOf(stack: Stack): Parts {
  const resources = Object.entries(stack.template.Resources ?? {});
  const places = resources.filter(([, { Type }]) => Object.hasOwn(PLACES, Type));
  const handlers = customHandlers(resources);
  const workersOf = new Map<string, string[]>();
  for (const [logicalId, { Type, Properties }] of resources) {
    if (!Object.hasOwn(WORKERS, Type) || handlers.has(logicalId)) continue;
    const role = /^\$\{(\w+)/.exec(textOf(Properties?.[WORKERS[Type]]))?.[1];
    if (role !== undefined) workersOf.set(role, [...(workersOf.get(role) ?? []), logicalId]);
  }
  return { stack, resources, places, workersOf };
}

/** The role of one of the stacks. */
interface Role {
  readonly parts: Parts;
  readonly logicalId: string;
}

/** Draws the flow of stacks: of each by itself, and between those whose roles are known by name. */
class Drawing {
  private readonly edges = new Map<string, FlowEdge>();
  private readonly readers = new Set<string>();
  private readonly outsiders = new Map<string, FlowNode>();
  private readonly named: ReadonlyMap<string, readonly Role[]>;

  public constructor(private readonly parts: readonly Parts[]) {
    this.named = namedRoles(parts);
  }

  public flow(): Flow {
    this.parts.forEach((each) => {
      this.linkGrants(each);
      this.linkTables(each);
      this.linkApis(each);
    });
    const linked = new Set([...this.edges.values()].flatMap(({ from, to }) => [from, to]));
    const nodes = this.parts.flatMap((each) => nodesOf(each, this.readers, linked));
    const all = [...nodes, ...this.outsiders.values()];
    const shown = new Set(all.map(({ id }) => id));
    const edges = [...this.edges.values()].filter(({ from, to }) => shown.has(from) && shown.has(to));
    return { nodes: all, edges };
  }

  /** What policies of identities allow. */
  private linkGrants(parts: Parts): void {
    for (const grant of grantsOf(parts.stack).filter(({ allows }) => allows)) {
      const [reads, writes] = [READS.test(grant.action), WRITES.test(grant.action)];
      if (!reads && !writes) continue;
      const touched = parts.places.filter(([logicalId, place]) => reaches(grant, logicalId, place));
      // A bucket whose tables are shown is not shown for their files again.
      const tables = touched.filter(([, { Type }]) => Type === 'AWS::Glue::Table');
      for (const [place] of tables.length > 0 ? tables : touched) {
        this.linkRole(idIn(parts, place), { parts, logicalId: grant.holder }, reads, writes);
      }
    }
  }

  /** What Lake Formation allows, to roles of other accounts, too. */
  private linkTables(parts: Parts): void {
    for (const { table, principal, reads, writes } of tableGrantsOf(parts.stack)) {
      const place = idIn(parts, table);
      const own = /^\$\{(\w+)\.Arn\}$/.exec(principal)?.[1];
      const role = own === undefined ? this.roleNamed(principal, parts) : { parts, logicalId: own };
      if (role !== undefined) {
        this.linkRole(place, role, reads, writes);
      } else if (reads) {
        this.outsiders.set(principal, { id: principal, kind: 'reader', label: principalName(principal) });
        this.link(place, principal);
      }
    }
  }

  private linkApis(parts: Parts): void {
    for (const [, { Type, Properties }] of parts.resources) {
      if (Type !== 'AWS::ApiGatewayV2::Integration') continue;
      const [api, worker] = [Properties?.ApiId, Properties?.IntegrationUri].map(
        (value) => /\$\{(\w+)/.exec(textOf(value))?.[1],
      );
      if (api !== undefined && worker !== undefined) this.link(idIn(parts, api), idIn(parts, worker));
    }
  }

  private linkRole(place: string, { parts, logicalId }: Role, reads: boolean, writes: boolean): void {
    const workers = parts.workersOf.get(logicalId);
    if (workers === undefined && reads && isRole(parts.stack, logicalId) && !isService(parts.stack, logicalId)) {
      const reader = idIn(parts, logicalId);
      this.readers.add(reader);
      this.link(place, reader);
    }
    for (const worker of (workers ?? []).map((each) => idIn(parts, each))) {
      if (reads) this.link(place, worker);
      if (writes) this.link(worker, place);
    }
  }

  private roleNamed(principal: string, { stack }: Parts): Role | undefined {
    const [, account, name] = ROLE_ARN.exec(principal) ?? [];
    const wanted = account === '${AWS::AccountId}' ? stack.account : account;
    const candidates = this.named.get(name ?? '') ?? [];
    return candidates.find(({ parts }) => [undefined, wanted].includes(parts.stack.account));
  }

  private link(from: string, to: string): void {
    this.edges.set(`${from}>${to}`, { from, to });
  }
}

function idIn({ stack }: Parts, logicalId: string): string {
  return `${stack.name}/${logicalId}`;
}

function namedRoles(all: readonly Parts[]): Map<string, Role[]> {
  const found = new Map<string, Role[]>();
  for (const parts of all) {
    for (const [logicalId, { Type, Properties }] of parts.resources) {
      const name = Type === 'AWS::IAM::Role' ? textOf(Properties?.RoleName) : '';
      if (name !== '') found.set(name, [...(found.get(name) ?? []), { parts, logicalId }]);
    }
  }
  return found;
}

/** Topics and tables, and whatever has an edge. */
function nodesOf(parts: Parts, readers: ReadonlySet<string>, linked: ReadonlySet<string>): FlowNode[] {
  return parts.resources
    .map(([logicalId, resource]) => ({
      id: idIn(parts, logicalId),
      stack: parts.stack.name,
      kind: kindOf(resource, readers.has(idIn(parts, logicalId))),
      label: labelOf(logicalId, resource) || logicalId,
    }))
    .filter(
      (node): node is FlowNode & { readonly stack: string } =>
        node.kind !== undefined && (linked.has(node.id) || node.kind === 'topic' || node.kind === 'table'),
    );
}

function kindOf({ Type }: Resource, isReader: boolean): NodeKind | undefined {
  if (isReader) return 'reader';
  if (Type === 'AWS::ApiGatewayV2::Api') return 'api';
  return Object.hasOwn(WORKERS, Type) ? 'compute' : PLACES[Type]?.[0];
}

function labelOf(logicalId: string, { Type, Properties, Metadata }: Resource): string {
  const path = textOf(Metadata?.['aws:cdk:path'] as Json | undefined).replace(/(\/(Resource|Default|Handler))+$/, '');
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

/** Thick for what comes, dotted for what goes. */
const ARROWS = { added: '==>', removed: '-.->', kept: '-->' };

/** Text that Mermaid shows as it is. */
function quoted(text: string): string {
  return `"${text.replace(/[^\w ./:()${}*,-]/gu, (character) => `#${character.codePointAt(0)};`)}"`;
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
  const stacks = [...new Set(nodes.flatMap(({ stack }) => stack ?? []))];
  const line = ({ id, kind, label }: FlowNode): string => {
    const [open, close] = SHAPES[kind];
    const mark = marks.get(id);
    return `  ${names.get(id)}${open}${quoted(label)}${close}${mark === undefined ? '' : `:::${mark}`}`;
  };
  const isFramed = stacks.length > 1;
  return [
    'flowchart LR',
    ...(isFramed
      ? stacks.flatMap((stack, index) => [
          `  subgraph s${index}[${quoted(stack)}]`,
          ...nodes.filter((node) => node.stack === stack).map((node) => `  ${line(node)}`),
          '  end',
        ])
      : []),
    ...nodes.filter(({ stack }) => !isFramed || stack === undefined).map(line),
    ...edges.map(({ from, to, change }) => `  ${names.get(from)} ${ARROWS[change ?? 'kept']} ${names.get(to)}`),
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
  const key = ({ from, to }: FlowEdge): string => `${from}>${to}`;
  const [had, has] = [before, after].map((flow) => new Set(flow.edges.map(key)));
  const edges = new Map([...before.edges, ...after.edges].map((edge) => [key(edge), edge]));
  const touched = [...edges.values()]
    .map((edge): FlowEdge => {
      const change = !had.has(key(edge)) ? 'added' : !has.has(key(edge)) ? 'removed' : undefined;
      return { ...edge, change };
    })
    .filter(({ from, to, change }) => change !== undefined || marks.has(from) || marks.has(to));
  const shown = new Set([...marks.keys(), ...touched.flatMap(({ from, to }) => [from, to])]);
  if (shown.size === 0) return undefined;
  return mermaid({ nodes: [...nodes.values()].filter(({ id }) => shown.has(id)), edges: touched }, marks);
}
