import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RULES } from '../../../lib/checks/private/rules';
import { type Outcome } from '../../../lib/checks/private/rule';
import { TemplateModel } from '../../../lib/checks/private/template';
import type { Resources, RuleCases } from './cases/case';
import { LAKE } from './cases/lake';
import { SERVERLESS } from './cases/serverless';
import { TABLES } from './cases/tables';
import { rulesPage } from './rules-page';

const CASES: Readonly<Record<string, RuleCases>> = { ...TABLES, ...LAKE, ...SERVERLESS };

function outcome(id: string, resources: Resources): Outcome {
  const rule = RULES.find((each) => each.id === id);
  if (!rule) throw new Error(`no rule ${id}`);
  expect(rule.types).toContain(resources.Subject.Type);
  const model = new TemplateModel({ Resources: resources });
  const judged = rule.judge(model.resources[0], model);
  return typeof judged === 'string' ? judged : judged.outcome;
}

const cases = Object.entries(CASES).flatMap(([id, each]) =>
  (
    [
      ['compliant', each.compliant],
      ['non-compliant', each.broken],
      ['unresolved', each.unresolved],
      ['not-applicable', each.notApplicable ?? []],
    ] as const
  ).flatMap(([expected, templates]) => templates.map((template, index) => ({ id, expected, template, index }))),
);

test.each(cases)('$id is $expected, case $index', ({ id, expected, template }) => {
  expect(outcome(id, template)).toBe(expected);
});

// What a task in a network reaches has tests of its own.
const ELSEWHERE = ['NetworkReachability'];
// Whether a property is there is known before deployment, and so is the spelling of a type, for types are never tokens.
const NEVER_UNRESOLVED = ['IcebergTableInput', 'IcebergDecimal'];

test('every rule has cases that keep it, that break it and that cannot be told', () => {
  expect(Object.keys(CASES).sort()).toEqual(
    RULES.map(({ id }) => id)
      .filter((id) => !ELSEWHERE.includes(id))
      .sort(),
  );
  const lacking = Object.entries(CASES).filter(
    ([id, { compliant, broken, unresolved }]) =>
      compliant.length === 0 || broken.length === 0 || (unresolved.length === 0 && !NEVER_UNRESOLVED.includes(id)),
  );
  expect(lacking.map(([id]) => id)).toEqual([]);
});

test.each(RULES)('$id says in one sentence each what is wrong and what to do, and where that is from', (rule) => {
  expect(rule.text).toMatch(/^[A-Z].*\.$/);
  expect(rule.remedy).toMatch(/^[A-Z].*[.…]$/);
  expect(rule.source).toMatch(/\((not read|2026-1|named by)|2026-11-23/);
});

test('ids are unique', () => {
  expect(new Set(RULES.map(({ id }) => id)).size).toBe(RULES.length);
});

// Write the page anew with: UPDATE_DOCS=1 npx jest --selectProjects unit --testPathPatterns lib/checks/rules
test('docs/nag-rules.md lists every rule as it is', () => {
  const file = join(__dirname, '../../../docs/nag-rules.md');
  if (process.env.UPDATE_DOCS) writeFileSync(file, rulesPage(RULES));
  expect(readFileSync(file, 'utf8')).toBe(rulesPage(RULES));
});
