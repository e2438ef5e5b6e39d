import { isRecord, list, type NamedResource, record, type TemplateModel, textOf } from '../template';
import { type AddressRange, rangeOf } from './ipv4';
import { anyOf, type Verdict } from './verdict';

/** A VPC endpoint of the template. */
export interface Endpoint {
  readonly id: string;
  /** Last part of the service's name: `glue`, `s3`, `ecr.api`. */
  readonly service: string;
  readonly gateway: boolean;
  readonly vpc: string;
  readonly routeTables: readonly string[];
  readonly subnets: readonly string[];
  readonly groups: readonly string[];
  readonly privateDns: boolean;
  /** Its policy document; undefined admits everything. */
  readonly policy?: unknown;
}

const DEFAULT_ROUTE = '0.0.0.0/0';

/** Subnets, routes and endpoints of a template. */
export class Network {
  readonly endpoints: readonly Endpoint[];

  constructor(private readonly model: TemplateModel) {
    this.endpoints = model.ofType('AWS::EC2::VPCEndpoint').flatMap((resource) => this.endpoint(resource));
  }

  /** Name of the VPC that a subnet is in; undefined when the subnet is not in the template. */
  vpcOf(subnet: string): string | undefined {
    const resource = this.model.find(subnet);
    return resource?.type === 'AWS::EC2::Subnet' ? this.model.nameOf(resource.properties.VpcId) : undefined;
  }

  rangeOf(subnet: string): AddressRange | undefined {
    return rangeOf(this.model, this.model.find(subnet)?.properties.CidrBlock);
  }

  /** Whether the names of AWS services resolve to private addresses where an endpoint has private DNS. */
  resolvesPrivately(vpc: string): Verdict {
    const properties = this.model.find(vpc)?.properties;
    if (!properties) return 'unknown';
    const support = properties.EnableDnsSupport ?? true;
    return String(support) === 'true' && String(properties.EnableDnsHostnames) === 'true' ? 'yes' : 'no';
  }

  /** The route table that the template associates with a subnet. Without one the VPC's main table applies: local routes. */
  routeTableOf(subnet: string): string | undefined {
    const association = this.model
      .ofType('AWS::EC2::SubnetRouteTableAssociation')
      .find(({ properties }) => this.model.nameOf(properties.SubnetId) === subnet);
    return association && this.model.nameOf(association.properties.RouteTableId);
  }

  /** Whether a private address of the subnet gets to the internet: a NAT gateway that itself gets there. */
  wayOut(subnet: string): Verdict {
    const routes = this.defaultRoutes(subnet);
    return anyOf(
      routes.map(({ properties }) => {
        if (properties.NatGatewayId === undefined) return properties.GatewayId === undefined ? 'unknown' : 'no';
        const nat = this.model.resourceOf(properties.NatGatewayId);
        return nat ? this.throughInternetGateway(this.model.nameOf(nat.properties.SubnetId)) : 'unknown';
      }),
    );
  }

  /** Whether rules of a network ACL of the template apply to the subnet, which nobody here evaluates. */
  hasAcl(subnet: string): boolean {
    return this.model
      .ofType('AWS::EC2::SubnetNetworkAclAssociation')
      .some(({ properties }) => this.model.nameOf(properties.SubnetId) === subnet);
  }

  /** Whether the template routes a subnet to an internet gateway. */
  isPublic(subnet: string): boolean {
    return this.defaultRoutes(subnet).some(({ properties }) => properties.GatewayId !== undefined);
  }

  private throughInternetGateway(subnet: string): Verdict {
    if (!this.model.find(subnet)) return 'unknown';
    return this.isPublic(subnet) ? 'yes' : 'no';
  }

  private defaultRoutes(subnet: string): NamedResource[] {
    const table = this.routeTableOf(subnet);
    return this.model
      .ofType('AWS::EC2::Route')
      .filter(({ properties }) => this.model.nameOf(properties.RouteTableId) === table)
      .filter(({ properties }) => properties.DestinationCidrBlock === DEFAULT_ROUTE);
  }

  private endpoint({ id, properties }: NamedResource): Endpoint[] {
    const service = /^(?:cn\.)?com\.amazonaws\.[^.]+\.(.+)$/.exec(textOf(properties.ServiceName))?.[1];
    if (service === undefined) return [];
    const names = (value: unknown) => list(value).map((each) => this.model.nameOf(each));
    return [
      {
        id,
        service,
        gateway: (properties.VpcEndpointType ?? 'Gateway') === 'Gateway',
        vpc: this.model.nameOf(properties.VpcId),
        routeTables: names(properties.RouteTableIds),
        subnets: names(properties.SubnetIds),
        groups: names(properties.SecurityGroupIds),
        privateDns: String(properties.PrivateDnsEnabled) === 'true',
        policy: isRecord(properties.PolicyDocument) ? record(properties.PolicyDocument) : undefined,
      },
    ];
  }
}
