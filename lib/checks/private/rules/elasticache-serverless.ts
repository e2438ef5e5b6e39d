import { all, at, given, isTrue, literal, type Rule } from '../rule';
import { each, isClosed, isPrivate } from './places';

const CACHE = ['AWS::ElastiCache::ServerlessCache'];
const USER = ['AWS::ElastiCache::User'];
const GUIDE = 'https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/';
const REFERENCE =
  'https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticache-serverlesscache.html (not read)';

/** Rules for Amazon ElastiCache Serverless. */
export const ELASTICACHE_SERVERLESS: readonly Rule[] = [
  {
    id: 'ElastiCacheServerlessEncryption',
    types: CACHE,
    text: 'The serverless cache is encrypted with a key that is not the account’s own.',
    remedy: 'Set KmsKeyId to a customer-managed key.',
    source:
      'https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateServerlessCache.html (2026-11-28)',
    judge: ({ properties }) => given(at(properties, 'KmsKeyId')),
  },
  {
    id: 'ElastiCacheServerlessUsers',
    types: CACHE,
    text: 'The serverless cache has no user group, so that whoever reaches it may do anything there.',
    remedy: 'Set UserGroupId to a group of users that prove themselves by IAM.',
    source: `${GUIDE}Clusters.RBAC.html (2026-11-28)`,
    judge: ({ properties }) => given(at(properties, 'UserGroupId')),
  },
  {
    id: 'ElastiCacheServerlessNetwork',
    types: CACHE,
    text: 'The serverless cache is left to the default subnets or the default security group of the default VPC.',
    remedy: 'Name subnets in SubnetIds and security groups in SecurityGroupIds.',
    source: REFERENCE,
    judge: ({ properties }) => all(['SubnetIds', 'SecurityGroupIds'].map((name) => given(at(properties, name)))),
  },
  {
    id: 'ElastiCacheServerlessIngress',
    types: CACHE,
    text: 'A security group of the serverless cache admits every address.',
    remedy: 'Admit the security groups of the clients on port 6379 instead of 0.0.0.0/0.',
    source: REFERENCE,
    judge: ({ properties }, model) => each(at(properties, 'SecurityGroupIds'), (group) => isClosed(group, model)),
  },
  {
    id: 'ElastiCacheServerlessPrivateSubnets',
    types: CACHE,
    text: 'The serverless cache stands in a subnet with a route to an internet gateway.',
    remedy: 'Put it into private or isolated subnets.',
    source: REFERENCE,
    judge: ({ properties }, model) => each(at(properties, 'SubnetIds'), (subnet) => isPrivate(subnet, model)),
  },
  {
    id: 'ElastiCacheServerlessUsageLimits',
    types: CACHE,
    text: 'The serverless cache may grow, and cost, without bound.',
    remedy: 'Set DataStorage.Maximum and ECPUPerSecond.Maximum of CacheUsageLimits.',
    source: `${GUIDE}Scaling.html (not read)`,
    judge: ({ properties }) =>
      all(['DataStorage', 'ECPUPerSecond'].map((limit) => given(at(properties, 'CacheUsageLimits', limit, 'Maximum')))),
  },
  {
    id: 'ElastiCacheUserIam',
    types: USER,
    text: 'A user of the cache has a password that has to be kept somewhere, or none at all.',
    remedy: 'Set AuthenticationMode.Type to iam, and neither Passwords nor NoPasswordRequired.',
    source: `${GUIDE}auth-iam.html (not read)`,
    judge: ({ properties }) =>
      all([
        literal(at(properties, 'AuthenticationMode', 'Type'), (type) => type === 'iam'),
        literal(at(properties, 'NoPasswordRequired'), (none) => !isTrue(none)),
      ]),
  },
  {
    id: 'ElastiCacheUserCommands',
    types: USER,
    text: 'A user of the cache may run every command, those that administer it and delete everything among them.',
    remedy: 'Begin the commands of AccessString with -@all and add the categories that the user needs.',
    source: `${GUIDE}Clusters.RBAC.html (2026-11-28)`,
    judge: ({ properties }) => literal(at(properties, 'AccessString'), isHeld),
  },
];

/** Rules apply from left to right: `-@all` takes away what stands before it. */
function isHeld(accessString: unknown): boolean {
  const rules = typeof accessString === 'string' ? accessString.split(/\s+/) : [];
  return rules.lastIndexOf('-@all') > Math.max(rules.lastIndexOf('+@all'), rules.lastIndexOf('allcommands'));
}
