import { isRecord, list, type Properties, type TemplateModel } from '../template';
import { type AddressRange, contains, EVERYWHERE, rangeOf } from './ipv4';
import { anyOf, type Verdict } from './verdict';

export type Direction = 'Ingress' | 'Egress';

/** Who is on the other side: members of security groups, with addresses in ranges that are known or not. */
export interface Peer {
  readonly groups: readonly string[];
  /** Undefined stands for an address that only CloudFormation or AWS knows. */
  readonly ranges: readonly (AddressRange | undefined)[];
}

/** Somewhere that is no member of a group, such as a public endpoint of AWS. */
export const ANYWHERE: Peer = { groups: [], ranges: [EVERYWHERE] };

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export const port = (number: number): PortRange => ({ from: number, to: number });

// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html: a group
// without a rule for what leaves it lets everything out.
const ALL: Properties = { IpProtocol: '-1', CidrIp: '0.0.0.0/0' };

/** What the security groups of a template let through. */
export class SecurityGroups {
  constructor(private readonly model: TemplateModel) {}

  /**
   * Whether TCP between a member of the groups and the peer is let through on the side of the groups.
   *
   * @param groups names of security groups; what one of them allows is allowed
   */
  allows(direction: Direction, groups: readonly string[], ports: PortRange, peer: Peer): Verdict {
    // The default group of the VPC, whose rules no template tells.
    if (groups.length === 0) return 'unknown';
    return anyOf(groups.map((group) => this.groupAllows(direction, group, ports, peer)));
  }

  private groupAllows(direction: Direction, group: string, ports: PortRange, peer: Peer): Verdict {
    const verdict = anyOf(this.rules(direction, group).map((rule) => this.ruleAllows(direction, rule, ports, peer)));
    // A group that stands elsewhere has rules that are not seen here.
    return verdict === 'no' && !this.model.find(group) ? 'unknown' : verdict;
  }

  private rules(direction: Direction, group: string): readonly Properties[] {
    const apart = this.model
      .ofType(`AWS::EC2::SecurityGroup${direction}`)
      .filter(({ properties }) => this.model.nameOf(properties.GroupId) === group)
      .map(({ properties }) => properties);
    const resource = this.model.find(group);
    const own = resource?.properties[`SecurityGroup${direction}`];
    const open = resource && direction === 'Egress' && own === undefined;
    return [...list(own).filter(isRecord), ...apart, ...(open ? [ALL] : [])];
  }

  private ruleAllows(direction: Direction, rule: Properties, ports: PortRange, peer: Peer): Verdict {
    if (!admitsPorts(rule, ports)) return 'no';
    const group = rule[direction === 'Ingress' ? 'SourceSecurityGroupId' : 'DestinationSecurityGroupId'];
    if (group !== undefined) return peer.groups.includes(this.model.nameOf(group)) ? 'yes' : 'no';
    if (rule.CidrIp !== undefined) return this.admitsRanges(rule.CidrIp, peer);
    return rule.CidrIpv6 === undefined ? 'unknown' : 'no';
  }

  private admitsRanges(cidr: unknown, peer: Peer): Verdict {
    const admitted = rangeOf(this.model, cidr);
    if (!admitted) return 'unknown';
    if (contains(admitted, EVERYWHERE)) return 'yes';
    if (peer.ranges.some((range) => range === undefined)) return 'unknown';
    const inside = peer.ranges.every((range) => contains(admitted, range as AddressRange));
    return inside && peer.ranges.length > 0 ? 'yes' : 'no';
  }
}

function admitsPorts(rule: Properties, ports: PortRange): boolean {
  const protocol = String(rule.IpProtocol);
  if (protocol === '-1') return true;
  return ['tcp', '6'].includes(protocol) && Number(rule.FromPort) <= ports.from && ports.to <= Number(rule.ToPort);
}
