import type { AnswerValue } from './questions';

/** Answers by the ids of their questions; those that are not known yet are left out. */
export type Answers = Readonly<Record<string, AnswerValue>>;

/** What the conditions of rules speak of: the answers, and what follows from them. */
export type Facts = Readonly<Record<string, AnswerValue>>;

/**
 * For when an architecture is asked for.
 *
 * - `planned`: the data of two years from now and the people of today, who build for it
 * - `now`: as if nothing would grow
 * - `two_years`: everything as it is expected to be then
 */
export type Horizon = 'planned' | 'now' | 'two_years';

/** Use cases of one family are served by one pattern; those of several are multiple requirements. */
const FAMILIES: Readonly<Record<string, string>> = {
  standard_bi: 'bi',
  saas_analytics: 'bi',
  machine_learning: 'data',
  exploration: 'data',
  several_engines: 'data',
  complex_analytics: 'data',
  unstructured_data: 'data',
  real_time: 'real_time',
  event_driven: 'real_time',
  continuous_ingestion: 'real_time',
  batch_and_stream: 'real_time',
};

const UNITS: Readonly<Record<string, number>> = { GB: 1, TB: 1_000, PB: 1_000_000 };

export const SIZE_PATTERN = '^([0-9]{1,6}(?:\\.[0-9]{1,3})?) ?(GB|TB|PB)$';

/** Gigabytes of a size such as `2.5 TB`; decimal units, as prices have them. */
export function gigabytesOf(size: string): number {
  const [, amount, unit] = new RegExp(SIZE_PATTERN).exec(size) ?? [];
  if (unit === undefined) throw new Error(`'${size}' is not a size such as 500 GB`);
  return Number(amount) * UNITS[unit];
}

/** What the answers mean at a horizon. */
export function factsOf(answers: Answers, horizon: Horizon = 'planned'): Facts {
  const facts: Record<string, AnswerValue> = { ...answers };
  const sizes = [answers['scale.now'], horizon === 'now' ? undefined : answers['scale.in_two_years']]
    .filter((each) => each !== undefined)
    .map((each) => gigabytesOf(String(each)));
  if (sizes.length > 0) facts['scale.planned_gb'] = Math.max(...sizes);

  if (horizon !== 'now' && sizes.length === 2 && sizes[0] > 0) facts['scale.growth'] = sizes[1] / sizes[0];

  const people = answers['team.people'] as number | undefined;
  const later = answers['team.people_in_two_years'] as number | undefined;
  if (horizon === 'now') delete facts['team.people_in_two_years'];
  else if (people !== undefined && later !== undefined) facts['team.growth'] = later / Math.max(people, 1);
  if (horizon === 'two_years' && later !== undefined) facts['team.people'] = later;

  const skills = answers['team.skills'] as readonly string[] | undefined;
  if (skills !== undefined) facts['team.skills.count'] = skills.length;

  const uses = answers.use_cases as readonly string[] | undefined;
  if (uses !== undefined) {
    const families = uses.map((each) => FAMILIES[each]);
    facts['use_cases.families'] = [...new Set(families)];
    facts['use_cases.count'] = uses.length;
    facts['use_cases.diverse'] = families.filter((each) => each === 'data').length >= 2 || new Set(families).size === 3;
  }
  return facts;
}
