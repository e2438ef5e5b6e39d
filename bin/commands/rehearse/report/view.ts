import { chartRows, ownChart, symbolChart } from './charts';
import { count, decimal, rounded } from './format';
import type {
  RehearsalReport,
  ReportedChart,
  ReportedCheck,
  ReportedFigures,
  ReportedGrant,
  ReportedPermissions,
  ReportedResource,
  ReportedStage,
  ResourceLabel,
  StepKind,
  SymbolFigures,
} from './model';

/** More small charts than this do not help anyone; the rest is in the gold table. */
const SHOWN_SYMBOLS = 24;

export interface Verdict {
  readonly passed: boolean;
  readonly headline: string;
}

export interface PipelineStep {
  readonly title: string;
  readonly kind: StepKind;
  /** Undefined when the step did not run. */
  readonly stage?: ReportedStage;
}

export interface ResourceGroup {
  readonly type: string;
  readonly labels: readonly ResourceLabel[];
  readonly resources: readonly ReportedResource[];
}

/** A labelled bar; `share` of the longest one, 0 to 1. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly share: number;
}

export interface SymbolCard {
  readonly symbol: string;
  readonly lastPrice: string;
  readonly summary: string;
  readonly light: string;
  readonly dark: string;
}

/** Everything that the page shows, worked out of the report. */
export interface ReportView {
  readonly report: RehearsalReport;
  readonly verdict: Verdict;
  readonly pipeline: readonly PipelineStep[];
  readonly checks: readonly ReportedCheck[];
  readonly resourceCounts: readonly {
    readonly label: ResourceLabel;
    readonly count: number;
    readonly meaning: string;
  }[];
  readonly resourceGroups: readonly ResourceGroup[];
  readonly codes: readonly Bar[];
  readonly timings: readonly Bar[];
  readonly symbols: readonly SymbolCard[];
  readonly figureRows: readonly FigureRow[];
  readonly hiddenSymbols: number;
  readonly roles: readonly RoleView[];
  readonly charts: readonly ChartCard[];
}

/** A chart of its own, drawn for both themes. */
export interface ChartCard {
  readonly chart: ReportedChart;
  readonly light: string;
  readonly dark: string;
  /** The same as a table: its header, then its rows. */
  readonly table: readonly (readonly string[])[];
}

/** A role's grants, those about the same action together. */
export interface RoleView {
  readonly role: string;
  readonly granted: number;
  readonly used: number;
  /** How many unused actions have no known use on AWS. */
  readonly unexplained: number;
  readonly unused: readonly ActionView[];
  readonly denied: readonly ActionView[];
}

export interface ActionView {
  readonly action: string;
  readonly resources: readonly string[];
  readonly reason?: string;
}

export interface FigureRow {
  readonly symbol: string;
  readonly day: string;
  readonly vwap: string;
  readonly volume: string;
  readonly trades: string;
}

const MEANINGS: Readonly<Record<ResourceLabel, string>> = {
  executed: 'a real engine or service stood behind it',
  recorded: 'accepted and kept by the emulator, never checked',
  unsupported: 'the emulator has nothing like it',
};
const LABELS: readonly ResourceLabel[] = ['executed', 'recorded', 'unsupported'];

export function viewOf(report: RehearsalReport): ReportView {
  const shown = shownSymbols(report.figures);
  return {
    report,
    verdict: verdictOf(report.checks),
    pipeline: pipelineOf(report),
    // Failed ones first; a stable sort keeps the order of the rest.
    checks: [...report.checks].sort((a, b) => Number(a.passed) - Number(b.passed)),
    resourceCounts: LABELS.map((label) => ({
      label,
      count: report.resources.filter((resource) => resource.label === label).length,
      meaning: MEANINGS[label],
    })),
    resourceGroups: resourceGroups(report.resources),
    codes: bars((report.figures?.validationCodes ?? []).map(({ code, rows }) => [code, rows])),
    timings: bars(report.stages.map(({ name, seconds }) => [name, seconds])),
    symbols: shown.map((figures, place) => symbolCard(figures, report.figures?.days ?? [], place)),
    figureRows: shown.flatMap((figures) => figureRows(figures, report.figures?.days ?? [])),
    roles: (report.permissions ?? []).map(roleView),
    hiddenSymbols: (report.figures?.symbols.length ?? 0) - shown.length,
    charts: (report.charts ?? []).map(chartCard),
  };
}

export function verdictOf(checks: readonly ReportedCheck[]): Verdict {
  if (checks.length === 0) return { passed: false, headline: 'Nothing was checked' };
  const failed = checks.filter((check) => !check.passed).length;
  if (failed === 0) return { passed: true, headline: `All ${count(checks.length)} checks passed` };
  return { passed: false, headline: `${count(failed)} of ${count(checks.length)} checks failed` };
}

function pipelineOf({ pipeline, stages }: RehearsalReport): PipelineStep[] {
  return (pipeline?.steps ?? []).map(({ title, kind, stage }) => {
    return { title, kind, stage: stages.find(({ name }) => name === stage) };
  });
}

function roleView({ role, granted, used, unused, denied }: ReportedPermissions): RoleView {
  const actions = byAction(unused);
  const unexplained = actions.filter(({ reason }) => reason === undefined).length;
  return { role, granted, used, unexplained, unused: actions, denied: byAction(denied) };
}

/** What may be too much comes first. */
function byAction(grants: readonly ReportedGrant[]): ActionView[] {
  const actions = [...new Set(grants.map(({ action }) => action))].sort();
  return actions
    .map((action) => {
      const same = grants.filter((grant) => grant.action === action);
      return { action, resources: same.map(({ resource }) => resource), reason: same[0].reason };
    })
    .sort((a, b) => Number(a.reason !== undefined) - Number(b.reason !== undefined));
}

function resourceGroups(resources: readonly ReportedResource[]): ResourceGroup[] {
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  return types.map((type) => {
    const ofType = resources.filter((resource) => resource.type === type);
    return { type, resources: ofType, labels: LABELS.filter((label) => ofType.some((r) => r.label === label)) };
  });
}

function bars(values: readonly (readonly [string, number])[]): Bar[] {
  const longest = Math.max(...values.map(([, value]) => value), Number.MIN_VALUE);
  return values.map(([label, value]) => ({ label, value, share: value / longest }));
}

/** The symbols with most trades, by name. */
function shownSymbols(figures: ReportedFigures | undefined): SymbolFigures[] {
  const traded = (symbol: SymbolFigures) => symbol.trades.reduce<number>((sum, trades) => sum + (trades ?? 0), 0);
  return [...(figures?.symbols ?? [])]
    .sort((a, b) => traded(b) - traded(a))
    .slice(0, SHOWN_SYMBOLS)
    .sort((a, b) => a.symbol.localeCompare(b.symbol, 'en'));
}

function symbolCard(figures: SymbolFigures, days: readonly string[], place: number): SymbolCard {
  const prices = figures.vwap.filter((price): price is string => price !== null).map(rounded);
  return {
    symbol: figures.symbol,
    lastPrice: prices.at(-1) ?? '',
    summary:
      `${figures.symbol}: vwap ${prices[0] ?? 'unknown'} on the first day and ${prices.at(-1) ?? 'unknown'} on the last, ` +
      `with the volume of each of ${days.length} days`,
    light: symbolChart(figures, days, 'light', `light${place}`),
    dark: symbolChart(figures, days, 'dark', `dark${place}`),
  };
}

function chartCard(chart: ReportedChart, place: number): ChartCard {
  return {
    chart,
    light: ownChart(chart, 'light', `chart-light${place}`),
    dark: ownChart(chart, 'dark', `chart-dark${place}`),
    table: chartRows(chart),
  };
}

function figureRows(figures: SymbolFigures, days: readonly string[]): FigureRow[] {
  return days.flatMap((day, place) => {
    const [vwap, volume, trades] = [figures.vwap[place], figures.volume[place], figures.trades[place]];
    if (vwap === null && volume === null) return [];
    return [
      {
        symbol: figures.symbol,
        day,
        vwap: vwap === null ? '' : decimal(vwap),
        volume: volume === null ? '' : decimal(volume),
        trades: trades === null ? '' : count(trades),
      },
    ];
  });
}
