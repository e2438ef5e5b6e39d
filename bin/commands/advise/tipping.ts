import { type Answers, factsOf, gigabytesOf } from './facts';
import { leaderFor } from './judge';
import type { Pattern } from './patterns';
import { type AnswerValue, type Question, QUESTIONS } from './questions';

/** Another answer to one question. */
export interface Change {
  readonly question: string;
  /** Undefined when it was not answered. */
  readonly from?: AnswerValue;
  readonly to: AnswerValue;
}

/** Changes of answers that put another pattern first. */
export interface Tip {
  readonly changes: readonly Change[];
  /** Who is first then. */
  readonly first: Pattern;
  /** Steps between the old and the new answers; an option that is added or dropped is one. */
  readonly distance: number;
}

/** A question that was not answered, and the patterns that an answer to it would put first instead. */
export interface Missing {
  readonly question: string;
  readonly couldPutFirst: readonly Pattern[];
}

interface Alternative extends Change {
  readonly distance: number;
}

/**
 * The smallest changes of given answers that put another pattern first, one a pattern: of one answer, or where none
 * suffices, of two.
 */
export function tipping(answers: Answers): Tip[] {
  const first = winner(answers);
  const single = QUESTIONS.filter(({ id }) => answers[id] !== undefined).flatMap((each) => alternatives(each, answers));
  const tips = smallest(
    first,
    answers,
    single.map((change) => [change]),
  );
  return tips.length > 0 ? tips : smallest(first, answers, pairs(single));
}

/** What was not answered. */
export function missing(answers: Answers): Missing[] {
  const first = winner(answers);
  return QUESTIONS.filter(({ id }) => answers[id] === undefined).map((question) => {
    const winners = alternatives(question, answers).map((change) => winner(changed(answers, [change])));
    const couldPutFirst = [...new Set(winners)].filter((each): each is Pattern => each !== undefined && each !== first);
    return { question: question.id, couldPutFirst };
  });
}

function winner(answers: Answers): Pattern | undefined {
  return leaderFor(factsOf(answers));
}

/** More would not be read. */
const SHOWN_TIPS = 3;

function smallest(first: Pattern | undefined, answers: Answers, candidates: readonly Alternative[][]): Tip[] {
  const distanceOf = (changes: Alternative[]): number => changes.reduce((sum, { distance }) => sum + distance, 0);
  const tips = new Map<Pattern, Tip>();
  for (const changes of [...candidates].sort((a, b) => distanceOf(a) - distanceOf(b))) {
    const then = winner(changed(answers, changes));
    if (then === undefined || then === first || tips.has(then)) continue;
    const shown = changes.map(({ question, from, to }) => ({ question, from, to }));
    tips.set(then, { changes: shown, first: then, distance: distanceOf(changes) });
    if (tips.size === SHOWN_TIPS) break;
  }
  return [...tips.values()];
}

/** Answers further apart are no small change any more when two of them change. */
const FARTHEST_OF_TWO = 2;

/** Two changes of different questions. */
function pairs(single: readonly Alternative[]): Alternative[][] {
  const near = single.filter(({ distance }) => distance <= FARTHEST_OF_TWO);
  return near.flatMap((one, index) =>
    near
      .slice(index + 1)
      .filter(({ question }) => question !== one.question)
      .map((other) => [one, other]),
  );
}

function changed(answers: Answers, changes: readonly Change[]): Answers {
  return { ...answers, ...Object.fromEntries(changes.map(({ question, to }) => [question, to])) };
}

/** Every other answer to a question; for one of several options, each option added or dropped. */
function alternatives(question: Question, answers: Answers): Alternative[] {
  const from = answers[question.id];
  if (question.kind === 'many') return toggled(question, (from ?? []) as readonly string[], from === undefined);
  const place = from === undefined ? 0 : placeOf(question, from);
  return question.options
    .map(({ value }, index) => ({
      question: question.id,
      from,
      to: value,
      distance: Math.max(1, Math.ceil(Math.abs(index - place))),
    }))
    .filter(({ to }) => to !== from);
}

function toggled({ id, options, atMost = options.length }: Question, chosen: readonly string[], isNew: boolean) {
  const values = options.map(({ value }) => String(value));
  const single = values.map((value) =>
    chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value],
  );
  // Somebody who has not answered yet may well choose two.
  const double = values.flatMap((one, index) => values.slice(index + 1).map((other) => [one, other]));
  return [...single, ...(isNew ? double : [])]
    .filter((to) => to.length <= atMost)
    .map((to) => ({ question: id, from: isNew ? undefined : chosen, to, distance: 1 }));
}

/** Where an answer stands among the options; between two of them for a figure that is none. */
function placeOf({ kind, options }: Question, value: AnswerValue): number {
  const exact = options.findIndex((option) => option.value === value);
  if (exact >= 0) return exact;
  const figure = (each: AnswerValue): number => (kind === 'size' ? gigabytesOf(String(each)) : Number(each));
  const smaller = options.filter((option) => figure(option.value) < figure(value)).length;
  return smaller - 0.5;
}
