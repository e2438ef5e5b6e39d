import { Network } from '../reachability/network';
import { all, at, given, isTrue, literal, type Outcome, type Rule } from '../rule';
import { isRecord, list, type NamedResource, type TemplateModel } from '../template';

const TYPES = ['AWS::MSK::ServerlessCluster'];
const PAGE = 'https://docs.aws.amazon.com/msk/latest/developerguide/serverless.html (not read)';

/** Rules for Amazon MSK Serverless. */
export const MSK_SERVERLESS: readonly Rule[] = [
  {
    id: 'MskServerlessIam',
    types: TYPES,
    text: 'The MSK Serverless cluster does not say that clients prove themselves by IAM.',
    remedy: 'Set ClientAuthentication.Sasl.Iam.Enabled to true.',
    source: PAGE,
    judge: ({ properties }) => literal(at(properties, 'ClientAuthentication', 'Sasl', 'Iam', 'Enabled'), isTrue),
  },
  {
    id: 'MskServerlessSecurityGroups',
    types: TYPES,
    text: 'The MSK Serverless cluster is left to the default security group of its VPC.',
    remedy: 'Name security groups of its own in every entry of VpcConfigs.',
    source: PAGE,
    judge: ({ properties }) => eachPlace(properties.VpcConfigs, (place) => given(at(place, 'SecurityGroups'))),
  },
  {
    id: 'MskServerlessIngress',
    types: TYPES,
    text: 'A security group of the MSK Serverless cluster admits every address.',
    remedy: 'Admit the security groups of the clients on port 9098 instead of 0.0.0.0/0.',
    source: PAGE,
    judge: ({ properties }, model) =>
      eachPlace(properties.VpcConfigs, (place) =>
        all(list(at(place, 'SecurityGroups')).map((group) => isClosed(group, model))),
      ),
  },
  {
    id: 'MskServerlessPrivateSubnets',
    types: TYPES,
    text: 'The MSK Serverless cluster stands in a subnet with a route to an internet gateway.',
    remedy: 'Put it into private or isolated subnets.',
    source: PAGE,
    judge: ({ properties }, model) => {
      const network = new Network(model);
      return eachPlace(properties.VpcConfigs, (place) =>
        all(list(at(place, 'SubnetIds')).map((subnet) => isPrivate(model.nameOf(subnet), network))),
      );
    },
  },
];

function eachPlace(value: unknown, judge: (place: unknown) => Outcome): Outcome {
  const places = list(value);
  return places.length === 0 ? 'non-compliant' : all(places.map(judge));
}

function isPrivate(subnet: string, network: Network): Outcome {
  if (network.vpcOf(subnet) === undefined) return 'unresolved';
  return network.isPublic(subnet) ? 'non-compliant' : 'compliant';
}

function isClosed(group: unknown, model: TemplateModel): Outcome {
  const resource = model.resourceOf(group);
  if (!resource) return 'unresolved';
  const open = ingressOf(resource, model).some(({ CidrIp, CidrIpv6 }) => CidrIp === '0.0.0.0/0' || CidrIpv6 === '::/0');
  return open ? 'non-compliant' : 'compliant';
}

function ingressOf(group: NamedResource, model: TemplateModel) {
  const apart = model
    .ofType('AWS::EC2::SecurityGroupIngress')
    .filter(({ properties }) => model.nameOf(properties.GroupId) === group.id)
    .map(({ properties }) => properties);
  return [...list(group.properties.SecurityGroupIngress).filter(isRecord), ...apart];
}
