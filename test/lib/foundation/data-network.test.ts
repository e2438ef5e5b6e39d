import { App, CfnParameter, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { DataKey, DataNetwork, DataNetworkProps, DeploymentProfile, IDataNetwork } from '../../../lib/foundation';

const OHIO = { account: '111122223333', region: 'us-east-2' };

function build(props?: Partial<DataNetworkProps>, stack: Stack = new Stack(new App(), 'Stack')) {
  const network = new DataNetwork(stack, 'Network', { key: new DataKey(stack, 'Key'), ...props });
  return { stack, network, template: () => Template.fromStack(stack) };
}

function zonesOf(template: Template): unknown[] {
  return Object.values(template.findResources('AWS::EC2::Subnet')).map((subnet) => subnet.Properties.AvailabilityZone);
}

test('production is spread over three zones, a sandbox over two', () => {
  build().template().resourceCountIs('AWS::EC2::Subnet', 3);
  build({ profile: DeploymentProfile.SANDBOX }).template().resourceCountIs('AWS::EC2::Subnet', 2);
});

test('there is no way to the internet', () => {
  const template = build().template();
  template.resourceCountIs('AWS::EC2::InternetGateway', 0);
  template.resourceCountIs('AWS::EC2::NatGateway', 0);
  template.resourceCountIs('AWS::EC2::Route', 0);
});

test('zones are taken when the stack is deployed, so that nothing is looked up', () => {
  expect(zonesOf(build({ profile: DeploymentProfile.SANDBOX }).template())).toEqual([
    { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
    { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] },
  ]);
});

test('nothing is looked up in a stack that names its account and region either', () => {
  const app = new App();
  build({}, new Stack(app, 'Stack', { env: OHIO }));
  expect(app.synth().manifest.missing).toBeUndefined();
});

test('ec2.Vpc in such a stack would look the zones up (why we do not use it)', () => {
  const app = new App();
  new ec2.Vpc(new Stack(app, 'Stack', { env: OHIO }), 'Vpc', { availabilityZones: ['us-east-2a'] });
  expect(app.synth().manifest.missing).toEqual([expect.objectContaining({ provider: 'availability-zones' })]);
});

test('zones can be named', () => {
  const named = ['us-east-2a', 'us-east-2c'];
  expect(zonesOf(build({ availabilityZones: named }, new Stack(new App(), 'Stack', { env: OHIO })).template())).toEqual(
    named,
  );
});

test.each([
  ['10.1.0.0/16', '12'],
  ['10.1.0.0/20', '8'],
  ['192.168.7.0/24', '4'],
])('every subnet of %s takes a sixteenth: %s host bits', (cidr, bits) => {
  build({ cidr })
    .template()
    .hasResourceProperties('AWS::EC2::Subnet', {
      CidrBlock: { 'Fn::Select': [0, { 'Fn::Cidr': [Match.anyValue(), 16, bits] }] },
    });
});

test.each(['10.0.0.0', '10.0.0.0/8', '10.0.0.0/28', 'all', '10.0.0/16'])('the range %s is refused', (cidr) => {
  expect(() => build({ cidr })).toThrow(/Stack\/Network: cidr '.*' is not an IPv4 range from \/16 to \/24/);
});

test('a range can be a parameter of the stack', () => {
  const stack = new Stack(new App(), 'Stack');
  const cidr = new CfnParameter(stack, 'Cidr').valueAsString;
  build({ cidr }, stack)
    .template()
    .hasResourceProperties('AWS::EC2::VPC', { CidrBlock: { Ref: 'Cidr' } });
});

test('S3 is reached through its gateway from every subnet', () => {
  const { template } = build();
  template().hasResourceProperties('AWS::EC2::VPCEndpoint', {
    VpcEndpointType: 'Gateway',
    RouteTableIds: [Match.anyValue(), Match.anyValue(), Match.anyValue()],
  });
});

test('there is no interface endpoint unless one is asked for', () => {
  build().template().resourceCountIs('AWS::EC2::VPCEndpoint', 1);
});

test('interface endpoints asked for twice exist once', () => {
  const { network, template } = build({ interfaceEndpoints: [ec2.InterfaceVpcEndpointAwsService.GLUE] });
  network.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.GLUE);
  network.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.KMS);
  const endpoints = Object.values(template().findResources('AWS::EC2::VPCEndpoint'));
  expect(endpoints.filter(({ Properties }) => Properties.VpcEndpointType === 'Interface')).toHaveLength(2);
});

test('interface endpoints stand in every zone, in a sandbox in one, for each zone costs', () => {
  const subnets = (profile: DeploymentProfile): number => {
    const { template } = build({ profile, interfaceEndpoints: [ec2.InterfaceVpcEndpointAwsService.GLUE] });
    const found = Object.values(
      template().findResources('AWS::EC2::VPCEndpoint', {
        Properties: { VpcEndpointType: 'Interface' },
      }),
    );
    return found[0].Properties.SubnetIds.length;
  };
  expect([subnets(DeploymentProfile.PRODUCTION), subnets(DeploymentProfile.SANDBOX)]).toEqual([3, 1]);
});

test('interface endpoints admit HTTPS from the network and nothing else', () => {
  build({ interfaceEndpoints: [ec2.InterfaceVpcEndpointAwsService.STS] })
    .template()
    .hasResourceProperties('AWS::EC2::SecurityGroup', {
      SecurityGroupIngress: [
        Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
      ],
    });
});

test('all traffic is recorded', () => {
  build().template().hasResourceProperties('AWS::EC2::FlowLog', { ResourceType: 'VPC', TrafficType: 'ALL' });
});

test('the default security group is closed', () => {
  const { template } = build();
  template().hasResourceProperties('Custom::ClosedDefaultSecurityGroup', {
    SecurityGroupId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Network'), 'DefaultSecurityGroup'] },
  });
});

test('what closes it may touch that group only', () => {
  build()
    .template()
    .hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ['ec2:RevokeSecurityGroupIngress', 'ec2:RevokeSecurityGroupEgress'],
            Resource: {
              'Fn::Join': [
                '',
                Match.arrayWith([':security-group/', { 'Fn::GetAtt': [Match.anyValue(), 'DefaultSecurityGroup'] }]),
              ],
            },
          }),
        ]),
      },
    });
});

describe('with NAT gateways', () => {
  test('the isolated subnets get a way out through public subnets that give no addresses away', () => {
    const template = build({ natGateways: 1 }).template();
    template.resourceCountIs('AWS::EC2::NatGateway', 1);
    template.resourceCountIs('AWS::EC2::Subnet', 4);
    template.resourcePropertiesCountIs('AWS::EC2::Subnet', { MapPublicIpOnLaunch: true }, 0);
  });

  test('more of them than zones are refused', () => {
    expect(() => build({ natGateways: 4 })).toThrow(
      'Stack/Network: 4 NAT gateways in 3 zones; ask for at most one a zone.',
    );
  });
});

describe('an adopted VPC', () => {
  function adopt(subnets: object, selection?: ec2.SubnetSelection): { network: IDataNetwork; stack: Stack } {
    const stack = new Stack(new App(), 'Stack');
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a', 'b'], ...subnets });
    return { network: DataNetwork.fromVpc(stack, 'Network', vpc, selection), stack };
  }
  const ids = (network: IDataNetwork) => network.subnets.map(({ subnetId }) => subnetId);

  test('is used with its isolated subnets', () => {
    const { network } = adopt({ isolatedSubnetIds: ['i-1', 'i-2'], privateSubnetIds: ['p-1', 'p-2'] });
    expect(ids(network)).toEqual(['i-1', 'i-2']);
  });

  test('without isolated subnets is used with its private ones', () => {
    expect(ids(adopt({ privateSubnetIds: ['p-1', 'p-2'] }).network)).toEqual(['p-1', 'p-2']);
  });

  test('is used with the subnets that are selected', () => {
    const { network } = adopt(
      { isolatedSubnetIds: ['i-1', 'i-2'], privateSubnetIds: ['p-1', 'p-2'] },
      { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
    );
    expect(ids(network)).toEqual(['p-1', 'p-2']);
  });

  test('with public subnets only is refused', () => {
    expect(() => adopt({ publicSubnetIds: ['o-1', 'o-2'] })).toThrow(
      "Stack/Network: the adopted VPC has no isolated or private subnets; select the ones to use with 'subnets'.",
    );
  });

  test('gets no endpoints from us', () => {
    const { network, stack } = adopt({ isolatedSubnetIds: ['i-1', 'i-2'] });
    network.addInterfaceEndpoint(ec2.InterfaceVpcEndpointAwsService.GLUE);
    expect(Template.fromStack(stack).toJSON().Resources).toBeUndefined();
  });
});
