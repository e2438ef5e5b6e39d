import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedStatements } from '../seed/prose';
import { ROOT } from './samples';

const PAGES: readonly (readonly [page: string, section: string])[] = [
  ['warehouse', 'Pattern 1: The Modern Data Stack'],
  ['lakehouse', 'Pattern 2: The Lakehouse'],
  ['streaming', 'Pattern 3: Streaming-First Architecture'],
  ['mesh', 'Pattern 4: Data Mesh'],
  ['hybrids', 'Pattern 5: Hybrid Architectures'],
];
const CRITERIA = /> (When It Works Well|When It Struggles|Common Hybrid: .*|.* vs\. .*)$/;

const textOf = (page: string) => readFileSync(join(ROOT, 'docs', `${page}.md`), 'utf8');
/** What a statement is about: `**Small data:** ...`, or the first cell of a row. */
const subjectOf = (says: string): string => (/^\*\*([^*]+):\*\*/.exec(says) ?? /^\| ([^|]+) \|/.exec(says) ?? [])[1];

test.each(PAGES)('the page %s answers every criterion of "%s"', (page, pattern) => {
  const subjects = seedStatements()
    .filter(({ section }) => section.startsWith(pattern) && CRITERIA.test(section))
    .map(({ says }) => subjectOf(says));
  expect(subjects.length).toBeGreaterThan(5);
  const rows = [...textOf(page).matchAll(/^\| (?:\*\*)?([^|*]+?)(?:\*\*)? \| [^|\s]/gm)].map(([, subject]) => subject);
  expect(subjects.filter((subject) => !rows.includes(subject))).toEqual([]);
});

test.each(PAGES.map(([page]) => page))(
  'the page %s says latency, volume, team, budget, complexity, cost and what is next',
  (page) => {
    const text = textOf(page);
    for (const criterion of ['latency', 'volume', 'team and organisation', 'budget', 'complexity', 'cost', 'next']) {
      expect(text).toMatch(new RegExp(`^\\| [^|]*\\b${criterion}\\b[^|]* \\| \\S`, 'm'));
    }
  },
);
