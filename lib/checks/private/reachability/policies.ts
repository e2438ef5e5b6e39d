import { isRecord, list, type Properties, record, type TemplateModel, textOf } from '../template';
import { anyOf, type Verdict } from './verdict';

/** What a role may do: actions on resources, as text. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

export interface RoleGrants {
  readonly grants: readonly Grant[];
  /** Why there may be more than these: a policy or the role itself is not in the template. */
  readonly incomplete?: string;
}

// What these managed policies of AWS allow is either done by the service itself, outside of the network, or taken into
// account for every task of its kind.
const HARMLESS_MANAGED = /\/(AWSLambdaBasicExecutionRole|AWSLambdaVPCAccessExecutionRole|AWSGlueServiceRole)$/;

/** What the policies of the template allow a role. */
export function grantsOf(model: TemplateModel, role: unknown): RoleGrants {
  const name = roleName(model, role);
  const resource = model.find(name);
  const attached = model
    .ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy', 'AWS::IAM::RolePolicy')
    .filter(({ properties }) =>
      [...list(properties.Roles), ...list(properties.RoleName)].some((each) => model.nameOf(each) === name),
    );
  const named = list(resource?.properties.ManagedPolicyArns);
  const documents = [
    ...attached,
    ...named.flatMap((each) => model.resourceOf(each) ?? []),
    ...list(resource?.properties.Policies)
      .filter(isRecord)
      .map((properties) => ({ properties })),
  ].map(({ properties }) => properties.PolicyDocument);
  const grants = documents.flatMap(allowed).map((statement) => ({
    actions: list(statement.Action).map(String),
    resources: list(statement.Resource).map(textOf),
  }));
  const foreign = named.filter((each) => !model.resourceOf(each)).map(textOf);
  const unseen = foreign.find((each) => !HARMLESS_MANAGED.test(each));
  if (!resource) return { grants, incomplete: `its role ${name} is not in the template` };
  return { grants, incomplete: unseen && `its role has the policy ${unseen}, which is not in the template` };
}

function roleName(model: TemplateModel, role: unknown): string {
  const name = model.nameOf(role);
  return /:role\/(?:.*\/)?([^/]+)$/.exec(name)?.[1] ?? name;
}

function allowed(document: unknown): Properties[] {
  return statements(document).filter(({ Effect }) => Effect === 'Allow');
}

function statements(document: unknown): Properties[] {
  return list(record(document).Statement).filter(isRecord);
}

/**
 * Whether an endpoint's policy lets one action on one resource through. Statements with conditions may or may not apply.
 *
 * @param document the policy; undefined admits everything
 */
export function endpointAdmits(document: unknown, action: string, resource: string, role: string): Verdict {
  if (document === undefined) return 'yes';
  const applying = statements(document).filter((each) => covers(each, action, resource, role));
  const of = (effect: string) =>
    anyOf(applying.filter(({ Effect }) => Effect === effect).map(({ Condition }) => (Condition ? 'unknown' : 'yes')));
  const [denied, admitted] = [of('Deny'), of('Allow')];
  if (denied === 'yes' || admitted === 'no') return 'no';
  return denied === 'unknown' ? 'unknown' : admitted;
}

function covers(statement: Properties, action: string, resource: string, role: string): boolean {
  return (
    matchesOne(statement.Action, action, 'i') &&
    matchesOne(statement.Resource ?? '*', resource) &&
    principals(statement.Principal).some((each) => each === '*' || each.includes(role))
  );
}

function principals(value: unknown): string[] {
  if (!isRecord(value) || !('AWS' in value)) return list(value).map(textOf);
  return list(value.AWS).map(textOf);
}

/** Whether one of the patterns matches everything that a granted action or resource, itself maybe a pattern, names. */
function matchesOne(patterns: unknown, text: string, flags = ''): boolean {
  return list(patterns)
    .map(textOf)
    .some((pattern) => {
      const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.');
      return new RegExp(`^${source}$`, flags).test(text);
    });
}
