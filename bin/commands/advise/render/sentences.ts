import { showRange } from '../../../pricing/prices';
import type { Advice, Evolution, PatternCost } from '../advice';
import { type Pattern, PATTERN_TITLES } from '../patterns';
import { wordsOf } from '../questions';
import type { Rule } from '../rule';
import type { Change, Missing, Tip } from '../tipping';

/** What an advice says in words, the same on a terminal and in a decision record. */

export function verdictSentence({ verdict, ranking }: Advice): string {
  const [first, second] = ranking;
  const title = PATTERN_TITLES[first.pattern];
  const tied = ranking.filter(({ score }) => score === first.score).map(({ pattern }) => PATTERN_TITLES[pattern]);
  switch (verdict) {
    case 'open':
      return tied.length > 1
        ? `The answers do not decide between ${listed(tied)}.`
        : `Too little was answered to advise; so far it is ${title}.`;
    case 'provisional':
      return `${title}, as far as the answers go: what the assessment needs is not all answered.`;
    case 'close':
      return `${title}, narrowly before ${PATTERN_TITLES[second.pattern]} (${first.score} to ${second.score} points).`;
    case 'clear':
      return `${title}, clearly before ${PATTERN_TITLES[second.pattern]} (${first.score} to ${second.score} points).`;
  }
}

/** A statement as plain text, without the seed's Markdown. */
export function statementOf({ says, section }: Rule): string {
  if (!says.startsWith('|')) return says.replaceAll('**', '');
  const [aspect, ...cells] = says
    .split('|')
    .map((cell) => cell.trim())
    .filter(Boolean);
  const columns = COLUMNS.find(([ending]) => section.endsWith(ending))?.[1];
  if (columns === undefined) return `${aspect}: ${cells.join(', ')}`;
  return `${aspect}: ${cells.map((cell, index) => `${columns[index]} ${lowered(cell)}`).join(', ')}`;
}

/** Heads of the seed's two comparisons. */
const COLUMNS: readonly (readonly [string, readonly string[]])[] = [
  ['> Lakehouse vs. Modern Data Stack', ['Modern Data Stack', 'Lakehouse']],
  ['> Data Mesh vs. Centralized', ['centralized', 'Data Mesh']],
];

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

export function tipLines({ tipping }: Advice): string[] {
  return tipping.length > 0
    ? tipping.map(tipSentence)
    : ['no other answer to one question, and no two neighbouring answers together, put another pattern first'];
}

function tipSentence({ changes, first }: Tip): string {
  return `${changes.map(changeOf).join(', and ')}: then ${PATTERN_TITLES[first]}`;
}

function changeOf({ question, from, to }: Change): string {
  if (Array.isArray(to)) {
    const before = (from ?? []) as readonly string[];
    const added = to.find((each) => !before.includes(each));
    const dropped = before.find((each) => !to.includes(each));
    return added === undefined
      ? `${question} without '${wordsOf(question, [String(dropped)])}'`
      : `${question} with '${wordsOf(question, [added])}'`;
  }
  const old = from === undefined ? '' : ` instead of '${wordsOf(question, from)}'`;
  return `${question} '${wordsOf(question, to)}'${old}`;
}

export function missingSentence({ question, couldPutFirst }: Missing): string {
  const effect =
    couldPutFirst.length === 0
      ? 'changes nothing about the first place'
      : `could put ${listed(
          couldPutFirst.map((pattern) => PATTERN_TITLES[pattern]),
          'or',
        )} first`;
  return `${question}: ${effect}`;
}

export function horizonSentence({ now, inTwoYears }: Evolution): string {
  const title = (pattern: Pattern | undefined): string =>
    pattern === undefined ? 'no pattern alone' : PATTERN_TITLES[pattern];
  return now === inTwoYears
    ? `Today's figures and those of two years from now speak for the same: ${title(now)}.`
    : `Today's figures alone speak for ${title(now)}, those of two years from now for ${title(inTwoYears)}: begin so that the way there stays open.`;
}

export function costLine({ pattern, now, inTwoYears }: PatternCost): readonly [string, string, string] {
  return [PATTERN_TITLES[pattern], showRange(now.range), showRange(inTwoYears.range)];
}

export const COST_NOTE =
  'Infrastructure only, by AWS’s on-demand prices for us-east-1 as known on 2026-11-23 (bin/pricing/prices.json, source beside each price); from half to twice the sum of the items. People, transfer out, taxes and discounts are not in it.';

export function listed(names: readonly string[], last = 'and'): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}
