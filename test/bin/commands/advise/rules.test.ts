import { seedStatements } from '../../../seed/prose';
import { advise } from '../../../../bin/commands/advise/advice';
import { type Answers, factsOf } from '../../../../bin/commands/advise/facts';
import { rank } from '../../../../bin/commands/advise/judge';
import { PATTERN_TITLES, type Pattern, PATTERNS } from '../../../../bin/commands/advise/patterns';
import { questionOf } from '../../../../bin/commands/advise/questions';
import { CONTRADICTIONS, RULES } from '../../../../bin/commands/advise/rules';
import { STATED } from './stated';

/** Statements about how a pattern is built or where to read on; they help nobody to choose. */
const NOT_ABOUT_CHOOSING = /> (Component Choices|The Medallion Architecture|Data Products)$|^Further Reading$/;

const key = ({ section, under = '', says }: { section: string; under?: string; says: string }) =>
  [section, under, says].join(' | ');

const scores = (answers: Answers): Record<Pattern, number> =>
  Object.fromEntries(rank(factsOf(answers)).map(({ pattern, score }) => [pattern, score])) as Record<Pattern, number>;

/** The fewest patterns, not fewer than `count`, that are before all others. */
const leaders = (answers: Answers, count: number): Pattern[] => {
  const each = scores(answers);
  const last = [...PATTERNS].sort((a, b) => each[b] - each[a])[count - 1];
  return PATTERNS.filter((pattern) => each[pattern] >= each[last]);
};

describe('rules and the seed', () => {
  const statements = seedStatements();
  const aboutChoosing = statements.filter(
    ({ section, under }) => !NOT_ABOUT_CHOOSING.test(section) && under !== '**Looking ahead:**',
  );

  test('every statement that helps to choose is a rule, word for word, with its section', () => {
    expect(aboutChoosing.length).toBeGreaterThan(100);
    expect(RULES.map(key).sort()).toEqual(aboutChoosing.map(key).sort());
  });

  test('what is left out is named: how patterns are built, and what to read next', () => {
    const left = statements.filter((each) => !aboutChoosing.includes(each)).map(({ section }) => section);
    expect([...new Set(left)]).toEqual([
      'Pattern 1: The Modern Data Stack > Component Choices',
      'Pattern 2: The Lakehouse > The Medallion Architecture',
      'Pattern 4: Data Mesh > Data Products',
      'Summary',
      'Further Reading',
    ]);
  });

  test('ids are unique', () => {
    const ids = [...RULES, ...CONTRADICTIONS].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test('every rule does something', () => {
    const idle = RULES.filter(
      ({ effects, conflict, gains, givesUp, risks, asks, demands }) =>
        !(effects ?? conflict ?? gains ?? givesUp ?? risks ?? asks ?? demands),
    );
    expect(idle).toEqual([]);
  });

  test('every question that a rule demands is asked', () => {
    for (const id of RULES.flatMap(({ asks }) => asks ?? [])) expect(questionOf(id).help).toMatch(/.{20}/);
  });

  test('every part of an advice that a rule demands is there', () => {
    const advice = advise({ 'scale.now': '80 GB', 'latency.fastest': 'minutes', 'team.people': 5 });
    const parts = { ...advice, ...advice.evolution };
    for (const demanded of RULES.flatMap(({ demands }) => demands ?? [])) {
      expect([demanded, parts[demanded].length > 0]).toEqual([demanded, true]);
    }
  });
});

describe('comes out as the seed states it', () => {
  test('each rule that gives points has an example', () => {
    expect(Object.keys(STATED).sort()).toEqual(
      RULES.filter(({ effects }) => effects)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test.each(Object.entries(STATED))('%s', (id, { answers, unless = {}, first, up = [], down = [] }) => {
    if (first) expect(leaders(answers, first.length)).toEqual(PATTERNS.filter((pattern) => first.includes(pattern)));
    const [before, after] = [scores(unless), scores(answers)];
    for (const pattern of up) expect(after[pattern]).toBeGreaterThan(before[pattern]);
    for (const pattern of down) expect(after[pattern]).toBeLessThan(before[pattern]);
    // The rule itself has its part in it.
    const applied = rank(factsOf(answers)).flatMap((each) => [...each.for, ...each.against].map(({ rule }) => rule.id));
    expect(applied).toContain(id);
  });

  // The names of the patterns are read from the seed's own words here.
  const NAMES: readonly [RegExp, readonly Pattern[]][] = [
    [/Modern Data Stack/, ['warehouse']],
    [/Lakehouse/, ['lakehouse']],
    [/Streaming(-first)?(?! expertise)/, ['streaming']],
    [/Data Mesh/, ['mesh']],
    [/Hybrid/, ['lakehouse-warehouse', 'streaming-batch']],
  ];
  const named = (text: string): Pattern[] =>
    NAMES.filter(([name]) => name.test(text)).flatMap(([, patterns]) => [...patterns]);
  const answered = RULES.filter(({ section }) => section.endsWith('> Choosing Your Architecture'));
  const mapped = RULES.filter(({ section }) => section.endsWith('> Step 2: Map to Patterns'));

  test.each(answered.map((rule) => [rule.says, rule] as const))('answer "%s"', (says, { id }) => {
    const stated = named(says.slice(says.indexOf(':') + 1));
    expect(leaders(STATED[id].answers, stated.length).sort()).toEqual(stated.sort());
  });

  test.each(mapped.map((rule) => [rule.says, rule] as const))('row "%s"', (says, { id }) => {
    const stated = named(says.split('|')[2]);
    expect(leaders(STATED[id].answers, stated.length).sort()).toEqual(stated.sort());
  });

  test.each(RULES.filter(({ conflict }) => conflict).map((rule) => [rule.says, rule] as const))(
    'conflict "%s"',
    (_, { id }) => {
      const priorities = ['simplicity', 'flexibility', 'performance'].filter((each) => id.includes(each));
      expect(priorities).toHaveLength(2);
      expect(advise({ priorities }).conflicts.map((each) => each.id)).toEqual([id]);
      expect(advise({ priorities: [priorities[0]] }).conflicts).toEqual([]);
    },
  );

  test.each(PATTERNS)('what %s is, gives up and risks is told when it is first', (pattern) => {
    for (const part of ['gains', 'givesUp', 'risks'] as const) {
      const rules = RULES.filter((rule) => rule[part]?.includes(pattern));
      expect([PATTERN_TITLES[pattern], part, rules.length > 0]).toEqual([PATTERN_TITLES[pattern], part, true]);
    }
  });
});
