import { type CostRange, showRange } from '../../../pricing/prices';
import type { JudgedRisk } from '../approvals';
import type { Change, Effect } from '../changes';
import type { CostReview } from '../cost';
import type { Review } from '../review';
import { KIND_TITLES, KINDS } from '../risk';

const EFFECT_TITLES: Readonly<Record<Effect, string>> = {
  delete: 'deleted',
  replace: 'replaced',
  'may replace': 'perhaps replaced',
  'leave behind': 'left behind',
  interruption: 'updated with an interruption',
  'in place': 'updated in place',
  create: 'created',
  none: 'unchanged for AWS',
};

const EFFECTS = Object.keys(EFFECT_TITLES) as Effect[];

/** A comment of GitHub has 65,536 characters at most: of a long list the first are shown, of a large diagram nothing. */
const MOST_ROWS = 150;
/** As many lines are read without asking for them. */
const MOST_SHOWN = 8;
const LONGEST_DIAGRAM = 20_000;
/** Mermaid's own default `maxEdges`: it draws an error in place of a diagram with more. */
const MOST_ARROWS = 500;

function shortened<T>(items: readonly T[], row: (item: T) => string): string[] {
  const rest = items.length - MOST_ROWS;
  return [
    ...items.slice(0, MOST_ROWS).map(row),
    ...(rest > 0 ? ['', `And ${rest} more: \`--format json\` has all.`] : []),
  ];
}

function drawing(diagram: string | undefined): string[] {
  if (diagram === undefined) return [];
  const arrows = diagram.match(/^ +n\d+ (?:==>|-\.->|-->) n\d+$/gm)?.length ?? 0;
  const isDrawable = diagram.length <= LONGEST_DIAGRAM && arrows <= MOST_ARROWS;
  return [
    '',
    '### What changes in the data flow',
    '',
    ...(isDrawable
      ? ['```mermaid', diagram, '```']
      : [`More than a comment can draw (${arrows} arrows): \`--format json\` has the diagram.`]),
  ];
}

/** A review as a comment of a pull request: short first, details folded. */
export function renderMarkdown(review: Review): string {
  const { risks, changes, cost, diagram, stale, fixed = [] } = review;
  const open = risks.filter(({ needsApproval, approval }) => needsApproval && approval === undefined);
  const approved = risks.filter(({ approval }) => approval !== undefined);
  const said = risks.filter(({ needsApproval }) => !needsApproval);
  return [
    `## ${headline(review, open.length)}`,
    '',
    [summaryOf(changes), costSentence(cost)].join(' '),
    ...KINDS.flatMap((kind) => {
      const here = open.filter((risk) => risk.kind === kind);
      return here.length === 0 ? [] : ['', `### ${KIND_TITLES[kind]}`, '', ...here.map(riskLine)];
    }),
    ...(open.length === 0
      ? []
      : [
          '',
          'To accept a risk, add it to `review-approvals.yaml`:',
          '',
          '```yaml',
          'approvals:',
          ...open.flatMap(({ id }) => [`  - id: ${JSON.stringify(id)}`, '    reason: ', '    expires: ']),
          '```',
        ]),
    ...folded(
      `Approved (${approved.length})`,
      approved.map(
        (risk) => `${riskLine(risk)} **Approved** until ${risk.approval?.expires}: ${risk.approval?.reason}`,
      ),
    ),
    ...folded(`Also worth knowing (${said.length})`, said.map(riskLine), said.length <= MOST_SHOWN),
    ...folded(
      `Approvals that no longer count (${stale.length})`,
      stale.map(({ approval, why }) => `- \`${approval.id}\` ${why}`),
    ),
    ...drawing(diagram),
    ...(fixed.length === 0
      ? []
      : folded(
          `Findings fixed (${fixed.length})`,
          fixed.map(({ rule, path }) => `- ${path} ${rule}`),
        )),
    ...folded(
      `Every change (${changes.length})`,
      changes.length === 0
        ? []
        : [
            '| on deploy | resource | type | because of |',
            '|---|---|---|---|',
            ...shortened(
              [...changes].sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect)),
              ({ effect, path, type, properties }) =>
                `| ${EFFECT_TITLES[effect]} | ${cell(path)} | ${type} | ${cell(properties.join(', '))} |`,
            ),
          ],
    ),
    ...(changes.length === 0 ? [] : costDetails(cost)),
    '',
  ].join('\n');
}

function headline({ safe, changes }: Review, open: number): string {
  if (changes.length === 0) return 'Nothing changes';
  if (safe) return 'Safe to deploy';
  return `${open} ${open === 1 ? 'risk needs' : 'risks need'} approval`;
}

function summaryOf(changes: readonly Change[]): string {
  const counts = EFFECTS.map((effect) => [effect, changes.filter((change) => change.effect === effect).length] as const)
    .filter(([, count]) => count > 0)
    .map(([effect, count]) => `${count} ${EFFECT_TITLES[effect]}`);
  return counts.length === 0 ? 'No resource differs.' : `Resources: ${counts.join(', ')}.`;
}

function costSentence({ before, after }: CostReview): string {
  const [was, is] = [before, after].map(showRange);
  if (isSame(before, after)) return `Cost a month: ${is}, as before.`;
  return was === is ? `Cost a month: ${is}, about as before.` : `Cost a month: ${is}, before ${was}.`;
}

/** To the cent, which no one can tell apart. */
function isSame(one: CostRange, other: CostRange): boolean {
  return Math.abs(one.low - other.low) < 0.005 && Math.abs(one.high - other.high) < 0.005;
}

function costDetails({ changed, unpriced, region, stackRegions }: CostReview): string[] {
  const lines = shortened(
    changed,
    ({ path, type, before, after }) => `| ${cell(path)} | ${type} | ${showRange(before)} | ${showRange(after)} |`,
  );
  const missing = Object.entries(unpriced).map(([type, count]) => `${count} × ${type}`);
  const elsewhere = stackRegions.filter((each) => each !== region);
  return folded('Cost', [
    ...(lines.length === 0 ? [] : ['| resource | type | a month before | after |', '|---|---|---|---|', ...lines, '']),
    `Prices of ${region}${elsewhere.length > 0 ? ` (the stacks go to ${elsewhere.join(', ')}: expect others)` : ''}, each with date and source in bin/pricing/prices.json; at rest, or with a light use where a resource costs by use.`,
    ...(missing.length === 0 ? [] : ['', `Without a price, and in no sum: ${missing.join(', ')}.`]),
  ]);
}

function riskLine({ path, says, id }: JudgedRisk): string {
  return `- **${path}** ${says} \`${id}\``;
}

function folded(title: string, lines: readonly string[], isOpen = false): string[] {
  return lines.length === 0
    ? []
    : ['', isOpen ? '<details open>' : '<details>', `<summary>${title}</summary>`, '', ...lines, '', '</details>'];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
