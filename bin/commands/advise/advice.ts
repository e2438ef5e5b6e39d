import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../package-root';
import { type CostEstimate, estimate } from './cost';
import { type Decision, DECISIONS, LOCK_IN, type Migration, MIGRATIONS } from './evolution';
import { type Answers, factsOf } from './facts';
import { allHold, leaderOf, rank, type Ranked } from './judge';
import { type Pattern, PATTERN_TITLES } from './patterns';
import { QUESTIONS } from './questions';
import type { Rule } from './rule';
import { CONTRADICTIONS, RULES } from './rules';
import { missing, type Missing, type Tip, tipping } from './tipping';

/** Answers that do not go together, and what to do about them. */
export interface Conflict {
  readonly id: string;
  readonly says: string;
  readonly remedy: string;
}

/** A statement of the seed about the pattern that is first. */
export interface Statement {
  readonly rule: Rule;
  /** Whether the answers say that it is so here, and not only in general. */
  readonly applies: boolean;
}

/**
 * How far an advice can be relied on.
 *
 * - `open`: several patterns are first, or next to nothing was answered
 * - `provisional`: one of the five assessment questions is not answered, or an answer that is missing could put another
 *   pattern first
 * - `close`: everything that matters was answered; the second is less than one answer of the assessment behind
 * - `clear`: everything that matters was answered, and the first stands out
 */
export type Verdict = 'open' | 'provisional' | 'close' | 'clear';

/** All that `data-patterns advise` says. */
export interface Advice {
  readonly answers: Answers;
  readonly verdict: Verdict;
  /** The best first. */
  readonly ranking: readonly Ranked[];
  readonly conflicts: readonly Conflict[];
  readonly missing: readonly Missing[];
  readonly gains: readonly Statement[];
  readonly givesUp: readonly Statement[];
  readonly risks: readonly Statement[];
  readonly tipping: readonly Tip[];
  readonly evolution: Evolution;
  /** A pattern a line, in the order of the ranking. */
  readonly cost: readonly PatternCost[];
}

export interface PatternCost {
  readonly pattern: Pattern;
  readonly now: CostEstimate;
  readonly inTwoYears: CostEstimate;
}

export interface Evolution {
  /** First if nothing grew; undefined when several are. */
  readonly now?: Pattern;
  /** First with everything as it is expected in two years. */
  readonly inTwoYears?: Pattern;
  readonly decisions: readonly Decision[];
  readonly lockIn: readonly string[];
  /** From the pattern that is first. */
  readonly migrations: readonly PlannedMigration[];
}

export interface PlannedMigration extends Migration {
  /** Whether the blueprint that shows both sides running is in this version. */
  readonly inBlueprint: boolean;
}

/** What a single answer to an assessment question weighs. */
const ONE_ANSWER = 4;
const FEWEST_ANSWERS = 3;
/** The five assessment questions of the seed: latency, volume, team (size and expertise), organisation, budget model. */
const ASSESSMENT = [
  'latency.fastest',
  'scale.now',
  'team.people',
  'team.skills',
  'organisation.structure',
  'budget.model',
];

export function advise(answers: Answers): Advice {
  const facts = factsOf(answers);
  const ranking = rank(facts);
  const first = ranking[0].pattern;
  const cost = ranking.map(({ pattern }) => ({
    pattern,
    now: estimate(pattern, answers, 'scale.now'),
    inTwoYears: estimate(pattern, answers, 'scale.in_two_years'),
  }));
  const open = missing(answers);
  const statements = (part: 'gains' | 'givesUp' | 'risks'): Statement[] =>
    RULES.filter((rule) => rule[part]?.includes(first))
      .map((rule) => ({ rule, applies: (rule.effects ?? []).some(({ when }) => allHold(when, facts)) }))
      .sort((a, b) => Number(b.applies) - Number(a.applies));
  return {
    answers,
    verdict: verdictOf(ranking, open),
    ranking,
    conflicts: [...conflicts(answers), ...budgetConflicts(answers, cost)],
    missing: open,
    gains: statements('gains'),
    givesUp: statements('givesUp'),
    risks: statements('risks'),
    tipping: tipping(answers),
    evolution: {
      now: leaderOf(rank(factsOf(answers, 'now'))),
      inTwoYears: leaderOf(rank(factsOf(answers, 'two_years'))),
      decisions: DECISIONS[first],
      lockIn: LOCK_IN[first],
      migrations: MIGRATIONS.filter(({ from }) => from === first).map((each) => ({
        ...each,
        inBlueprint: each.through !== undefined && hasBlueprint(each.through),
      })),
    },
    cost,
  };
}

/** Whether this version has a blueprint of a pattern. */
export function hasBlueprint(pattern: Pattern): boolean {
  return existsSync(join(packageRoot(), 'blueprints', pattern, 'blueprint.yaml'));
}

function verdictOf(ranking: readonly Ranked[], open: readonly Missing[]): Verdict {
  const [first, second] = ranking;
  if (leaderOf(ranking) === undefined || QUESTIONS.length - open.length < FEWEST_ANSWERS) return 'open';
  if (open.some(({ question, couldPutFirst }) => ASSESSMENT.includes(question) || couldPutFirst.length > 0)) {
    return 'provisional';
  }
  return first.score - second.score < ONE_ANSWER ? 'close' : 'clear';
}

function conflicts(answers: Answers): Conflict[] {
  const facts = factsOf(answers);
  const contradictions = CONTRADICTIONS.filter(({ when }) => allHold(when, facts));
  const tradeOffs = RULES.filter(({ conflict }) => conflict !== undefined && allHold(conflict, facts));
  return [
    ...contradictions.map(({ id, says, remedy }) => ({ id, says, remedy })),
    ...tradeOffs.map(({ id, says }) => ({
      id,
      says: says.replaceAll('**', ''),
      remedy: "Decide which of the two gives way, and take it out of 'priorities'.",
    })),
  ];
}

/** A limit that even the lower bound of the first pattern's estimate breaks. */
function budgetConflicts(answers: Answers, [{ pattern, now, inTwoYears }]: readonly PatternCost[]): Conflict[] {
  const limit = answers['budget.monthly_usd'] as number | undefined;
  if (!limit) return [];
  const when = now.range.low > limit ? 'today' : inTwoYears.range.low > limit ? 'in two years' : undefined;
  if (when === undefined) return [];
  return [
    {
      id: 'budget-too-small',
      says: `${PATTERN_TITLES[pattern]} costs more than ${limit} USD a month ${when}, by the lower bound of a rough estimate.`,
      remedy: 'Raise the limit, keep less data, or look at the patterns below whose range begins under it.',
    },
  ];
}
