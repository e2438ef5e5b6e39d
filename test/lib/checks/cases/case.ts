import type { Resource } from '../../../../lib/checks/private/template';

/** Templates that a rule is tried on; the resource that is judged is called Subject. */
export interface RuleCases {
  readonly compliant: readonly Resources[];
  readonly broken: readonly Resources[];
  /** Templates of which nobody can tell before deployment. */
  readonly unresolved: readonly Resources[];
  readonly notApplicable?: readonly Resources[];
}

export type Resources = { readonly Subject: Resource } & Readonly<Record<string, Resource>>;

/** Cases of one type, from properties alone. */
export const subject =
  (Type: string) =>
  (Properties: Record<string, unknown>, others: Record<string, Resource> = {}): Resources => ({
    Subject: { Type, Properties },
    ...others,
  });

export const PARAMETER = { Ref: 'Parameter' };
export const NO_VALUE = { Ref: 'AWS::NoValue' };
export const either = (one: unknown, other: unknown) => ({ 'Fn::If': ['Condition', one, other] });
