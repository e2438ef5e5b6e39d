import { all, at, given, isTrue, literal, type Rule } from '../rule';
import { list } from '../template';
import { each, isClosed, isPrivate } from './places';

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
    judge: ({ properties }) => each(properties.VpcConfigs, (place) => given(at(place, 'SecurityGroups'))),
  },
  {
    id: 'MskServerlessIngress',
    types: TYPES,
    text: 'A security group of the MSK Serverless cluster admits every address.',
    remedy: 'Admit the security groups of the clients on port 9098 instead of 0.0.0.0/0.',
    source: PAGE,
    judge: ({ properties }, model) =>
      each(properties.VpcConfigs, (place) =>
        all(list(at(place, 'SecurityGroups')).map((group) => isClosed(group, model))),
      ),
  },
  {
    id: 'MskServerlessPrivateSubnets',
    types: TYPES,
    text: 'The MSK Serverless cluster stands in a subnet with a route to an internet gateway.',
    remedy: 'Put it into private or isolated subnets.',
    source: PAGE,
    judge: ({ properties }, model) =>
      each(properties.VpcConfigs, (place) =>
        all(list(at(place, 'SubnetIds')).map((subnet) => isPrivate(subnet, model))),
      ),
  },
];
