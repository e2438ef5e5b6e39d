import { UserError } from '../../../cli-errors';
import type { Assembly, Stack } from '../assembly';
import type { Environment } from '../synthesize';
import { Account, type Identity } from './account';
import { type Check, CHECKS, type Deployment, type Finding, VERDICTS, type Verdict } from './checks';

/** What was found in one region of the account. */
export interface Place {
  readonly region: string;
  readonly findings: readonly Finding[];
}

/** All that a preflight says. */
export interface Preflight {
  readonly account: string;
  /** Who asked. */
  readonly as: string;
  readonly places: readonly Place[];
  /** Stacks of other accounts, which these credentials cannot ask about. */
  readonly elsewhere: readonly { readonly stack: string; readonly account: string }[];
  /** Whether nothing was found that stops a deployment. */
  readonly clear: boolean;
}

/**
 * Who asks, and where.
 *
 * @throws UserError without a region or credentials
 */
export async function whoAsks(): Promise<{ readonly identity: Identity; readonly environment: Environment }> {
  const region = await Account.defaultRegion();
  if (region === undefined) throw new UserError('no region is set: name one with AWS_REGION, or in the profile.');
  try {
    const identity = await new Account(region).identity();
    return { identity, environment: { account: identity.account, region } };
  } catch (error) {
    throw new UserError(
      `the account cannot be asked (${sentence(error)}): log in first, such as with \`aws sso login\`, or name a profile with AWS_PROFILE.`,
    );
  }
}

/** Asks an account, reading only, what would stop a deployment of an assembly. */
export async function preflight(
  { stacks }: Assembly,
  identity: Identity,
  { account, region: otherwise }: Environment,
): Promise<Preflight> {
  const here = stacks.filter((stack) => (stack.account ?? account) === account);
  const regions = [...new Set(here.map(({ region }) => region ?? otherwise))].sort();
  const places: Place[] = [];
  for (const region of regions) {
    const own = here.filter((stack) => (stack.region ?? otherwise) === region);
    places.push({ region, findings: await askAll(new Account(region), identity, own) });
  }
  return {
    account,
    as: identity.arn,
    places,
    elsewhere: stacks
      .filter((stack) => !here.includes(stack))
      .map(({ name, account: other = '' }) => ({ stack: name, account: other })),
    clear: places.every(({ findings }) => findings.every(({ verdict }) => verdict !== 'stops')),
  };
}

async function askAll(account: Account, identity: Identity, stacks: readonly Stack[]): Promise<readonly Finding[]> {
  const existing = new Map<string, Awaited<ReturnType<Account['stackResources']>>>();
  const findings: Finding[] = [];
  try {
    for (const { name } of stacks) {
      if ((await account.stackStatus(name)) !== undefined) existing.set(name, await account.stackResources(name));
    }
  } catch (error) {
    findings.push(notAsked('stacks', error));
  }
  const deployment: Deployment = { account, identity, stacks, existing };
  for (const check of CHECKS) findings.push(...(await askOne(check, deployment)));
  return findings.sort((a, b) => VERDICTS.indexOf(a.verdict) - VERDICTS.indexOf(b.verdict));
}

async function askOne({ name, ask }: Check, deployment: Deployment): Promise<readonly Finding[]> {
  try {
    return (await ask(deployment)).map((answer) => ({ ...answer, check: name }));
  } catch (error) {
    return [notAsked(name, error)];
  }
}

function notAsked(check: string, error: unknown): Finding {
  return { verdict: 'not asked', check, says: sentence(error) };
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error.message || error.name;
  return said.startsWith(error.name) || error.name === 'Error' ? said : `${error.name}: ${said}`;
}

const TITLES: Readonly<Record<Verdict, string>> = {
  stops: 'Stops the deployment',
  look: 'Worth a look',
  'not asked': 'Could not be asked',
  fine: 'Fine',
};

/** A preflight as Markdown, which a terminal shows well, too. */
export function renderPreflight({ account, as, places, elsewhere }: Preflight): string {
  const parts = places.map(({ region, findings }) => {
    const count = findings.filter(({ verdict }) => verdict === 'stops').length;
    const headline =
      count === 0
        ? 'Nothing was found that stops a deployment'
        : `${count} ${count === 1 ? 'thing stops' : 'things stop'} a deployment`;
    const sections = VERDICTS.flatMap((verdict) => {
      const lines = findings
        .filter((each) => each.verdict === verdict)
        .map(({ check, says }) => `- **${check}**: ${says}`);
      return lines.length === 0 ? [] : [`### ${TITLES[verdict]}`, lines.join('\n')];
    });
    return [`## ${headline} to ${account} in ${region}`, ...sections].join('\n\n');
  });
  const others = elsewhere.map(({ stack, account: other }) => `- ${stack}: ${other}`);
  return [
    ...(parts.length === 0 ? [`## No stack is for account ${account}`] : parts),
    ...(others.length === 0 ? [] : ['### In other accounts: ask again with credentials of theirs', others.join('\n')]),
    `Asked as ${as}; nothing was changed.`,
  ].join('\n\n');
}
