import type { Stack } from '../assembly';
import { at, isGroup, type Json, listOf, type Resource } from '../template';
import type { Account, Identity } from './account';

/** What came out of one question, the gravest first. */
export const VERDICTS = ['stops', 'look', 'not asked', 'fine'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One thing about an account. */
export interface Finding {
  readonly verdict: Verdict;
  /** What was looked at. */
  readonly check: string;
  /** What is the case, and what to do about it where there is something to do. */
  readonly says: string;
}

/** What is to be deployed, and where. */
export interface Deployment {
  readonly account: Account;
  readonly identity: Identity;
  /** Stacks for this account and region. */
  readonly stacks: readonly Stack[];
  /** What is there of them already, by their names; undefined for a stack that is new. */
  readonly existing: ReadonlyMap<string, readonly { readonly type: string; readonly id: string }[]>;
}

type Answer = Omit<Finding, 'check'>;

/** A question about an account. */
export interface Check {
  readonly name: string;
  readonly ask: (deployment: Deployment) => Promise<readonly Answer[]>;
}

const stops = (says: string): Answer => ({ verdict: 'stops', says });
const look = (says: string): Answer => ({ verdict: 'look', says });
const fine = (says: string): Answer => ({ verdict: 'fine', says });
const orFine = (answers: readonly Answer[], says: string): readonly Answer[] =>
  answers.length === 0 ? [fine(says)] : answers;

/** Every question, in the order in which a deployment meets what it asks about. */
export const CHECKS: readonly Check[] = [
  { name: 'bootstrap', ask: bootstrap },
  { name: 'types', ask: types },
  { name: 'zones', ask: zones },
  { name: 'names', ask: names },
  { name: 'quotas', ask: quotas },
  { name: 'service-linked roles', ask: serviceLinkedRoles },
  { name: 'Lake Formation', ask: lakeFormation },
];

async function bootstrap({ account, identity, stacks }: Deployment): Promise<readonly Answer[]> {
  const needed = new Map<string, number>();
  for (const { bootstrap: needs } of stacks) {
    if (needs !== undefined) needed.set(needs.parameter, Math.max(needs.version, needed.get(needs.parameter) ?? 0));
  }
  const command = `npx cdk bootstrap aws://${identity.account}/${account.region}`;
  const answers: Answer[] = [];
  for (const [parameter, least] of needed) {
    const found = await account.parameter(parameter);
    if (found === undefined) {
      answers.push(stops(`${account.region} is not bootstrapped (no ${parameter}). Run \`${command}\`.`));
    } else if (Number(found) < least) {
      answers.push(stops(`the bootstrap is of version ${found}, and ${least} is needed. Run \`${command}\` again.`));
    }
  }
  return orFine(answers, needed.size === 0 ? 'no stack needs one' : 'there, and new enough');
}

/** Types of this CDK and of templates themselves, which no registry has. */
const NOT_REGISTERED = /^(AWS::CDK::Metadata|AWS::CloudFormation::CustomResource)$/;
const AT_ONCE = 8;

async function types({ account, stacks }: Deployment): Promise<readonly Answer[]> {
  const used = [...usersByType(stacks)].filter(([type]) => type.startsWith('AWS::') && !NOT_REGISTERED.test(type));
  const answers: Answer[] = [];
  for (let first = 0; first < used.length; first += AT_ONCE) {
    const some = used.slice(first, first + AT_ONCE);
    const there = await Promise.all(some.map(([type]) => account.hasType(type)));
    some.forEach(([type, users], index) => {
      if (!there[index]) {
        answers.push(
          stops(
            `CloudFormation has no ${type} in ${account.region}, and ${[...users].join(', ')} uses it. Deploy to another region, or leave out what it is for.`,
          ),
        );
      }
    });
  }
  return orFine(answers, `all ${used.length} types of resources are known in ${account.region}`);
}

async function zones({ account, stacks }: Deployment): Promise<readonly Answer[]> {
  const there = await account.zones();
  const answers = stacks.flatMap(({ name, template }) => {
    const needed = zonesIn(template.Resources as unknown as Json);
    return needed > there.length
      ? [stops(`${name} spreads over ${needed} zones, and ${account.region} has ${there.length} for this account.`)]
      : [];
  });
  return orFine(answers, `${there.length} zones, enough for every stack`);
}

/** How many zones a template takes by their numbers. */
function zonesIn(value: Json | undefined): number {
  if (Array.isArray(value)) return Math.max(0, ...value.map((each: Json) => zonesIn(each)));
  if (!isGroup(value)) return 0;
  const [index, list] = listOf(value['Fn::Select']);
  const here = isGroup(list) && 'Fn::GetAZs' in list ? Number(index) + 1 : 0;
  return Math.max(here, ...Object.values(value).map(zonesIn));
}

/** States in which CloudFormation takes no update; all others end in COMPLETE. */
const STATES: readonly (readonly [RegExp, (stack: string) => string])[] = [
  [/_IN_PROGRESS$/, () => 'Wait until it has ended.'],
  [
    /^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED)$/,
    (stack) => `Delete it first: \`npx cdk destroy ${stack}\`.`,
  ],
  [
    /^UPDATE_(ROLLBACK_)?FAILED$/,
    (stack) => `Bring it back first: \`aws cloudformation continue-update-rollback --stack-name ${stack}\`.`,
  ],
];

async function names({ account, stacks, existing }: Deployment): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const { name: stack, template } of stacks) {
    if (existing.has(stack)) {
      const status = (await account.stackStatus(stack)) ?? '';
      const remedy = STATES.find(([state]) => state.test(status))?.[1];
      if (remedy !== undefined) answers.push(stops(`the stack ${stack} is in ${status}. ${remedy(stack)}`));
    }
    const own = new Set(existing.get(stack)?.map(({ type, id }) => `${type} ${id}`));
    for (const { Type, Properties } of Object.values(template.Resources ?? {})) {
      const database = Type === 'AWS::Glue::Database' ? at(Properties, 'DatabaseInput.Name') : undefined;
      if (typeof database !== 'string' || own.has(`${Type} ${database}`)) continue;
      if (await account.hasDatabase(database)) {
        answers.push(
          stops(
            `the database '${database}' is in the catalog already and not of ${stack}. Choose another name (\`databases.prefix\` of blueprint.yaml), or import it.`,
          ),
        );
      }
    }
  }
  return orFine(answers, 'no stack is stuck, and no database of that name is there');
}

/** A limit of the account: which resources count, and how many there are. */
interface Limit {
  readonly type: string;
  readonly service: string;
  readonly code: string;
  readonly used: (account: Account) => Promise<number>;
  /** Whether the limit is one of each zone, and what there is in the region may lie in several. */
  readonly perZone?: boolean;
}

/** Codes as public lists of Service Quotas had them on 2026-11-28; what AWS calls each is taken from its answer. */
const LIMITS: readonly Limit[] = [
  { type: 'AWS::EC2::VPC', service: 'vpc', code: 'L-F678F1CE', used: (account) => account.countVpcs() },
  { type: 'AWS::EC2::EIP', service: 'ec2', code: 'L-0263D0A3', used: (account) => account.countAddresses() },
  {
    type: 'AWS::EC2::NatGateway',
    service: 'vpc',
    code: 'L-FE5A380F',
    used: (account) => account.countNatGateways(),
    perZone: true,
  },
  {
    type: 'AWS::Glue::SecurityConfiguration',
    service: 'glue',
    code: 'L-83192DBF',
    used: (account) => account.countSecurityConfigurations(),
  },
];

async function quotas(deployment: Deployment): Promise<readonly Answer[]> {
  const { account } = deployment;
  const answers: Answer[] = [];
  for (const { type, service, code, used, perZone = false } of LIMITS) {
    const needed = newOnes(deployment, type);
    if (needed === 0) continue;
    const [quota, there] = [await account.quota(service, code), await used(account)];
    if (there + needed <= quota.value) continue;
    const says = `'${quota.name}' is ${quota.value}: ${there} are there, and ${needed} more are wanted. Ask for more: \`aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${there + needed}\`.`;
    answers.push(perZone ? look(`${says} It is the limit of each zone, and these may lie in several.`) : stops(says));
  }
  const summary = await account.iamSummary();
  for (const [type, name, what] of IAM_LIMITS) {
    const [needed, there, quota] = [newOnes(deployment, type), summary[name], summary[`${name}Quota`]];
    if (there === undefined || quota === undefined || there + needed <= quota) continue;
    answers.push(stops(`an account has ${quota} ${what} at most: ${there} are there, and ${needed} more are wanted.`));
  }
  return orFine(answers, `room for what is new, of what has a quota that is asked for here`);
}

const IAM_LIMITS = [
  ['AWS::IAM::Role', 'Roles', 'roles of IAM'],
  ['AWS::IAM::ManagedPolicy', 'Policies', 'managed policies of IAM'],
] as const;

/** How many resources of a type a deployment adds to what is there. */
function newOnes({ stacks, existing }: Deployment, type: string): number {
  const wanted = stacks.map(({ name, template }) => {
    const declared = Object.values(template.Resources ?? {}).filter(({ Type }) => Type === type).length;
    const there = existing.get(name)?.filter((each) => each.type === type).length ?? 0;
    return Math.max(0, declared - there);
  });
  return wanted.reduce((sum, each) => sum + each, 0);
}

/** Services that want to have a role of theirs, once in an account. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html */
const LINKED_ROLES: readonly (readonly [types: RegExp, service: string])[] = [
  [/^AWS::MSK::(Serverless)?Cluster$/, 'kafka.amazonaws.com'],
  [/^AWS::ElastiCache::/, 'elasticache.amazonaws.com'],
  [/^AWS::RDS::DB(Instance|Cluster)$/, 'rds.amazonaws.com'],
  [/^AWS::Redshift(Serverless)?::/, 'redshift.amazonaws.com'],
  [/^AWS::ECS::(Cluster|Service)$/, 'ecs.amazonaws.com'],
  [/^AWS::ElasticLoadBalancingV2::LoadBalancer$/, 'elasticloadbalancing.amazonaws.com'],
];

async function serviceLinkedRoles(deployment: Deployment): Promise<readonly Answer[]> {
  const { account, stacks } = deployment;
  const used = [...usersByType(stacks).keys()];
  const answers: Answer[] = [];
  const makers = new Map<string, Promise<boolean>>();
  for (const [types, service] of LINKED_ROLES) {
    if (!used.some((type) => types.test(type)) || (await account.hasLinkedRole(service))) continue;
    const users = stacks.filter(({ template }) => resourcesOf(template).some(({ Type }) => types.test(Type)));
    for (const executor of new Set(users.map((stack) => executorOf(deployment, stack)))) {
      if (executor === undefined) continue;
      const makes = makers.get(executor) ?? mayMakeRoles(account, executor);
      makers.set(executor, makes);
      const command = `\`aws iam create-service-linked-role --aws-service-name ${service}\``;
      answers.push(
        (await makes)
          ? look(
              `there is no role of ${service} yet. The first deployment makes it, and may fail once while it spreads: ${command} beforehand avoids that.`,
            )
          : stops(`there is no role of ${service}, and ${executor} may not make it. Run ${command} once.`),
      );
    }
  }
  return orFine(answers, 'those that the services want are there');
}

/** Who deploys comes with the bootstrap; what it will be allowed before there is one, nobody can say. */
async function mayMakeRoles(account: Account, executor: string): Promise<boolean> {
  const isThere = await account.hasRole(executor.slice(executor.lastIndexOf('/') + 1));
  return !isThere || account.mayCreateServiceLinkedRoles(executor);
}

const EVERYBODY = 'IAM_ALLOWED_PRINCIPALS';

async function lakeFormation(deployment: Deployment): Promise<readonly Answer[]> {
  const { account, stacks } = deployment;
  const governed = stacks.filter(({ template }) =>
    resourcesOf(template).some(({ Type }) => /^AWS::LakeFormation::(?!DataLakeSettings)/.test(Type)),
  );
  const catalogued = stacks.filter(({ template }) =>
    resourcesOf(template).some(({ Type }) => Type === 'AWS::Glue::Database'),
  );
  if (catalogued.length === 0 && governed.length === 0) return [fine('no stack has tables in the catalog')];
  const { DataLakeAdmins = [], CreateTableDefaultPermissions = [] } = await account.dataLakeSettings();
  const admins = new Set(DataLakeAdmins.map(({ DataLakePrincipalIdentifier }) => DataLakePrincipalIdentifier));
  const answers: Answer[] = [];
  // What makes administrators comes first, for the others depend on it.
  const setsUp = stacks.some(({ template }) =>
    resourcesOf(template).some(({ Type }) => Type === 'AWS::LakeFormation::DataLakeSettings'),
  );
  for (const stack of governed) {
    const executor = executorOf(deployment, stack);
    if (setsUp || executor === undefined || admins.has(executor)) continue;
    answers.push(
      stops(
        `${executor} deploys ${stack.name} and is no administrator of Lake Formation, so that it can grant nothing. Deploy LakeFormationStack first (\`lake_formation.mode: bootstrap\`), or have an administrator add it; \`put-data-lake-settings\` replaces the whole list.`,
      ),
    );
  }
  const open = CreateTableDefaultPermissions.some(
    ({ Principal }) => Principal?.DataLakePrincipalIdentifier === EVERYBODY,
  );
  for (const stack of catalogued.filter((each) => !governed.includes(each))) {
    if (open) continue;
    answers.push(
      look(
        `Lake Formation governs new tables of this account, and ${stack.name} grants nothing there: its jobs would be refused whatever IAM says. Use \`lake_formation.mode: existing\`.`,
      ),
    );
  }
  return orFine(
    answers,
    governed.length === 0 ? 'IAM alone decides, as the stacks expect' : 'who deploys administers it',
  );
}

/** The role by which CloudFormation deploys a stack. */
function executorOf({ account, identity }: Deployment, { executionRole }: Stack): string | undefined {
  return executionRole
    ?.replaceAll('${AWS::Partition}', identity.partition)
    .replaceAll('${AWS::AccountId}', identity.account)
    .replaceAll('${AWS::Region}', account.region);
}

function resourcesOf({ Resources = {} }: Stack['template']): readonly Resource[] {
  return Object.values(Resources);
}

/** Names of the stacks that use a type, by type. */
function usersByType(stacks: readonly Stack[]): Map<string, Set<string>> {
  const users = new Map<string, Set<string>>();
  for (const { name, template } of stacks) {
    for (const { Type } of resourcesOf(template)) users.set(Type, (users.get(Type) ?? new Set()).add(name));
  }
  return new Map([...users].sort(([a], [b]) => a.localeCompare(b)));
}
