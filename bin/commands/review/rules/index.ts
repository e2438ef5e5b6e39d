import type { Risk } from '../risk';
import { KINDS } from '../risk';
import { accessRules } from './access';
import { contractRules } from './contracts';
import { qualityRules } from './quality';
import { retentionRules } from './retention';
import type { Comparison, Rule } from './rule';
import { stateRules } from './state';
import { tableRules } from './tables';
import { topicRules } from './topics';

const RULES: readonly Rule[] = [
  stateRules,
  tableRules,
  topicRules,
  retentionRules,
  accessRules,
  contractRules,
  qualityRules,
];

/** Every risk of a comparison: the gravest kind first, those that need an approval before those that are only said. */
export function risksOf(comparison: Comparison): Risk[] {
  return RULES.flatMap((rule) => rule(comparison)).sort(
    (a, b) =>
      Number(b.needsApproval) - Number(a.needsApproval) ||
      KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
      a.id.localeCompare(b.id),
  );
}
