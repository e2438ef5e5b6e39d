import type { Change } from '../changes';
import type { Stack } from '../assembly';
import type { Consumers } from '../consumers';
import type { Risk, RiskKind } from '../risk';

/** Both sides of a review: the stacks that differ. */
export interface Comparison {
  readonly before: readonly Stack[];
  readonly after: readonly Stack[];
  readonly changes: readonly Change[];
  /** Who relied on what, before. */
  readonly consumers: Consumers;
}

/** Looks at a comparison for risks of one sort. */
export type Rule = (comparison: Comparison) => Risk[];

/** A risk of one changed resource. */
export function riskOf(
  { stack, logicalId, path }: Pick<Change, 'stack' | 'logicalId' | 'path'>,
  rule: string,
  kind: RiskKind,
  says: string,
  { needsApproval = true, part }: { readonly needsApproval?: boolean; readonly part?: string } = {},
): Risk {
  const id = `${rule}:${stack}/${logicalId}${part === undefined ? '' : `/${part}`}`;
  return { id, rule, kind, needsApproval, stack, logicalId, path, says };
}
