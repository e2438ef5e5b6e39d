import type { Stack } from './assembly';
import { at, isGroup, type Json, listOf, type Resource, stable, textOf } from './template';

/** One permission: one action on one resource for one principal. */
export interface Grant {
  readonly stack: string;
  /** Logical id of the role that has it, or of the resource that gives it. */
  readonly holder: string;
  readonly allows: boolean;
  /** For whom: the holder itself where the policy is a role’s. */
  readonly principal: string;
  /** Lower case; `not:` before it for NotAction. */
  readonly action: string;
  readonly resource: string;
  /** JSON of the condition; empty when there is none. */
  readonly condition: string;
  /** Resource of the template that declares it. */
  readonly declaredBy: string;
}

/** Where resource policies are, and the property that names what they protect. */
const RESOURCE_POLICIES: Readonly<Record<string, readonly [document: string, of: string]>> = {
  'AWS::S3::BucketPolicy': ['PolicyDocument', 'Bucket'],
  'AWS::KMS::Key': ['KeyPolicy', ''],
  'AWS::SQS::QueuePolicy': ['PolicyDocument', 'Queues'],
  'AWS::SNS::TopicPolicy': ['PolicyDocument', 'Topics'],
  'AWS::EC2::VPCEndpoint': ['PolicyDocument', ''],
  'AWS::SecretsManager::ResourcePolicy': ['ResourcePolicy', 'SecretId'],
  'AWS::MSK::ClusterPolicy': ['Policy', 'ClusterArn'],
  'AWS::ECR::Repository': ['RepositoryPolicyText', ''],
  'AWS::Kinesis::ResourcePolicy': ['ResourcePolicy', 'ResourceArn'],
  'AWS::ApiGateway::RestApi': ['Policy', ''],
};

/** Every permission that a stack gives: of identities, of resources, of trust, of Lake Formation, of networks. */
export function grantsOf({ name, template }: Stack): Grant[] {
  return Object.entries(template.Resources ?? {}).flatMap(([id, resource]) =>
    grantsIn(id, resource).map((grant) => ({ ...grant, stack: name, declaredBy: id })),
  );
}

type Found = Omit<Grant, 'stack' | 'declaredBy'>;

function grantsIn(id: string, { Type, Properties = {} }: Resource): Found[] {
  switch (Type) {
    case 'AWS::IAM::Policy':
    case 'AWS::IAM::ManagedPolicy': {
      const holders = [Properties.Roles, Properties.Users, Properties.Groups].flatMap(listOf).map(holderOf);
      return holders.flatMap((holder) => statements(Properties.PolicyDocument, holder, holder));
    }
    case 'AWS::IAM::Role':
    case 'AWS::IAM::User':
    case 'AWS::IAM::Group': {
      const inline = listOf(Properties.Policies).filter(isGroup);
      return [
        ...inline.flatMap(({ PolicyDocument }) => statements(PolicyDocument, id, id)),
        ...listOf(Properties.ManagedPolicyArns).map((policy) => allowed(id, id, 'managed policy', textOf(policy))),
        ...statements(Properties.AssumeRolePolicyDocument, id, undefined, 'the role'),
      ];
    }
    case 'AWS::Lambda::Permission':
      return [
        allowed(
          holderOf(Properties.FunctionName),
          textOf(Properties.Principal),
          textOf(Properties.Action).toLowerCase(),
          'the function',
          textOf(Properties.SourceArn ?? Properties.SourceAccount),
        ),
      ];
    case 'AWS::LakeFormation::PrincipalPermissions': {
      const principal = textOf((Properties.Principal as Record<string, Json>)?.DataLakePrincipalIdentifier);
      return listOf(Properties.Permissions).map((permission) =>
        allowed(id, principal, `lakeformation:${textOf(permission).toLowerCase()}`, stable(Properties.Resource)),
      );
    }
    case 'AWS::LakeFormation::DataLakeSettings':
      return [
        ...listOf(Properties.Admins)
          .filter(isGroup)
          .map((admin) =>
            allowed(id, textOf(admin.DataLakePrincipalIdentifier), 'lakeformation:administer', 'the data lake'),
          ),
        ...defaults(id, Properties.CreateDatabaseDefaultPermissions, 'every new database'),
        ...defaults(id, Properties.CreateTableDefaultPermissions, 'every new table'),
      ];
    case 'AWS::Glue::Database':
      return defaults(id, at(Properties, 'DatabaseInput.CreateTableDefaultPermissions'), 'every new table in it');
    case 'AWS::LakeFormation::DataCellsFilter':
      return filtered(id, Properties);
    case 'AWS::RAM::ResourceShare':
      return listOf(Properties.Principals).flatMap((principal) =>
        listOf(Properties.ResourceArns).map((shared) => allowed(id, textOf(principal), 'ram:share', textOf(shared))),
      );
    case 'AWS::EC2::SecurityGroupIngress':
      return [ingress(holderOf(Properties.GroupId), Properties)];
    case 'AWS::EC2::SecurityGroup':
      return listOf(Properties.SecurityGroupIngress)
        .filter(isGroup)
        .map((rule) => ingress(id, rule));
    default: {
      const [document, of] = RESOURCE_POLICIES[Type] ?? [];
      if (document === undefined || of === undefined) return [];
      const holder = of === '' ? id : holderOf(listOf(Properties[of])[0]);
      return statements(Properties[document], holder, undefined, 'the resource');
    }
  }
}

function holderOf(value: Json | undefined): string {
  const text = textOf(value);
  return /^\$\{(\w+)(\.\w+)?\}$/.exec(text)?.[1] ?? text;
}

function allowed(holder: string, principal: string, action: string, resource: string, condition = ''): Found {
  return { holder, allows: true, principal, action, resource, condition };
}

/** What Lake Formation gives on what is made from now on. */
function defaults(id: string, permissions: Json | undefined, on: string): Found[] {
  return listOf(permissions)
    .filter(isGroup)
    .flatMap(({ Principal, Permissions }) => {
      const principal = textOf((Principal as Record<string, Json>)?.DataLakePrincipalIdentifier);
      return listOf(Permissions).map((each) =>
        allowed(id, principal, `lakeformation:${textOf(each).toLowerCase()}`, on),
      );
    });
}

/** Columns and rows that a filter lets through, to whomever it is granted. */
function filtered(id: string, properties: Readonly<Record<string, Json>>): Found[] {
  const whoever = 'whoever the filter is granted';
  const hidden = listOf(at(properties, 'ColumnWildcard.ExcludedColumnNames')).map(textOf);
  const shown = properties.ColumnWildcard === undefined ? listOf(properties.ColumnNames).map(textOf) : ['*'];
  const rows = textOf(at(properties, 'RowFilter.FilterExpression')) || '*';
  return [
    ...shown.map((column) => allowed(id, whoever, 'lakeformation:column', column)),
    ...hidden.map((column) => ({ ...allowed(id, whoever, 'lakeformation:column', column), allows: false })),
    allowed(id, whoever, 'lakeformation:rows', rows),
  ];
}

function ingress(group: string, rule: Readonly<Record<string, Json>>): Found {
  const peer = textOf(rule.CidrIp ?? rule.CidrIpv6 ?? rule.SourceSecurityGroupId ?? rule.SourcePrefixListId);
  const ports =
    textOf(rule.IpProtocol) === '-1'
      ? 'all ports'
      : `${textOf(rule.IpProtocol)} ${textOf(rule.FromPort)}-${textOf(rule.ToPort)}`;
  return allowed(group, peer, 'network:connect', ports);
}

/**
 * A file of the app itself in the bucket of the bootstrap, by no name: that is its content's hash, and who may read the old
 * one may read the new one.
 */
function withoutHash(resource: string): string {
  return resource.replace(/(:s3:::cdk-\w+-assets-[^/]*\/)[0-9a-f]{64}(\.\w+)?$/, '$1asset$2');
}

/** @param identity the holder of a policy of an identity, which names no principal */
function statements(document: Json | undefined, holder: string, identity?: string, self = ''): Found[] {
  if (!isGroup(document)) return [];
  return listOf(document.Statement)
    .filter(isGroup)
    .flatMap((statement) => {
      const principals = identity === undefined ? principalsOf(statement) : [identity];
      const actions = statement.NotAction
        ? listOf(statement.NotAction).map((each) => `not:${textOf(each).toLowerCase()}`)
        : listOf(statement.Action).map((each) => textOf(each).toLowerCase());
      const resources = statement.NotResource
        ? listOf(statement.NotResource).map((each) => `not:${textOf(each)}`)
        : statement.Resource === undefined
          ? [self]
          : listOf(statement.Resource).map(textOf).map(withoutHash);
      const condition = statement.Condition === undefined ? '' : stable(statement.Condition);
      return principals.flatMap((principal) =>
        actions.flatMap((action) =>
          resources.map((resource) => ({
            holder,
            allows: statement.Effect !== 'Deny',
            principal,
            action,
            resource,
            condition,
          })),
        ),
      );
    });
}

function principalsOf(statement: Readonly<Record<string, Json>>): string[] {
  const not = statement.NotPrincipal === undefined ? '' : 'not:';
  const value = statement.NotPrincipal ?? statement.Principal;
  if (!isGroup(value)) return [`${not}${textOf(value)}`];
  return Object.entries(value).flatMap(([, each]) => listOf(each).map((principal) => `${not}${textOf(principal)}`));
}

/** Whether everything that a permission allows is allowed by another one already. */
export function covers(wide: Grant, narrow: Grant): boolean {
  return (
    wide.holder === narrow.holder &&
    matches(wide.principal, narrow.principal) &&
    matches(wide.action, narrow.action) &&
    matches(wide.resource, narrow.resource) &&
    (wide.condition === '' || wide.condition === narrow.condition)
  );
}

function matches(pattern: string, value: string): boolean {
  if (pattern === value) return true;
  if (!pattern.includes('*') || pattern.startsWith('not:') || value.startsWith('not:')) return false;
  const parts = pattern.split('*').map((each) => each.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(value);
}
