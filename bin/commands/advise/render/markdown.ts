import { grouped, priceOf } from '../../../pricing/prices';
import type { Advice, Statement } from '../advice';
import type { Reason } from '../judge';
import { PATTERN_TITLES } from '../patterns';
import { QUESTIONS, wordsOf } from '../questions';
import {
  COST_NOTE,
  costLine,
  horizonSentence,
  missingSentence,
  statementOf,
  tipLines,
  verdictSentence,
} from './sentences';
import { signed } from './terminal';

/** An advice as an architecture decision record, ready to commit. */
export function renderMarkdown(advice: Advice, date: Date): string {
  const { ranking, answers, evolution, conflicts, missing } = advice;
  const [first, ...others] = ranking;
  const title = PATTERN_TITLES[first.pattern];
  const answered = QUESTIONS.filter(({ id }) => answers[id] !== undefined);
  return [
    `# Data architecture: ${title}`,
    '',
    `- Status: proposed`,
    `- Date: ${date.toISOString().slice(0, 10)}`,
    '- Written by `data-patterns advise`; each reason names its rule and the section of the pattern text that it comes from',
    '',
    '## Context',
    '',
    ...table(
      ['question', 'answer'],
      answered.map(({ id, text }) => [`${text} (\`${id}\`)`, wordsOf(id, answers[id])]),
    ),
    ...part(
      'These answers do not go together',
      conflicts.map(({ says, remedy }) => `${says} ${remedy}`),
    ),
    ...part('Not answered', missing.map(missingSentence)),
    '',
    '## Decision',
    '',
    verdictSentence(advice),
    '',
    ...table(
      ['pattern', 'points'],
      ranking.map(({ pattern, score }) => [PATTERN_TITLES[pattern], String(score)]),
    ),
    ...reasons(`For ${title}`, first.for),
    ...reasons(`Against ${title}`, first.against),
    '',
    '## Consequences',
    ...part('What you gain', advice.gains.map(statement)),
    ...part('What you give up', advice.givesUp.map(statement)),
    ...part('What risks you accept', advice.risks.map(statement)),
    ...part('What would tip the decision', tipLines(advice)),
    '',
    '## Evolution',
    '',
    horizonSentence(evolution),
    '',
    ...table(
      ['decision', 'can be undone', 'how, or why not'],
      evolution.decisions.map(({ what, reversible, why }) => [what, reversible ? 'yes' : 'hardly', why]),
    ),
    ...part('Against lock-in', evolution.lockIn),
    ...evolution.migrations.flatMap(({ to, steps, through, inBlueprint }) => [
      '',
      `### To ${PATTERN_TITLES[to]}`,
      '',
      ...steps.map((step, index) => `${index + 1}. ${step}`),
      '',
      inBlueprint
        ? `Both sides stand together in the blueprint \`${through}\`.`
        : 'This version has no blueprint in which both sides run together.',
    ]),
    '',
    '## Cost',
    '',
    ...table(
      ['pattern', 'a month now', 'a month in two years'],
      advice.cost.map((each) => [...costLine(each)]),
    ),
    '',
    COST_NOTE,
    ...costItems(advice),
    '',
    '## Considered instead',
    ...others.flatMap((each) => [
      '',
      `### ${PATTERN_TITLES[each.pattern]} (${each.score})`,
      ...bullets([...each.for, ...each.against].map(reason)),
    ]),
    '',
  ].join('\n');
}

function costItems({ cost: [first] }: Advice): string[] {
  const assumptions = [...new Set([...first.now.assumptions, ...first.inTwoYears.assumptions])];
  return [
    ...part(
      `What ${PATTERN_TITLES[first.pattern]} is made up of now`,
      first.now.items.map(({ what, price, quantity }) => {
        const { usd, unit, source, asOf } = priceOf(price);
        return `${what}: ${grouped(quantity)} × ${usd} USD a ${unit} ([${asOf}](${source}))`;
      }),
    ),
    ...part('Assumed', assumptions),
  ];
}

function part(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `### ${title}`, ...bullets(lines)];
}

function reasons(title: string, all: readonly Reason[]): string[] {
  return part(title, all.map(reason));
}

function bullets(lines: readonly string[]): string[] {
  return ['', ...lines.map((line) => `- ${line}`)];
}

function reason({ rule, points }: Reason): string {
  return `**${signed(points)}** ${statementOf(rule)} (\`${rule.id}\`, ${rule.section})`;
}

function statement({ rule, applies }: Statement): string {
  return `${statementOf(rule)}${applies ? ' **Your answers say so.**' : ''} (\`${rule.id}\`)`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)];
}
