import { Template } from 'aws-cdk-lib/assertions';
import { reachability, type ReachabilityFinding } from '../../../lib/checks/private/reachability/reachability';
import type { CloudFormationTemplate } from '../../../lib/checks/private/template';
import { newVariant, VARIANTS } from '../../blueprints/lakehouse/variants';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- templates are taken apart here
type Json = any;

// A Glue job and a Lambda function in a network of their own, both with brokers: MSK Serverless.
let original: string;
beforeAll(() => {
  const variant = VARIANTS.find(({ name }) => name === 'sandbox, MSK Serverless');
  original = JSON.stringify(Template.fromStack(newVariant(variant as (typeof VARIANTS)[0]).stack).toJSON());
});

/** Findings of the template after a change, as `task target link verdict`. */
function after(change: (resources: Record<string, Json>) => void): string[] {
  const template = JSON.parse(original) as { Resources: Record<string, Json> };
  change(template.Resources);
  return reachability(template as CloudFormationTemplate)
    .map(brief)
    .sort();
}

const brief = ({ task, target, link, verdict }: ReachabilityFinding) =>
  [task, target, link, verdict].map((each) => each.replace(/[0-9A-F]{8}$/, '')).join(' ');

const idOf = (resources: Record<string, Json>, start: string) => {
  const found = Object.keys(resources).filter(
    (id) => id.startsWith(start) && /^[0-9A-F]{8}$/.test(id.slice(start.length)),
  );
  if (found.length !== 1) throw new Error(`${found.length} resources of the name ${start}`);
  return found[0];
};
const get = (resources: Record<string, Json>, start: string) => resources[idOf(resources, start)];
const remove = (resources: Record<string, Json>, start: string) => delete resources[idOf(resources, start)];
const ruleBetween = (resources: Record<string, Json>, direction: string, words: RegExp) => {
  const found = Object.entries(resources).filter(
    ([id, { Type }]) => Type === `AWS::EC2::SecurityGroup${direction}` && words.test(id),
  );
  if (found.length !== 1) throw new Error(`${found.length} rules like ${words}`);
  return found[0][0];
};

const JOB = 'Ingestion';
const FUNCTION = 'TradesBackboneTopicAdmin';
const API = 'SourcesApiHandler';

test('everything is reached as it stands', () => {
  expect(after(() => undefined)).toEqual([]);
});

describe('endpoints', () => {
  test.each([
    ['glue', 'TradesNetworkEndpointglue'],
    ['logs', 'TradesNetworkEndpointlogs'],
    ['monitoring', 'TradesNetworkEndpointmonitoring'],
  ])('without that of %s the job cannot call it', (service, endpoint) => {
    expect(after((resources) => remove(resources, endpoint))).toEqual([`${JOB} ${service} endpoint unreachable`]);
  });

  test('without that of S3 neither job nor function reaches it', () => {
    expect(after((resources) => remove(resources, 'TradesNetworkVpcS3'))).toEqual([
      `${JOB} s3 endpoint unreachable`,
      `${FUNCTION} s3 endpoint unreachable`,
    ]);
  });

  test('an endpoint in another VPC is none', () => {
    const found = after((resources) => (get(resources, 'TradesNetworkEndpointglue').Properties.VpcId = 'vpc-2'));
    expect(found).toEqual([`${JOB} glue endpoint unreachable`]);
  });

  test('what the role may do calls for an endpoint, too', () => {
    const found = after((resources) => {
      const policy = get(resources, 'IngestionRoleDefaultPolicy');
      policy.Properties.PolicyDocument.Statement.push({
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'sts:AssumeRole'],
        Resource: 'arn:x',
      });
    });
    expect(found).toEqual([`${JOB} secretsmanager endpoint unreachable`, `${JOB} sts endpoint unreachable`]);
  });

  test('data that S3 decrypts needs no endpoint of KMS, a signature does', () => {
    const found = after((resources) => {
      const policy = get(resources, 'IngestionRoleDefaultPolicy');
      policy.Properties.PolicyDocument.Statement.push({ Effect: 'Allow', Action: 'kms:Sign', Resource: 'arn:x' });
    });
    expect(found).toEqual([`${JOB} kms endpoint unreachable`]);
  });
});

describe('private DNS', () => {
  test('an endpoint without it is not found by its name', () => {
    const found = after((resources) => {
      get(resources, 'TradesNetworkEndpointglue').Properties.PrivateDnsEnabled = false;
    });
    expect(found).toEqual([`${JOB} glue private-dns unreachable`]);
  });

  test('a VPC that resolves no private names finds none', () => {
    const found = after((resources) => (get(resources, 'TradesNetwork').Properties.EnableDnsHostnames = false));
    expect(found).toEqual(
      ['glue', 'logs', 'monitoring'].map((each) => `${JOB} ${each} private-dns unreachable`).sort(),
    );
  });
});

describe('routes', () => {
  const outOfGateway = (resources: Record<string, Json>, subnet: number) => {
    const gateway = get(resources, 'TradesNetworkVpcS3').Properties;
    const table = idOf(resources, `TradesNetworkIsolatedSubnet${subnet}RouteTable`);
    gateway.RouteTableIds = gateway.RouteTableIds.filter((each: Json) => each.Ref !== table);
  };

  test('a subnet of the function whose routes miss the gateway endpoint is cut off', () => {
    expect(after((resources) => outOfGateway(resources, 2))).toEqual([`${FUNCTION} s3 route unreachable`]);
  });

  test('the job stands in one subnet alone', () => {
    expect(after((resources) => outOfGateway(resources, 1))).toEqual([
      `${JOB} s3 route unreachable`,
      `${FUNCTION} s3 route unreachable`,
    ]);
  });

  test('a subnet without a route table of its own has local routes only', () => {
    const found = after((resources) => remove(resources, 'TradesNetworkIsolatedSubnet2RouteTableAssociation'));
    expect(found).toEqual([`${FUNCTION} s3 route unreachable`]);
  });

  describe('out through a NAT gateway', () => {
    const withNat = (resources: Record<string, Json>, outside: Json = { GatewayId: 'igw-1' }) => {
      remove(resources, 'TradesNetworkEndpointglue');
      Object.assign(resources, {
        Outside: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: idOf(resources, 'TradesNetwork') } } },
        OutsideTable: { Type: 'AWS::EC2::RouteTable', Properties: {} },
        Association: {
          Type: 'AWS::EC2::SubnetRouteTableAssociation',
          Properties: { SubnetId: { Ref: 'Outside' }, RouteTableId: { Ref: 'OutsideTable' } },
        },
        OutsideRoute: route({ Ref: 'OutsideTable' }, outside),
        Nat: { Type: 'AWS::EC2::NatGateway', Properties: { SubnetId: { Ref: 'Outside' } } },
        Route: route(
          { Ref: idOf(resources, 'TradesNetworkIsolatedSubnet1RouteTable') },
          { NatGatewayId: { Ref: 'Nat' } },
        ),
      });
    };
    const route = (RouteTableId: Json, to: Json) => ({
      Type: 'AWS::EC2::Route',
      Properties: { RouteTableId, DestinationCidrBlock: '0.0.0.0/0', ...to },
    });

    test('a service without an endpoint is reached', () => {
      expect(after((resources) => withNat(resources))).toEqual([]);
    });

    test('an internet gateway is no way out for a private address', () => {
      const found = after((resources) => {
        withNat(resources);
        resources.Route.Properties = { ...resources.Route.Properties, NatGatewayId: undefined, GatewayId: 'igw-1' };
      });
      expect(found).toEqual([`${JOB} glue endpoint unreachable`]);
    });

    test('a NAT gateway without a way out leads nowhere', () => {
      const found = after((resources) => {
        withNat(resources);
        delete resources.OutsideRoute;
      });
      expect(found).toEqual([`${JOB} glue endpoint unreachable`]);
    });

    test('what is behind a transit gateway is not known', () => {
      const found = after((resources) => {
        withNat(resources);
        resources.Route = route(resources.Route.Properties.RouteTableId, { TransitGatewayId: 'tgw-1' });
      });
      expect(found).toEqual([`${JOB} glue endpoint unknown`]);
    });
  });
});

describe('security groups', () => {
  test('the brokers’ must admit the job', () => {
    const found = after(
      (resources) => delete resources[ruleBetween(resources, 'Ingress', /^TradesBackboneSec.*Ingestion/)],
    );
    expect(found).toEqual([`${JOB} TradesBackbone ingress unreachable`]);
  });

  test('the brokers’ must admit it on their port', () => {
    const found = after((resources) => {
      const rule = resources[ruleBetween(resources, 'Ingress', /^TradesBackboneSec.*Ingestion/)];
      Object.assign(rule.Properties, { FromPort: 9092, ToPort: 9094 });
    });
    expect(found).toEqual([`${JOB} TradesBackbone ingress unreachable`]);
  });

  test('the function’s must let it out to the brokers', () => {
    const found = after((resources) => delete resources[ruleBetween(resources, 'Egress', /TopicAdmin/)]);
    expect(found).toEqual([`${FUNCTION} TradesBackbone egress unreachable`]);
  });

  test('the function’s must let it out to S3', () => {
    const found = after((resources) => {
      get(resources, 'TradesBackboneTopicAdminSecurityGroup').Properties.SecurityGroupEgress[0].FromPort = 444;
    });
    expect(found).toEqual([`${FUNCTION} s3 egress unreachable`]);
  });

  test('the endpoints’ must admit the range that the job stands in', () => {
    const found = after((resources) => {
      const [rule] = get(resources, 'TradesNetworkEndpointSecurityGroup').Properties.SecurityGroupIngress;
      rule.CidrIp = '10.0.16.0/20'; // the second subnet's
    });
    expect(found).toEqual(['glue', 'logs', 'monitoring'].map((each) => `${JOB} ${each} ingress unreachable`).sort());
  });

  test('the range of its own subnet is enough', () => {
    const found = after((resources) => {
      const [rule] = get(resources, 'TradesNetworkEndpointSecurityGroup').Properties.SecurityGroupIngress;
      rule.CidrIp = '10.0.0.0/20';
    });
    expect(found).toEqual([]);
  });

  test('the workers of the job must reach one another', () => {
    const found = after(
      (resources) => delete resources[ruleBetween(resources, 'Ingress', /^IngestionNetwork.*ALLPORTS/)],
    );
    expect(found).toEqual([`${JOB} workers ingress unreachable`]);
  });

  test('a group without rules for what leaves it lets everything out', () => {
    const found = after((resources) => {
      delete get(resources, 'IngestionNetworkSecurityGroup').Properties.SecurityGroupEgress;
    });
    expect(found).toEqual([]);
  });

  test('a group outside of the template may admit what is not seen', () => {
    const found = after((resources) => {
      for (const name of ['glue', 'logs', 'monitoring']) {
        get(resources, `TradesNetworkEndpoint${name}`).Properties.SecurityGroupIds = ['sg-1'];
      }
    });
    expect(found).toEqual(['glue', 'logs', 'monitoring'].map((each) => `${JOB} ${each} ingress unknown`).sort());
  });
});

describe('endpoint policies', () => {
  const policy = (...statements: Json[]) => ({ Version: '2012-10-17', Statement: statements });
  const allow = (action: Json, more: object = {}) => ({
    Effect: 'Allow',
    Principal: '*',
    Action: action,
    Resource: '*',
    ...more,
  });
  const withPolicy = (endpoint: string, document: Json) =>
    after((resources) => (get(resources, endpoint).Properties.PolicyDocument = document));

  test('one that admits what the role may do is no obstacle', () => {
    expect(withPolicy('TradesNetworkEndpointglue', policy(allow('glue:*')))).toEqual([]);
  });

  test('one without an action that the role needs is', () => {
    const document = policy(allow(['glue:GetDatabase', 'glue:GetTable']));
    expect(withPolicy('TradesNetworkEndpointglue', document)).toEqual([`${JOB} glue endpoint-policy unreachable`]);
  });

  test('one that denies an action is', () => {
    const document = policy(allow('*'), { ...allow('glue:UpdateTable'), Effect: 'Deny' });
    expect(withPolicy('TradesNetworkEndpointglue', document)).toEqual([`${JOB} glue endpoint-policy unreachable`]);
  });

  test('one for another principal is', () => {
    const document = policy(allow('glue:*', { Principal: { AWS: 'arn:aws:iam::111122223333:role/another' } }));
    expect(withPolicy('TradesNetworkEndpointglue', document)).toEqual([`${JOB} glue endpoint-policy unreachable`]);
  });

  test('one with a condition may be', () => {
    const document = policy(allow('glue:*', { Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }));
    expect(withPolicy('TradesNetworkEndpointglue', document)).toEqual([`${JOB} glue endpoint-policy unknown`]);
  });

  test('one that keeps to the lake’s bucket holds the answer to CloudFormation back', () => {
    const document = after((resources) => {
      const [data] = Object.keys(resources).filter((id) => /^Data[0-9A-F]{8}$/.test(id));
      const arn = { 'Fn::GetAtt': [data, 'Arn'] };
      get(resources, 'TradesNetworkVpcS3').Properties.PolicyDocument = policy(
        allow('s3:*', { Resource: [arn, { 'Fn::Join': ['', [arn, '/*']] }] }),
        allow('s3:*', { Resource: { 'Fn::Sub': 'arn:${AWS::Partition}:s3:::cdk-*' } }),
      );
    });
    expect(document).toEqual([`${FUNCTION} s3 endpoint-policy unreachable`]);
  });
});

describe('what the template does not tell is said to be unknown', () => {
  test('a subnet outside of it', () => {
    const found = after((resources) => (get(resources, FUNCTION).Properties.VpcConfig.SubnetIds = ['subnet-1']));
    expect(found).toEqual([`${FUNCTION}  place unknown`]);
  });

  test('a network ACL', () => {
    const found = after((resources) => {
      resources.Acl = {
        Type: 'AWS::EC2::SubnetNetworkAclAssociation',
        Properties: { SubnetId: { Ref: idOf(resources, 'TradesNetworkIsolatedSubnet2Subnet') }, NetworkAclId: 'acl-1' },
      };
    });
    expect(found).toEqual([API, FUNCTION].map((each) => `${each}  network-acl unknown`));
  });

  test('a role outside of it', () => {
    const found = after((resources) => (get(resources, FUNCTION).Properties.Role = 'arn:aws:iam::1:role/x'));
    expect(found).toEqual([`${FUNCTION}  permissions unknown`]);
  });

  test('a policy outside of it', () => {
    const found = after((resources) => {
      get(resources, 'IngestionRole').Properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/AmazonAthenaFullAccess'];
    });
    expect(found).toEqual([`${JOB}  permissions unknown`]);
  });

  test('a kind of task that is not understood', () => {
    const found = after((resources) => {
      resources.Application = {
        Type: 'AWS::EMRServerless::Application',
        Properties: { NetworkConfiguration: {} },
      };
    });
    expect(found).toEqual(['Application  place unknown']);
  });
});

test('brokers that do not take IAM are told', () => {
  const found = after((resources) => {
    get(resources, 'TradesBackbone').Properties.ClientAuthentication = { Sasl: { Iam: { Enabled: false } } };
  });
  expect(found).toEqual([JOB, API, FUNCTION].map((each) => `${each} TradesBackbone authentication unreachable`));
});

test('a message names task, link and remedy in one sentence', () => {
  const template = JSON.parse(original) as { Resources: Record<string, Json> };
  remove(template.Resources, 'TradesNetworkEndpointglue');
  expect(reachability(template as CloudFormationTemplate).map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^Ingestion\w+ \(Glue job\) does not reach glue: its VPC has neither an endpoint of the service nor a NAT gateway; add an endpoint\.$/,
    ),
  ]);
});
