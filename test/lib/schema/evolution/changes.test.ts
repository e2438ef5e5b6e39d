import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../../../../lib/schema/private/evolution';
import { CHANGES, Change } from './changes';
import { allRules } from './rules';

const PAGE = join(__dirname, '../../../../docs/schema-evolution.md');
const [BEGIN, END] = ['<!-- changes: begin -->', '<!-- changes: end -->'];

const verdictOf = ({ before, after, permissions, rule }: Change) =>
  judge(before, after, permissions).find((verdict) => verdict.rule === rule);

describe.each(Object.entries(CHANGES))('%s', (_, changes) => {
  test.each(changes.map((change): [string, Change] => [change.change, change]))('%s', (__, change) => {
    const verdicts = judge(change.before, change.after, change.permissions);
    expect(verdicts.map(({ rule }) => rule)).toContain(change.rule);
    expect(verdicts.filter(({ rule }) => rule === change.rule).map(({ legal }) => legal)).toEqual([change.legal]);
    // A legal example is legal as a whole; what is refused says why and what to do.
    expect(verdicts.every(({ legal }) => legal)).toBe(change.legal);
    for (const { legal, message, remedy, subject } of verdicts) {
      expect({ message, subject }).toEqual({
        message: expect.stringMatching(/\S/),
        subject: expect.stringMatching(/\S/),
      });
      expect(remedy).toMatch(legal ? /^$/ : /\.$/);
    }
  });
});

test('no change is no verdict', () => {
  for (const { before, after } of Object.values(CHANGES).flat()) {
    expect(judge(before, before).filter(({ legal }) => legal)).toEqual([]);
    expect(judge(after, after).filter(({ legal }) => legal)).toEqual([]);
  }
});

test('every rule has a change that shows it', () => {
  const shown = new Set(
    Object.values(CHANGES)
      .flat()
      .map(({ rule }) => rule),
  );
  expect(allRules().filter((rule) => !shown.has(rule))).toEqual([]);
});

test('the documentation lists every change with its verdict (UPDATE_DOCS=1 writes it)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const [head, rest] = page.split(BEGIN);
  const tail = rest?.split(END)[1];
  const current = `${head}${BEGIN}\n${tables()}\n${END}${tail}`;
  if (process.env.UPDATE_DOCS === '1') {
    writeFileSync(PAGE, current);
  }
  expect(readFileSync(PAGE, 'utf8')).toBe(current);
});

function tables(): string {
  const sections = Object.entries(CHANGES).map(([heading, changes]) =>
    [
      `\n### ${heading}\n`,
      '| change | verdict | rule | what to do |',
      '| --- | --- | --- | --- |',
      ...changes.map(row),
    ].join('\n'),
  );
  return `${sections.join('\n')}\n`;
}

function row(change: Change): string {
  const verdict = verdictOf(change);
  const remedy = verdict?.remedy.replaceAll('|', '\\|') || '-';
  return `| ${change.change} | ${verdict?.legal ? 'legal' : '**refused**'} | \`${change.rule}\` | ${remedy} |`;
}
