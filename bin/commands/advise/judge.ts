import type { Facts } from './facts';
import { type Pattern, PATTERNS } from './patterns';
import type { Condition, Rule } from './rule';
import { RULES } from './rules';

/** One rule's part in a pattern's score. */
export interface Reason {
  readonly rule: Rule;
  /** Never 0. */
  readonly points: number;
}

/** A pattern with its score, which is the sum of its reasons' points. */
export interface Ranked {
  readonly pattern: Pattern;
  readonly score: number;
  /** The weightiest first. */
  readonly for: readonly Reason[];
  readonly against: readonly Reason[];
}

/** Whether a condition holds; one about something unknown does not. */
export function holds(condition: Condition, facts: Facts): boolean {
  const value = facts[condition.fact];
  if (value === undefined) return false;
  const among = (each: string): boolean => (value as readonly string[]).includes(each);
  if ('is' in condition) return condition.is.includes(value as string | boolean);
  if ('has' in condition) return among(condition.has);
  if ('lacks' in condition) return !among(condition.lacks);
  if ('only' in condition) return (value as readonly string[]).length === 1 && among(condition.only);
  return 'atLeast' in condition ? Number(value) >= condition.atLeast : Number(value) < condition.below;
}

export function allHold(conditions: readonly Condition[], facts: Facts): boolean {
  return conditions.every((each) => holds(each, facts));
}

/** All patterns, the best first. Those of equal score stand in the order of the seed. */
export function rank(facts: Facts): Ranked[] {
  const reasons = new Map<Pattern, Reason[]>(PATTERNS.map((pattern) => [pattern, []]));
  for (const rule of RULES) {
    for (const [pattern, points] of pointsOf(rule, facts)) reasons.get(pattern)?.push({ rule, points });
  }
  return PATTERNS.map((pattern) => ranked(pattern, reasons.get(pattern) ?? [])).sort((a, b) => b.score - a.score);
}

/** The pattern that is first alone; undefined when several are. */
export function leaderOf([first, second]: readonly Ranked[]): Pattern | undefined {
  return first.score > second.score ? first.pattern : undefined;
}

/** Every effect, whichever rule it is of. */
const EFFECTS = RULES.flatMap(({ effects = [] }) => effects).map(({ when, points }) => ({
  when,
  points: PATTERNS.map((pattern) => points[pattern] ?? 0),
}));

/** The same as `leaderOf(rank(facts))` without reasons, for whoever asks it thousands of times. */
export function leaderFor(facts: Facts): Pattern | undefined {
  const scores = PATTERNS.map(() => 0);
  for (const { when, points } of EFFECTS) {
    if (allHold(when, facts)) points.forEach((each, index) => (scores[index] += each));
  }
  const best = Math.max(...scores);
  return scores.indexOf(best) === scores.lastIndexOf(best) ? PATTERNS[scores.indexOf(best)] : undefined;
}

/** The points of all effects of a rule that apply, a pattern a line. */
function pointsOf(rule: Rule, facts: Facts): Map<Pattern, number> {
  const sums = new Map<Pattern, number>();
  for (const { when, points } of rule.effects ?? []) {
    if (!allHold(when, facts)) continue;
    for (const [pattern, each] of Object.entries(points) as [Pattern, number][]) {
      sums.set(pattern, (sums.get(pattern) ?? 0) + each);
    }
  }
  return sums;
}

function ranked(pattern: Pattern, reasons: readonly Reason[]): Ranked {
  const byWeight = [...reasons].sort((a, b) => Math.abs(b.points) - Math.abs(a.points));
  return {
    pattern,
    score: reasons.reduce((sum, { points }) => sum + points, 0),
    for: byWeight.filter(({ points }) => points > 0),
    against: byWeight.filter(({ points }) => points < 0),
  };
}
