import { type CloudFormationTemplate, list, type NamedResource, record, TemplateModel } from '../template';
import { containerTasks } from './containers';
import { type Endpoint, Network } from './network';
import { endpointAdmits } from './policies';
import { ANYWHERE, type Peer, port, type PortRange, SecurityGroups } from './security-groups';
import { iamPort, type ServiceCall, type Task, tasksNotUnderstood, tasksOf } from './tasks';
import { allOf, type Verdict } from './verdict';

/** The link of the way that is missing, or not known. */
export type Link =
  | 'endpoint'
  | 'private-dns'
  | 'route'
  | 'egress'
  | 'ingress'
  | 'endpoint-policy'
  | 'authentication'
  | 'network-acl'
  | 'place'
  | 'permissions';

export interface ReachabilityFinding {
  /** Logical id of the task. */
  readonly task: string;
  /** What it calls: the service as endpoints name it, logical id or ARN of a Kafka cluster, or `workers`; empty for all. */
  readonly target: string;
  readonly link: Link;
  /** `unreachable` is certain; `unknown` depends on what is not in the template. */
  readonly verdict: 'unreachable' | 'unknown';
  /** One sentence: what is wrong, and the remedy. */
  readonly message: string;
}

/**
 * Whether each task that runs in a network reaches what it calls: endpoints of AWS services by routes, private DNS,
 * security groups on both sides and endpoint policies; Kafka brokers on their port; the workers of a job one another.
 *
 * What a task calls is taken from its type and from what its role may do. Pure: reads nothing but the template.
 *
 * @returns nothing for a task that reaches everything; one finding for each link that is missing, or not to be known
 */
export function reachability(template: CloudFormationTemplate): ReachabilityFinding[] {
  return reachabilityOf(new TemplateModel(template));
}

/** The same for a template that has been read. */
export function reachabilityOf(model: TemplateModel): ReachabilityFinding[] {
  const check = new ReachabilityCheck(model, new Network(model), new SecurityGroups(model));
  const tasks = [...tasksOf(model), ...containerTasks(model)];
  return [...tasks.flatMap((task) => check.task(task)), ...tasksNotUnderstood(model).map(notUnderstood)];
}

const HTTPS = port(443);
const ALL_TCP: PortRange = { from: 0, to: 65535 };

class ReachabilityCheck {
  constructor(
    private readonly model: TemplateModel,
    private readonly network: Network,
    private readonly groups: SecurityGroups,
  ) {}

  task(task: Task): ReachabilityFinding[] {
    const outside = task.subnets.find((subnet) => this.network.vpcOf(subnet) === undefined);
    if (outside !== undefined) {
      const called = [...task.calls.map(({ service }) => service), ...task.clusters, ...task.servers].join(', ');
      const message = `stands in ${outside}, which is not in the template: see that it reaches ${called} from there`;
      return [finding(task, '', 'place', 'unknown', message)];
    }
    return [
      ...this.acls(task),
      ...(task.incomplete ? [incomplete(task, task.incomplete)] : []),
      ...task.calls.flatMap((call) => this.service(task, call)),
      ...task.clusters.flatMap((cluster) => this.brokers(task, cluster)),
      ...task.connections.flatMap(({ id, groups, subnets, port: on }) =>
        this.connects(task, id, this.peerOf(groups, subnets), port(on), id),
      ),
      ...(task.distributed ? this.workers(task) : []),
    ];
  }

  private service(task: Task, call: ServiceCall): ReachabilityFinding[] {
    const { service } = call;
    const vpc = this.network.vpcOf(task.subnets[0]);
    const here = this.network.endpoints.filter((each) => each.service === service && each.vpc === vpc);
    const resolving = here.find((each) => !each.gateway && each.privateDns);
    if (resolving) return this.throughInterface(task, call, resolving, String(vpc));
    const gateway = here.find((each) => each.gateway);
    const lost = task.subnets.filter((subnet) => !this.inGateway(gateway, subnet));
    if (gateway && lost.length === 0) {
      return [...this.leaves(task, service, ANYWHERE), ...this.policy(task, call, gateway)];
    }
    const out = allOf(lost.map((subnet) => this.network.wayOut(subnet)));
    if (out === 'yes') return this.leaves(task, service, ANYWHERE);
    if (gateway) {
      const message = `${service}: no route table of ${lost.join(', ')} leads to the gateway endpoint ${gateway.id}; name it in RouteTableIds`;
      return [finding(task, service, 'route', verdictOf(out), message)];
    }
    if (here.length > 0) {
      const message = `${service}: the endpoint ${here[0].id} has no private DNS, so that the service's name leads past it; set PrivateDnsEnabled`;
      return [finding(task, service, 'private-dns', verdictOf(out), message)];
    }
    const message = `${service}: its VPC has neither an endpoint of the service nor a NAT gateway; add an endpoint`;
    return [finding(task, service, 'endpoint', verdictOf(out), message)];
  }

  private throughInterface(task: Task, call: ServiceCall, endpoint: Endpoint, vpc: string): ReachabilityFinding[] {
    const { service } = call;
    const dns = this.network.resolvesPrivately(vpc);
    const message = `${service}: ${vpc} does not resolve private names; set EnableDnsSupport and EnableDnsHostnames`;
    return [
      ...(dns === 'yes' ? [] : [finding(task, service, 'private-dns', verdictOf(dns), message)]),
      ...this.connects(task, service, this.peerOf(endpoint.groups, endpoint.subnets), HTTPS, endpoint.id),
      ...this.policy(task, call, endpoint),
    ];
  }

  private brokers(task: Task, cluster: string): ReachabilityFinding[] {
    const resource = this.model.find(cluster);
    if (!resource) {
      const message = `the brokers of ${cluster} are not in the template: see that they admit the task`;
      return [finding(task, cluster, 'place', 'unknown', message)];
    }
    const places = brokerPlaces(resource);
    const subnets = places.flatMap((place) => list(place.subnets)).map((each) => this.model.nameOf(each));
    const groups = places.flatMap((place) => list(place.groups)).map((each) => this.model.nameOf(each));
    const clientPort = iamPort(resource);
    if (clientPort === undefined) {
      const message = `${cluster}: the brokers do not take clients with IAM, which the role is meant for; enable Sasl.Iam`;
      return [finding(task, cluster, 'authentication', 'unreachable', message)];
    }
    const vpcs = new Set([...subnets, ...task.subnets].map((subnet) => this.network.vpcOf(subnet)));
    if (vpcs.size > 1) {
      const message = `${cluster}: the brokers stand in another VPC; see that the two are connected`;
      return [finding(task, cluster, 'route', 'unknown', message)];
    }
    return this.connects(task, cluster, this.peerOf(groups, subnets), port(clientPort), cluster);
  }

  private workers(task: Task): ReachabilityFinding[] {
    return this.connects(task, 'workers', this.peerOf(task.groups, task.subnets), ALL_TCP, 'its other workers');
  }

  /** Both ends of a connection inside the network. */
  private connects(task: Task, target: string, peer: Peer, ports: PortRange, name: string): ReachabilityFinding[] {
    const text = ports.from === ports.to ? `port ${ports.from}` : 'every TCP port';
    const out = this.groups.allows('Egress', task.groups, ports, peer);
    const into = this.groups.allows('Ingress', peer.groups, ports, this.peerOf(task.groups, task.subnets));
    const egress = `${target}: ${task.groups.join(', ')} lets nothing out to ${name} on ${text}; add an egress rule`;
    const ingress = `${target}: ${peer.groups.join(', ')} of ${name} does not admit the task on ${text}; add an ingress rule`;
    return [
      ...(out === 'yes' ? [] : [finding(task, target, 'egress', verdictOf(out), egress)]),
      ...(into === 'yes' ? [] : [finding(task, target, 'ingress', verdictOf(into), ingress)]),
    ];
  }

  /** The task's end of a connection to public addresses of AWS. */
  private leaves(task: Task, service: string, peer: Peer): ReachabilityFinding[] {
    const out = this.groups.allows('Egress', task.groups, HTTPS, peer);
    const message = `${service}: ${task.groups.join(', ')} lets nothing out on port 443; add an egress rule`;
    return out === 'yes' ? [] : [finding(task, service, 'egress', verdictOf(out), message)];
  }

  private policy(task: Task, { service, requests }: ServiceCall, endpoint: Endpoint): ReachabilityFinding[] {
    const asked = requests.flatMap(({ actions, resources }) =>
      actions.flatMap((action) => resources.map((resource) => ({ action, resource }))),
    );
    const verdicts = asked.map(({ action, resource }) => ({
      action,
      resource,
      verdict: endpointAdmits(endpoint.policy, action, resource, task.role),
    }));
    const held = verdicts.filter(({ verdict }) => verdict !== 'yes');
    if (held.length === 0) return [];
    const worst = held.find(({ verdict }) => verdict === 'no') ?? held[0];
    const message = `${service}: the policy of ${endpoint.id} does not let ${worst.action} on ${worst.resource} through; allow it there`;
    return [finding(task, service, 'endpoint-policy', verdictOf(worst.verdict), message)];
  }

  private acls(task: Task): ReachabilityFinding[] {
    const subnet = task.subnets.find((each) => this.network.hasAcl(each));
    const message = `${subnet} has a network ACL, whose rules are not evaluated; see that they let the task through`;
    return subnet === undefined ? [] : [finding(task, '', 'network-acl', 'unknown', message)];
  }

  private inGateway(gateway: Endpoint | undefined, subnet: string): boolean {
    const table = this.network.routeTableOf(subnet);
    return gateway !== undefined && table !== undefined && gateway.routeTables.includes(table);
  }

  private peerOf(groups: readonly string[], subnets: readonly string[]): Peer {
    return { groups, ranges: subnets.map((subnet) => this.network.rangeOf(subnet)) };
  }
}

function brokerPlaces({ type, properties }: NamedResource): { subnets: unknown; groups: unknown }[] {
  if (type === 'AWS::MSK::ServerlessCluster') {
    return list(properties.VpcConfigs)
      .map(record)
      .map(({ SubnetIds, SecurityGroups: groups }) => ({ subnets: SubnetIds, groups }));
  }
  const { ClientSubnets, SecurityGroups: groups } = record(properties.BrokerNodeGroupInfo);
  return [{ subnets: ClientSubnets, groups }];
}

function notUnderstood({ id, type }: NamedResource): ReachabilityFinding {
  const message = `${id} (${type}) runs in a network, and what it calls there is not understood here; see that it reaches it.`;
  return { task: id, target: '', link: 'place', verdict: 'unknown', message };
}

function incomplete(task: Task, reason: string): ReachabilityFinding {
  return finding(
    task,
    '',
    'permissions',
    'unknown',
    `may call more than is known: ${reason}; see that it reaches that, too`,
  );
}

function verdictOf(verdict: Verdict): 'unreachable' | 'unknown' {
  return verdict === 'unknown' ? 'unknown' : 'unreachable';
}

function finding(
  task: Task,
  target: string,
  link: Link,
  verdict: 'unreachable' | 'unknown',
  what: string,
): ReachabilityFinding {
  return { task: task.id, target, link, verdict, message: `${task.id} (${task.kind}) ${PREFIX[verdict]}${what}.` };
}

const PREFIX = { unreachable: 'does not reach ', unknown: '' };
