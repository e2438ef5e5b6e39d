import { changesOf } from '../../../../bin/commands/review/changes';
import { Consumers } from '../../../../bin/commands/review/consumers';
import { risksOf } from '../../../../bin/commands/review/rules';
import { STATEFUL } from '../../../../bin/commands/review/stateful';
import type { ReviewCase } from './cases/case';
import { DATA_CASES } from './cases/data';
import { GOVERNANCE_CASES } from './cases/governance';
import { TABLE_CASES } from './cases/tables';
import { ACCESS_CASES, CONTRACT_AND_QUALITY_CASES, HARMLESS_CASES, NEW_ROLE_CASES } from './cases/others';

const CASES: readonly ReviewCase[] = [
  ...DATA_CASES,
  ...TABLE_CASES,
  ...ACCESS_CASES,
  ...CONTRACT_AND_QUALITY_CASES,
  ...GOVERNANCE_CASES,
  ...HARMLESS_CASES,
  ...NEW_ROLE_CASES,
];

function review({ base, head }: ReviewCase) {
  const [before, after] = [base, head].map((template) => [{ name: 'S', template }]);
  return risksOf({ before, after, changes: changesOf(before, after), consumers: new Consumers(before) });
}

const rules = (risks: readonly { rule: string }[]) => [...new Set(risks.map(({ rule }) => rule))].sort();

test('there are at least 60 cases, each of its own', () => {
  expect(CASES.length).toBeGreaterThanOrEqual(60);
  const titles = CASES.map(({ title }) => title);
  expect(titles).toEqual([...new Set(titles)]);
});

test('every stateful type has a case in which what it holds is lost', () => {
  const lost = CASES.filter(({ approve, say = [] }) =>
    [...approve, ...say].some((rule) => /^stateful-(replaced|deleted)$/.test(rule)),
  );
  const types = lost.flatMap(({ base }) => Object.values(base.Resources ?? {}).map(({ Type }) => Type));
  expect(Object.keys(STATEFUL).filter((type) => !types.includes(type))).toEqual([]);
});

test.each(CASES.map((each) => [each.title, each] as const))('%s', (_, each) => {
  const risks = review(each);
  expect({
    approve: rules(risks.filter(({ needsApproval }) => needsApproval)),
    say: rules(risks.filter(({ needsApproval }) => !needsApproval)),
  }).toEqual({ approve: [...each.approve].sort(), say: [...(each.say ?? [])].sort() });
  for (const { says } of risks) expect(says).not.toMatch(/undefined|\[object|NaN/);
});

test('ids of risks are unique, so that an approval covers one', () => {
  for (const each of CASES) {
    const ids = review(each).map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  }
});
