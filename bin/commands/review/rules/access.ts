import type { Change } from '../changes';
import { listed, pathOf } from '../consumers';
import { covers, type Grant, grantsOf } from '../grants';
import type { Risk } from '../risk';
import { principalsByTable, type TableGrant, tableGrantsOf } from '../table-grants';
import { at, type Json, type Properties } from '../template';
import type { Comparison, Rule } from './rule';
import { riskOf } from './rule';

/** Permissions that nobody had before, refusals that are gone, and protections that are taken off. */
export const accessRules: Rule = (comparison) => [
  ...grantRisks(comparison),
  ...tagRisks(comparison),
  ...comparison.changes.flatMap(protections),
];

interface Widened {
  readonly rule: string;
  readonly grants: Grant[];
}

function grantRisks({ before, after, changes }: Comparison): Risk[] {
  const old = before.flatMap(grantsOf);
  const now = after.flatMap(grantsOf);
  const declares = (stacks: Comparison['before'], stack: string, id: string): boolean =>
    stacks.some(({ name, template }) => name === stack && template.Resources?.[id] !== undefined);
  // What a stack only refers to was there before.
  const isNew = (stack: string, id: string): boolean => declares(after, stack, id) && !declares(before, stack, id);
  const oldAllows = bucketed(old.filter(({ allows }) => allows));
  const nowDenies = bucketed(now.filter(({ allows }) => !allows));

  const widened = new Map<string, Widened>();
  const note = (rule: string, grant: Grant): void => {
    const key = `${rule}:${grant.stack}/${grant.holder}`;
    const entry = widened.get(key) ?? { rule, grants: [] };
    entry.grants.push(grant);
    widened.set(key, entry);
  };
  for (const grant of now.filter(({ allows }) => allows)) {
    if (!(oldAllows.get(keyOf(grant)) ?? []).some((each) => covers(each, grant))) note('access-widened', grant);
  }
  for (const grant of old.filter(({ allows }) => !allows)) {
    // A refusal that went with what it protected leaves nothing open.
    const isGone = declares(before, grant.stack, grant.holder) && !declares(after, grant.stack, grant.holder);
    if (!isGone && !(nowDenies.get(keyOf(grant)) ?? []).some((each) => covers(each, grant)))
      note('refusal-removed', grant);
  }
  return [...widened.values()].map(({ rule, grants }) => {
    const [{ stack, holder, declaredBy }] = grants;
    const change = changes.find((each) => each.stack === stack && each.logicalId === holder) ??
      changes.find((each) => each.stack === stack && each.logicalId === declaredBy) ?? {
        stack,
        logicalId: holder,
        path: `${stack}/${holder}`,
      };
    const isNewHolder = isNew(stack, holder);
    const touching = grants.filter((grant) => isRisky(grant, isNewHolder, (id) => isNew(stack, id)));
    const shown = (touching.length > 0 ? touching : grants)
      .slice(0, SHOWN)
      .map(rule === 'access-widened' ? permissionOf : sentenceOf);
    const rest = (touching.length > 0 ? touching : grants).length - shown.length;
    const says =
      rule === 'access-widened'
        ? `${isNewHolder ? 'is new and' : 'from now on'} ${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}.`
        : `is no longer refused: ${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}. Put the statement back unless this is meant.`;
    return riskOf({ ...change, stack, logicalId: holder }, rule, 'access', says, {
      needsApproval: rule === 'refusal-removed' || touching.length > 0,
    });
  });
}

/** Tables that somebody's permission reaches from now on, although it stayed as it was: by a tag that they got. */
function tagRisks({ before, after, changes }: Comparison): Risk[] {
  return after.flatMap((stack) => {
    const old = before.find(({ name }) => name === stack.name);
    if (old === undefined) return [];
    const had = new Set(tableGrantsOf(old).map(pairOf));
    const reached = tableGrantsOf(stack)
      .filter(({ table }) => old.template.Resources?.[table] !== undefined)
      .filter(({ declaredBy }) => !changes.some((each) => each.stack === stack.name && each.logicalId === declaredBy))
      .filter((grant) => !had.has(pairOf(grant)));
    return principalsByTable(reached).map(([logicalId, who]) => {
      const path = pathOf(stack.template.Resources?.[logicalId], `${stack.name}/${logicalId}`);
      const says = `its tags let more people at it: ${listed(who)}, who may use what has them. Tag it otherwise unless this is meant.`;
      return riskOf({ stack: stack.name, logicalId, path }, 'access-widened', 'access', says);
    });
  });
}

function pairOf({ table, principal, reads, writes }: TableGrant): string {
  return [table, principal, reads, writes].join(' ');
}

const SHOWN = 4;

/**
 * What a new role may do with new resources is how something new is built; what it may do with what was there before,
 * with everything, or for somebody outside, is for a reviewer to agree to.
 */
function isRisky(grant: Grant, isNewHolder: boolean, isNew: (id: string) => boolean): boolean {
  if (isOutside(grant.principal)) return true;
  if (!isNewHolder) return true;
  if (grant.principal === grant.holder && grant.resource === '*') return HOLDS_DATA.test(grant.action);
  const mentioned = [...grant.resource.matchAll(/\$\{(?!AWS::)(\w+)/g)].map(([, id]) => id);
  return mentioned.some((id) => !isNew(id));
}

/** Actions on everything that reach data, keys or rights. */
const HOLDS_DATA =
  /^(\*|(s3|kms|glue|lakeformation|dynamodb|kafka-cluster|kinesis|redshift-data|redshift-serverless|secretsmanager|iam|sts|athena):)/;

function isOutside(principal: string): boolean {
  return (
    principal === '*' ||
    principal === 'IAM_ALLOWED_PRINCIPALS' ||
    principal === '0.0.0.0/0' ||
    principal === '::/0' ||
    (/\d{12}/.test(principal) && !principal.includes('${AWS::AccountId}'))
  );
}

function sentenceOf({ principal, holder, action, resource, condition }: Grant): string {
  const who = principal === holder ? '' : `${principal}: `;
  return `${who}${action} on ${resource}${condition === '' ? '' : ' under a condition'}`;
}

/** Permissions of a role are what it may do; those of a resource's policy, what it lets others do. */
function permissionOf(grant: Grant): string {
  const { principal, holder } = grant;
  if (principal === holder) return `may ${sentenceOf(grant)}`;
  return `lets ${principal} do ${sentenceOf({ ...grant, principal: holder })}`;
}

const keyOf = ({ stack, holder }: Grant): string => `${stack}/${holder}`;

function bucketed(grants: readonly Grant[]): Map<string, Grant[]> {
  const found = new Map<string, Grant[]>();
  for (const grant of grants) {
    const bucket = found.get(keyOf(grant));
    if (bucket === undefined) found.set(keyOf(grant), [grant]);
    else bucket.push(grant);
  }
  return found;
}

/** Settings that keep others out, with the values that do. */
const PROTECTIONS: readonly (readonly [type: string, path: string, safe: readonly Json[], isDefault: boolean])[] = [
  ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map(
    (name) => ['AWS::S3::Bucket', `PublicAccessBlockConfiguration.${name}`, [true], true] as const,
  ),
  ['AWS::MSK::Cluster', 'EncryptionInfo.EncryptionInTransit.ClientBroker', ['TLS'], true],
  ['AWS::MSK::Cluster', 'EncryptionInfo.EncryptionInTransit.InCluster', [true], true],
  ['AWS::MSK::Cluster', 'BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type', ['DISABLED'], true],
  ['AWS::RDS::DBInstance', 'PubliclyAccessible', [false], true],
  ['AWS::Redshift::Cluster', 'PubliclyAccessible', [false], true],
  ['AWS::RedshiftServerless::Workgroup', 'PubliclyAccessible', [false], true],
  ['AWS::RedshiftServerless::Workgroup', 'EnhancedVpcRouting', [true], false],
  ['AWS::ElastiCache::ReplicationGroup', 'TransitEncryptionEnabled', [true], false],
  ['AWS::KMS::Key', 'EnableKeyRotation', [true], false],
  ['AWS::ApiGatewayV2::Route', 'AuthorizationType', ['AWS_IAM', 'JWT', 'CUSTOM'], false],
  ['AWS::ApiGateway::Method', 'AuthorizationType', ['AWS_IAM', 'COGNITO_USER_POOLS', 'CUSTOM'], false],
  ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'Scheme', ['internal'], false],
  ['AWS::LakeFormation::Resource', 'HybridAccessEnabled', [false], true],
  ['AWS::Athena::WorkGroup', 'WorkGroupConfiguration.EnforceWorkGroupConfiguration', [true], true],
];

function protections(change: Change): Risk[] {
  const { type, before, after } = change;
  if (before === undefined || after === undefined) return [];
  const taken = PROTECTIONS.filter(([of]) => of === type).filter(([, path, safe, isDefault]) => {
    const isSafe = (properties: Properties | undefined): boolean => {
      const value = at(properties, path);
      return value === undefined ? isDefault : safe.includes(value);
    };
    return isSafe(before.Properties) && !isSafe(after.Properties);
  });
  const unauthenticated = 'ClientAuthentication.Unauthenticated.Enabled';
  const opened =
    type === 'AWS::MSK::Cluster' &&
    at(before.Properties, unauthenticated) !== true &&
    at(after.Properties, unauthenticated) === true;
  return [
    ...taken.map(([, path]) =>
      riskOf(
        change,
        'protection-removed',
        'access',
        `${type}: ${path} protected it and does not any more. Put the value back.`,
        { part: path },
      ),
    ),
    ...(opened
      ? [
          riskOf(
            change,
            'protection-removed',
            'access',
            `${type}: anybody on the network may connect without authentication. Leave it off.`,
            { part: unauthenticated },
          ),
        ]
      : []),
  ];
}
