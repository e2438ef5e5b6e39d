import fc from 'fast-check';
import { advise } from '../../../../bin/commands/advise/advice';
import { type Answers, factsOf, gigabytesOf } from '../../../../bin/commands/advise/facts';
import { allHold, leaderFor, leaderOf, rank } from '../../../../bin/commands/advise/judge';
import { type Pattern, PATTERNS } from '../../../../bin/commands/advise/patterns';
import { type AnswerValue, type Question, QUESTIONS, questionOf } from '../../../../bin/commands/advise/questions';
import { RULES } from '../../../../bin/commands/advise/rules';
import { renderMarkdown } from '../../../../bin/commands/advise/render/markdown';
import { renderTerminal } from '../../../../bin/commands/advise/render/terminal';

function answerTo({ kind, options, atMost = options.length }: Question): fc.Arbitrary<AnswerValue> {
  const values = options.map(({ value }) => value);
  switch (kind) {
    case 'one':
      return fc.constantFrom(...values);
    case 'many':
      return fc.subarray(values.map(String), { maxLength: atMost });
    case 'number':
      return fc.oneof(fc.constantFrom(...values), fc.integer({ min: 0, max: 100_000_000 }));
    case 'size':
      return fc
        .tuple(fc.integer({ min: 0, max: 999_999 }), fc.constantFrom('GB', 'TB', 'PB'))
        .map(([amount, unit]) => `${amount} ${unit}`);
  }
}

/** Any set of requirements, complete or not, sensible or not. */
const anyAnswers: fc.Arbitrary<Answers> = fc
  .record(
    Object.fromEntries(QUESTIONS.map((question) => [question.id, fc.option(answerTo(question), { nil: undefined })])),
  )
  .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Answers);

const score = (answers: Answers, pattern: Pattern): number =>
  rank(factsOf(answers)).find((each) => each.pattern === pattern)?.score ?? NaN;

/** How far `one` is before `other`. */
const lead = (answers: Answers, one: Pattern, other: Pattern): number => score(answers, one) - score(answers, other);

test('no set of requirements crashes, and every form of output can be written', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const advice = advise(answers);
      expect(advice.ranking.map(({ pattern }) => pattern).sort()).toEqual([...PATTERNS].sort());
      expect(renderTerminal(advice)).not.toMatch(/undefined|NaN|\[object/);
      expect(renderMarkdown(advice, new Date(0))).not.toMatch(/undefined|NaN|\[object/);
      expect(JSON.parse(JSON.stringify(advice)).ranking).toHaveLength(PATTERNS.length);
    }),
    { numRuns: 60 },
  );
});

test('a score is the sum of its reasons, and each reason is a rule whose conditions hold', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const facts = factsOf(answers);
      for (const { pattern, score: total, ...reasons } of rank(facts)) {
        const all = [...reasons.for, ...reasons.against];
        expect(all.reduce((sum, { points }) => sum + points, 0)).toBe(total);
        // Added up once more, straight from the data.
        const again = RULES.flatMap(({ effects = [] }) => effects)
          .filter(({ when }) => allHold(when, facts))
          .reduce((sum, { points }) => sum + (points[pattern] ?? 0), 0);
        expect(again).toBe(total);
      }
      expect(leaderFor(facts)).toBe(leaderOf(rank(facts)));
    }),
    { numRuns: 300 },
  );
});

/** Questions whose options rise, with what a higher answer must never speak for. */
const MONOTONIC: readonly (readonly [string, Pattern, Pattern])[] = [
  ['latency.fastest', 'warehouse', 'streaming'],
  ['latency.fastest', 'lakehouse', 'streaming'],
  ['latency.fastest', 'lakehouse-warehouse', 'streaming-batch'],
  ['scale.events_per_second', 'warehouse', 'streaming'],
  ['scale.now', 'warehouse', 'lakehouse'],
  ['scale.in_two_years', 'warehouse', 'lakehouse'],
  ['team.people', 'warehouse', 'lakehouse'],
  ['team.people', 'warehouse', 'mesh'],
  ['organisation.domains', 'warehouse', 'mesh'],
  ['organisation.engineers', 'lakehouse', 'mesh'],
  ['budget.usage', 'warehouse', 'streaming'],
];

test.each(MONOTONIC)('more of %s never favours %s over %s', (id, batch, other) => {
  const question = questionOf(id);
  const figure = (value: AnswerValue): number =>
    question.kind === 'size'
      ? gigabytesOf(String(value))
      : question.kind === 'number'
        ? Number(value)
        : question.options.findIndex((option) => option.value === value);
  fc.assert(
    fc.property(anyAnswers, answerTo(question), answerTo(question), (answers, one, two) => {
      const [low, high] = [one, two].sort((a, b) => figure(a) - figure(b));
      const with_ = (value: AnswerValue): Answers => ({
        ...answers,
        // Growth is another question.
        ...(id === 'team.people' ? { 'team.people_in_two_years': 0 } : {}),
        [id]: value,
      });
      expect(lead(with_(high), batch, other)).toBeLessThanOrEqual(lead(with_(low), batch, other));
    }),
    { numRuns: 150 },
  );
});

test('what is said to tip the decision does, and nothing smaller does', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const first = rank(factsOf(answers));
      for (const tip of advise(answers).tipping) {
        const then = rank(
          factsOf({ ...answers, ...Object.fromEntries(tip.changes.map((each) => [each.question, each.to])) }),
        );
        expect(then[0].pattern).toBe(tip.first);
        expect(then[0].score).toBeGreaterThan(then[1].score);
        if (first[0].score > first[1].score) expect(tip.first).not.toBe(first[0].pattern);
        if (tip.changes.length === 2) {
          for (const { question, to } of tip.changes) {
            const half = rank(factsOf({ ...answers, [question]: to }));
            expect(half[0].score === half[1].score || half[0].pattern === first[0].pattern).toBe(true);
          }
        }
      }
    }),
    { numRuns: 40 },
  );
});
