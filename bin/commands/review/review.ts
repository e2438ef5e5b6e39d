import type { Judgement } from './approvals';
import { type Approval, judgeRisks } from './approvals';
import type { Assembly, Finding, Stack } from './assembly';
import { type Change, changesOf } from './changes';
import { Consumers, pathOf } from './consumers';
import { type CostReview, costOf } from './cost';
import { changedFlow, flowOf } from './flow';
import type { Risk } from './risk';
import { risksOf } from './rules';

/** All that a review says. */
export interface Review extends Judgement {
  readonly changes: readonly Change[];
  readonly cost: CostReview;
  /** Findings that are no more; undefined when the rules did not run on both sides. */
  readonly fixed?: readonly Finding[];
  /** Mermaid; undefined when nothing of the data flow changed. */
  readonly diagram?: string;
  /** Whether nothing needs an approval that it has not. */
  readonly safe: boolean;
}

/** @param today YYYY-MM-DD, by which approvals expire */
export function review(before: Assembly, after: Assembly, approvals: readonly Approval[], today: string): Review {
  const [old, now] = differing(before.stacks, after.stacks);
  const changes = changesOf(old, now);
  const risks = [
    ...risksOf({ before: old, after: now, changes, consumers: new Consumers(before.stacks) }).map((risk) =>
      readable(risk, [...now, ...old]),
    ),
    ...without(after.findings, before.findings).map(findingRisk),
  ];
  const judgement = judgeRisks(risks, approvals, today);
  const changed = new Set(changes.map(({ stack, logicalId }) => `${stack}/${logicalId}`));
  return {
    ...judgement,
    changes,
    cost: costOf(before.stacks, after.stacks, changes),
    ...(before.findings && after.findings ? { fixed: without(before.findings, after.findings) } : {}),
    diagram: changedFlow(flowOf(old), flowOf(now), changed),
    safe: judgement.risks.every(({ needsApproval, approval }) => !needsApproval || approval !== undefined),
  };
}

/** What a template refers to, called as its construct is: `${LakeData1F2E.Arn}/silver` is `Lake/Data/silver`. */
function readable(risk: Risk, stacks: readonly Stack[]): Risk {
  const says = risk.says.replace(/\$\{(\w+)(?:\.[\w.]+)?\}/g, (reference, logicalId: string) => {
    const holder = stacks.find(({ name, template }) => name === risk.stack && template.Resources?.[logicalId]);
    return pathOf(holder?.template.Resources?.[logicalId], reference).replace(`${risk.stack}/`, '');
  });
  return { ...risk, says };
}

/** The stacks of both sides that are not the same to the byte: of two hundred, a change touches a few. */
function differing(before: readonly Stack[], after: readonly Stack[]): [Stack[], Stack[]] {
  const texts = (stacks: readonly Stack[]): Map<string, string> =>
    new Map(stacks.map(({ name, template }) => [name, JSON.stringify(template)]));
  const [old, now] = [texts(before), texts(after)];
  const differs = ({ name }: Stack): boolean => old.get(name) !== now.get(name);
  return [before.filter(differs), after.filter(differs)];
}

/** Nothing is said where one side was not checked. */
function without(findings: readonly Finding[] | undefined, others: readonly Finding[] | undefined): Finding[] {
  if (findings === undefined || others === undefined) return [];
  const known = new Set(others.map(({ rule, path }) => `${rule} ${path}`));
  return findings.filter(({ rule, path }) => !known.has(`${rule} ${path}`));
}

function findingRisk({ rule, path, says }: Finding): Risk {
  return {
    id: `finding:${path}/${rule}`,
    rule: 'finding',
    kind: 'finding',
    needsApproval: true,
    stack: path.split('/')[0],
    logicalId: '',
    path,
    says: `${rule}: ${says}`,
  };
}
