import { isIntrinsic, isRecord, list, type NamedResource, record, type TemplateModel } from './template';

/** `unresolved`: the value is only known to CloudFormation, so that nobody can tell before deployment. */
export type Outcome = 'compliant' | 'non-compliant' | 'not-applicable' | 'unresolved';

/** An outcome with what is particular to this resource. */
export interface Judgement {
  readonly outcome: Outcome;
  readonly detail?: string;
}

/** A rule about resources of some types. */
export interface Rule {
  /** Unique, without the name of the pack. */
  readonly id: string;
  readonly types: readonly string[];
  /** What is wrong with a resource that breaks it: one sentence. */
  readonly text: string;
  /** What to do: one sentence. */
  readonly remedy: string;
  /** The page or the deployments that it is learned from. */
  readonly source: string;
  judge(resource: NamedResource, model: TemplateModel): Outcome | Judgement;
}

/** What stands at a path; undefined when nothing does. An intrinsic function on the way stands for what it hides. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  const [key, ...rest] = path;
  const branches = branchesOf(value);
  if (branches) return { 'Fn::If': [branches.condition, at(branches.then, ...path), at(branches.otherwise, ...path)] };
  if (isRecord(value) && value.Ref === 'AWS::NoValue') return undefined;
  if (key === undefined) return value;
  return isIntrinsic(value) ? value : at(record(value)[key], ...rest);
}

/** Judges a literal value; where there are two, by condition, both. */
export function literal(value: unknown, accepts: (value: unknown) => boolean): Outcome {
  return eachBranch(value, (each) => {
    if (isIntrinsic(each)) return 'unresolved';
    return accepts(each) ? 'compliant' : 'non-compliant';
  });
}

/** That there is a value, such as the ARN of a key, whatever it is. */
export function given(value: unknown): Outcome {
  const empty = (each: unknown) => each === undefined || each === null || each === '' || isEmptyList(each);
  return eachBranch(value, (each) => (empty(each) ? 'non-compliant' : 'compliant'));
}

export const isTrue = (value: unknown): boolean => String(value) === 'true';
export const isFalse = (value: unknown): boolean => String(value) === 'false';

/** That a number is at least so large. */
export function atLeast(value: unknown, minimum: number): Outcome {
  return literal(value, (each) => each !== undefined && Number(each) >= minimum);
}

/** One outcome for several demands: the worst; those that do not apply do not count. */
export function all(outcomes: readonly Outcome[]): Outcome {
  for (const outcome of ['non-compliant', 'unresolved', 'compliant'] as const) {
    if (outcomes.includes(outcome)) return outcome;
  }
  return 'not-applicable';
}

/** One outcome for several ways to do it: the best. */
export function any(outcomes: readonly Outcome[]): Outcome {
  for (const outcome of ['compliant', 'unresolved', 'non-compliant'] as const) {
    if (outcomes.includes(outcome)) return outcome;
  }
  return 'not-applicable';
}

function eachBranch(value: unknown, judge: (value: unknown) => Outcome): Outcome {
  const branches = branchesOf(value);
  if (!branches) return judge(at(value));
  const outcomes = [eachBranch(branches.then, judge), eachBranch(branches.otherwise, judge)];
  return outcomes[0] === outcomes[1] ? outcomes[0] : 'unresolved';
}

function branchesOf(value: unknown): { condition: unknown; then: unknown; otherwise: unknown } | undefined {
  const parts = record(value)['Fn::If'];
  if (!Array.isArray(parts)) return undefined;
  const [condition, then, otherwise] = parts as unknown[];
  return { condition, then, otherwise };
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && list(value).length === 0;
}
