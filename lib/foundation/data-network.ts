import { Fn, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct, IConstruct } from 'constructs';
import { IDataKey } from './data-key';
import { DeploymentProfile } from './deployment-profile';
import { acknowledge } from './private/acknowledge';
import { closeDefaultSecurityGroup } from './private/default-security-group';
import { logTraffic } from './private/flow-log';

/** The network that data services run in. */
export interface IDataNetwork extends IConstruct {
  /** The VPC. */
  readonly vpc: ec2.IVpc;

  /** The subnets for brokers, jobs and functions; one a zone in a network of our own. */
  readonly subnets: ec2.ISubnet[];

  /**
   * Lets the subnets reach an AWS service without leaving the network. Asking twice for the same service changes
   * nothing. S3 needs none: it has its gateway endpoint.
   *
   * An adopted network has its endpoints, or its way out, already: there nothing is created.
   */
  addInterfaceEndpoint(service: ec2.InterfaceVpcEndpointAwsService): void;
}

/** Properties of a `DataNetwork`. */
export interface DataNetworkProps {
  /** The key for the flow logs. */
  readonly key: IDataKey;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;

  /**
   * IPv4 range of the VPC, from /16 to /24. Every subnet takes a sixteenth of it. A range that is a token counts as /16.
   *
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;

  /**
   * The zones to use, by name. Name them where a service is missing in some zone.
   *
   * @default - the first two (sandbox) or three (production) that `Fn::GetAZs` gives when the stack is deployed, so
   * that synthesis never looks anything up
   */
  readonly availabilityZones?: string[];

  /**
   * AWS services that the subnets reach through an interface endpoint. Each costs by the hour and zone.
   *
   * @default - none; constructs that need one ask for it with `addInterfaceEndpoint`
   */
  readonly interfaceEndpoints?: ec2.InterfaceVpcEndpointAwsService[];

  /**
   * Number of NAT gateways, at most one a zone. With 0 there is no way to the internet and none from it; anything more
   * adds public subnets that hold nothing but the gateways.
   *
   * @default 0
   */
  readonly natGateways?: number;
}

const SUBNETS_IN_RANGE = 16;
// The public subnets of the NAT gateways take the upper half of the range.
const FIRST_PUBLIC_BLOCK = 8;

/**
 * A VPC whose subnets are isolated: no internet gateway and no NAT unless asked for; S3 through a gateway endpoint, other
 * services through interface endpoints. Its default security group admits nothing, its traffic is logged.
 *
 * Built from subnets rather than from `ec2.Vpc`, because that looks the account's zones up whenever the stack names its
 * account and region, and synthesis has to work offline.
 */
export class DataNetwork extends Construct implements IDataNetwork {
  /**
   * Adopts a VPC that exists already, with its endpoints.
   *
   * @param scope where the construct stands
   * @param id id of the construct
   * @param vpc the VPC
   * @param subnets which of its subnets to use; when left out, its isolated ones, or else its private ones
   * @throws when the VPC has neither isolated nor private subnets and none are selected
   */
  static fromVpc(scope: Construct, id: string, vpc: ec2.IVpc, subnets?: ec2.SubnetSelection): IDataNetwork {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new AdoptedNetwork(scope, id, { vpc, subnets });
  }

  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.ISubnet[];
  private readonly cidr: string;
  private endpointSecurityGroup?: ec2.SecurityGroup;

  private readonly endpointSubnets: ec2.ISubnet[];

  constructor(scope: Construct, id: string, props: DataNetworkProps) {
    super(scope, id);
    const profile = props.profile ?? DeploymentProfile.PRODUCTION;
    const zones = props.availabilityZones ?? firstZones(profile.availabilityZoneCount);
    const natGateways = props.natGateways ?? 0;
    this.cidr = props.cidr ?? '10.0.0.0/16';
    this.validate(zones, natGateways);

    const resource = new ec2.CfnVPC(this, 'Resource', {
      cidrBlock: this.cidr,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: [{ key: 'Name', value: this.node.path }],
    });
    const blocks = Fn.cidr(resource.attrCidrBlock, SUBNETS_IN_RANGE, String(32 - prefixLength(this.cidr) - 4));
    const isolated = zones.map(
      (availabilityZone, index) =>
        new ec2.PrivateSubnet(this, `IsolatedSubnet${index + 1}`, {
          vpcId: resource.attrVpcId,
          availabilityZone,
          cidrBlock: Fn.select(index, blocks),
        }),
    );
    this.subnets = isolated;
    // An endpoint is paid for by zone and hour, and serves the others too while its own zone stands.
    this.endpointSubnets = profile.destroyable ? isolated.slice(0, 1) : isolated;
    this.vpc = ec2.Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: resource.attrVpcId,
      vpcCidrBlock: this.cidr,
      availabilityZones: zones,
      isolatedSubnetIds: isolated.map((subnet) => subnet.subnetId),
      isolatedSubnetRouteTableIds: isolated.map((subnet) => subnet.routeTable.routeTableId),
    });
    this.vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    if (natGateways > 0) this.addNatGateways(resource, isolated, blocks, natGateways);
    closeDefaultSecurityGroup(this, resource, props.key, profile);
    logTraffic(this, resource, props.key, profile);
    for (const service of props.interfaceEndpoints ?? []) this.addInterfaceEndpoint(service);
  }

  addInterfaceEndpoint(service: ec2.InterfaceVpcEndpointAwsService): void {
    const id = `Endpoint-${service.shortName}`;
    if (this.node.tryFindChild(id)) return;
    new ec2.InterfaceVpcEndpoint(this, id, {
      vpc: this.vpc,
      service,
      subnets: { subnets: this.endpointSubnets },
      securityGroups: [this.endpointSecurityGroup ?? this.createEndpointSecurityGroup()],
      open: false,
    });
  }

  private createEndpointSecurityGroup(): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'Interface endpoints: HTTPS from this network',
      allowAllOutbound: false,
    });
    group.addIngressRule(ec2.Peer.ipv4(this.cidr), ec2.Port.tcp(443), 'HTTPS from this network');
    this.endpointSecurityGroup = group;
    return group;
  }

  private addNatGateways(vpc: ec2.CfnVPC, isolated: ec2.PrivateSubnet[], blocks: string[], count: number): void {
    const internetGateway = new ec2.CfnInternetGateway(this, 'InternetGateway');
    const attachment = new ec2.CfnVPCGatewayAttachment(this, 'InternetGatewayAttachment', {
      vpcId: vpc.attrVpcId,
      internetGatewayId: internetGateway.attrInternetGatewayId,
    });
    const gateways = isolated.slice(0, count).map((subnet, index) => {
      const outside = new ec2.PublicSubnet(this, `PublicSubnet${index + 1}`, {
        vpcId: vpc.attrVpcId,
        availabilityZone: subnet.availabilityZone,
        cidrBlock: Fn.select(FIRST_PUBLIC_BLOCK + index, blocks),
        mapPublicIpOnLaunch: false,
      });
      outside.addDefaultInternetRoute(internetGateway.attrInternetGatewayId, attachment);
      acknowledge(
        outside,
        'NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW',
        'The NAT gateway’s way out, asked for by natGateways; nothing else stands in this subnet.',
      );
      return outside.addNatGateway();
    });
    isolated.forEach((subnet, index) => subnet.addDefaultNatRoute(gateways[index % count].attrNatGatewayId));
  }

  private validate(zones: string[], natGateways: number): void {
    if (zones.length === 0 || zones.length > FIRST_PUBLIC_BLOCK) {
      throw new Error(`${this.node.path}: ${zones.length} availability zones; name 1 to ${FIRST_PUBLIC_BLOCK}.`);
    }
    if (natGateways < 0 || natGateways > zones.length) {
      throw new Error(
        `${this.node.path}: ${natGateways} NAT gateways in ${zones.length} zones; ask for at most one a zone.`,
      );
    }
    const length = prefixLength(this.cidr);
    if (!(length >= 16 && length <= 24)) {
      throw new Error(
        `${this.node.path}: cidr '${this.cidr}' is not an IPv4 range from /16 to /24, as 10.0.0.0/16 is.`,
      );
    }
  }
}

interface AdoptedNetworkProps {
  readonly vpc: ec2.IVpc;
  readonly subnets?: ec2.SubnetSelection;
}

class AdoptedNetwork extends Construct implements IDataNetwork {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.ISubnet[];

  constructor(scope: Construct, id: string, props: AdoptedNetworkProps) {
    super(scope, id);
    this.vpc = props.vpc;
    this.subnets = props.subnets ? props.vpc.selectSubnets(props.subnets).subnets : inwardSubnets(props.vpc);
    if (this.subnets.length === 0) {
      throw new Error(
        `${this.node.path}: the adopted VPC has no isolated or private subnets; select the ones to use with 'subnets'.`,
      );
    }
  }

  addInterfaceEndpoint(_service: ec2.InterfaceVpcEndpointAwsService): void {
    // Endpoints are a matter of the VPC's owner; a second one with private DNS would be refused by EC2.
  }
}

function inwardSubnets(vpc: ec2.IVpc): ec2.ISubnet[] {
  return vpc.isolatedSubnets.length > 0 ? vpc.isolatedSubnets : vpc.privateSubnets;
}

function firstZones(count: number): string[] {
  return Array.from({ length: count }, (_, index) => Fn.select(index, Fn.getAzs()));
}

function prefixLength(cidr: string): number {
  if (Token.isUnresolved(cidr)) return 16;
  const match = /^\d{1,3}(?:\.\d{1,3}){3}\/(\d{1,2})$/.exec(cidr);
  return match ? Number(match[1]) : NaN;
}
