import pc from 'picocolors';
import type { Advice, Statement } from '../advice';
import type { Reason } from '../judge';
import { PATTERN_TITLES } from '../patterns';
import {
  COST_NOTE,
  costLine,
  horizonSentence,
  missingSentence,
  statementOf,
  tipLines,
  verdictSentence,
} from './sentences';

const SHOWN_REASONS = 6;
const SHOWN_STATEMENTS = 4;

/** An advice for a person at a terminal. */
export function renderTerminal(advice: Advice): string {
  const { ranking, evolution, conflicts, cost } = advice;
  const [first, second] = ranking;
  const open = advice.missing.filter(({ couldPutFirst }) => couldPutFirst.length > 0);
  return [
    pc.bold(verdictSentence(advice)),
    '',
    ...ranking.map(({ pattern, score }) => `${String(score).padStart(5)}  ${PATTERN_TITLES[pattern]}`),
    ...section(
      'These answers do not go together',
      conflicts.map(({ says, remedy }) => `${says} ${remedy}`),
    ),
    ...section('Not answered, and it matters', open.map(missingSentence)),
    ...section(`For ${PATTERN_TITLES[first.pattern]}`, reasons(first.for)),
    ...section('Against it', reasons(first.against)),
    ...section(`Why not ${PATTERN_TITLES[second.pattern]}`, reasons(second.against)),
    ...section('What you gain', statements(advice.gains)),
    ...section('What you give up', statements(advice.givesUp)),
    ...section('What risks you accept', statements(advice.risks)),
    ...section('What would tip the decision', tipLines(advice)),
    ...section('How it may go on', [
      horizonSentence(evolution),
      ...evolution.decisions.map(
        ({ what, reversible, why }) => `${reversible ? 'reversible' : pc.yellow('hard to undo')}: ${what}. ${why}`,
      ),
      ...evolution.migrations.map(({ to, through, inBlueprint, steps }) => {
        const shown = inBlueprint ? `, by blueprint '${through}'` : ', no blueprint in this version yet';
        return `to ${PATTERN_TITLES[to]} (${steps.length} ${steps.length === 1 ? 'step' : 'steps'}${shown})`;
      }),
    ]),
    ...section('Rough cost a month, now and in two years', [
      ...cost.map(costLine).map(([title, now, later]) => `${title.padEnd(38)} ${now.padStart(20)}   ${later}`),
      pc.dim(COST_NOTE),
    ]),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', pc.bold(title), ...lines.map((line) => `  ${line}`)];
}

function reasons(all: readonly Reason[]): string[] {
  const shown = all.slice(0, SHOWN_REASONS);
  const rest = all.length - shown.length;
  return [
    ...shown.map(({ rule, points }) => `${signed(points)}  ${statementOf(rule)} ${pc.dim(`[${rule.id}]`)}`),
    ...(rest > 0 ? [pc.dim(`and ${rest} more; --markdown has them all`)] : []),
  ];
}

function statements(all: readonly Statement[]): string[] {
  return all.slice(0, SHOWN_STATEMENTS).map(({ rule, applies }) => {
    return `${statementOf(rule)}${applies ? pc.yellow(' (your answers say so)') : ''} ${pc.dim(`[${rule.id}]`)}`;
  });
}

export function signed(points: number): string {
  return points > 0 ? `+${points}` : `−${-points}`;
}
