import type { EChartsCoreOption } from 'echarts';
import { Eta } from 'eta';
import { chartColours, svgOf, type Theme } from './charts';
import { STYLES } from './styles';

/** A dashboard of the warehouse with what its cards show, as `warehouse_checks.dashboard_results` gives it. */
export interface ShownDashboard {
  readonly title: string;
  readonly description: string;
  readonly filters: readonly { readonly title: string; readonly choices: number }[];
  readonly cards: readonly ShownCard[];
}

export type CardValue = string | number | boolean | null;

export interface ShownCard {
  readonly title: string;
  readonly description?: string;
  readonly chart: 'line' | 'bar' | 'area' | 'pie' | 'table' | 'number' | 'scatter';
  readonly x?: string;
  readonly y?: readonly string[];
  readonly series?: string;
  readonly position?: { readonly width: number };
  readonly columns: readonly string[];
  readonly rows: readonly (readonly CardValue[])[];
}

const WIDTH = 720;
const HEIGHT = 300;
const FULL_WIDTH = 24;
/** A table of more rows is cut; the page says so. */
const MOST_ROWS = 25;

/** The page of all dashboards, which needs nothing besides itself. */
export function dashboardPage(dashboards: readonly ShownDashboard[]): string {
  const eta = new Eta({ autoTrim: false });
  return eta.renderString(PAGE, {
    styles: STYLES,
    dashboards: dashboards.map((dashboard, index) => ({
      ...dashboard,
      id: `dashboard-${index}`,
      cards: dashboard.cards.map((card, number) => ({
        ...card,
        half: (card.position?.width ?? FULL_WIDTH) <= FULL_WIDTH / 2,
        shown: card.rows.slice(0, MOST_ROWS),
        numeric: card.columns.map((_, column) => card.rows.some((row) => isNumber(row[column]))),
        svgs: ['table', 'number'].includes(card.chart)
          ? undefined
          : (['light', 'dark'] as const).map((theme) => ({
              theme,
              svg: cardChart(card, theme, `d${index}-${number}`),
            })),
      })),
    })),
    text,
  });
}

function cardChart(card: ShownCard, theme: Theme, id: string): string {
  const colours = chartColours(theme);
  const label = { color: colours.text, fontFamily: 'system-ui, sans-serif', fontSize: 12 };
  const series = seriesOf(card);
  const categories = [...new Set(series.flatMap(({ points }) => points.map(([at]) => String(at))))];
  const scatter = card.chart === 'scatter';
  const option: EChartsCoreOption = {
    animation: false,
    color: [...colours.series],
    textStyle: label,
    legend: series.length > 1 ? { type: 'plain', top: 0, left: 0, textStyle: label, itemWidth: 16 } : undefined,
    grid: {
      left: 8,
      right: 20,
      top: series.length > 6 ? 84 : series.length > 1 ? 40 : 28,
      bottom: 26,
      containLabel: true,
    },
    xAxis: {
      type: scatter ? 'value' : 'category',
      data: scatter ? undefined : categories,
      axisLabel: {
        ...label,
        hideOverlap: true,
        formatter: scatter ? compact : undefined,
        rotate: !scatter && categories.length > 8 ? 35 : 0,
      },
      axisLine: { lineStyle: { color: colours.grid } },
      name: scatter ? card.x : undefined,
      nameLocation: 'middle',
      nameGap: 28,
      nameTextStyle: label,
      splitNumber: 5,
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      name: scatter ? card.y?.join(', ') : undefined,
      nameTextStyle: { ...label, align: 'left' },
      axisLabel: { ...label, formatter: compact },
      splitNumber: 4,
      splitLine: { lineStyle: { color: colours.grid } },
    },
    series: series.map(({ name, points }) => ({
      name,
      silent: true,
      type: card.chart === 'area' ? 'line' : card.chart,
      stack: card.chart === 'bar' && series.length > 1 ? 'all' : undefined,
      areaStyle: card.chart === 'area' ? {} : undefined,
      symbolSize: scatter ? 8 : 5,
      barMaxWidth: 64,
      data: scatter
        ? points.map(([at, value]) => [Number(at), value])
        : categories.map((category) => points.find(([at]) => String(at) === category)?.[1] ?? null),
    })),
  };
  if (card.chart === 'pie') {
    const [{ points }] = series;
    delete option.xAxis;
    delete option.yAxis;
    option.series = [{ type: 'pie', silent: true, label, data: points.map(([name, value]) => ({ name, value })) }];
  }
  return svgOf(option, WIDTH, HEIGHT, `${id}-${theme}`);
}

interface CardSeries {
  readonly name: string;
  readonly points: readonly (readonly [CardValue, number | null])[];
}

function seriesOf({ columns, rows, x = '', y = [], series }: ShownCard): CardSeries[] {
  const at = columns.indexOf(x);
  const by = series === undefined ? -1 : columns.indexOf(series);
  return y.flatMap((column) => {
    const value = columns.indexOf(column);
    const groups = new Map<string, (readonly [CardValue, number | null])[]>();
    for (const row of rows) {
      const name = by < 0 ? column : String(row[by] ?? 'none');
      const points = groups.get(name) ?? [];
      points.push([row[at], row[value] === null ? null : Number(row[value])]);
      groups.set(name, points);
    }
    return [...groups].map(([name, points]) => ({ name, points }));
  });
}

function isNumber(value: CardValue): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

/** A number on an axis: `1.5M`. */
function compact(value: number): string {
  return value.toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 2 });
}

/** A cell as a person reads it: groups of three digits, no trailing zeros. */
function text(value: CardValue): string {
  if (value === null) {
    return '–';
  }
  const written = String(value);
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(written) ?? [];
  if (whole === undefined) {
    return written;
  }
  const digits = fraction.replace(/0+$/, '');
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${digits === '' ? '' : `.${digits}`}`;
}

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Dashboards of the warehouse</title>
<style><%~ it.styles %>

.muted { color: var(--muted); }
.board { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
.board > article { grid-column: 1 / -1; min-width: 0; }
.board > article.half { grid-column: auto; }
.board h3 { margin: 0 0 4px; }
.board p { margin: 0 0 8px; }
.figure { font-size: 2rem; font-weight: 600; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.rows { overflow-x: auto; }
.rows table { width: max-content; min-width: 100%; }
.rows th, .rows td { white-space: nowrap; overflow-wrap: normal; }
.board svg { width: 100%; height: auto; display: block; }
@media (max-width: 640px) { .board > article.half { grid-column: 1 / -1; } }
</style>
</head>
<body>
<main>
<h1>Dashboards of the warehouse</h1>
<p>Made from the dashboards' YAML and the rehearsed warehouse. Metabase, which shows them on AWS, was not run.</p>
<% for (const board of it.dashboards) { %>
<section aria-labelledby="<%= board.id %>">
<h2 id="<%= board.id %>"><%= board.title %></h2>
<p><%= board.description %></p>
<p class="muted">Filters: <%= board.filters.map((each) => each.title).join(', ') || 'none' %>. Shown without any.</p>
<div class="board">
<% for (const card of board.cards) { %>
<article class="card<%= card.half ? ' half' : '' %>">
<h3><%= card.title %></h3>
<% if (card.description) { %><p class="muted"><%= card.description %></p><% } %>
<% if (card.chart === 'number') { %>
<div class="figure"><%= card.rows.length > 0 ? it.text(card.rows[0][0]) : '–' %></div>
<% } else if (card.svgs) { %>
<% for (const { theme, svg } of card.svgs) { %><div class="<%= theme %>-only" role="img" aria-label="<%= card.title %>"><%~ svg %></div><% } %>
<% } else { %>
<div class="rows" tabindex="0" role="region" aria-label="<%= card.title %>"><table>
<thead><tr><% card.columns.forEach((column, index) => { %><th scope="col"<%~ card.numeric[index] ? ' class="number"' : '' %>><%= column %></th><% }) %></tr></thead>
<tbody><% for (const row of card.shown) { %><tr><% row.forEach((value, index) => { %><td<%~ card.numeric[index] ? ' class="number"' : '' %>><%= it.text(value) %></td><% }) %></tr><% } %></tbody>
</table></div>
<% if (card.rows.length > card.shown.length) { %><p class="muted"><%= card.shown.length %> of <%= card.rows.length %> rows.</p><% } %>
<% } %>
</article>
<% } %>
</div>
</section>
<% } %>
</main>
</body>
</html>
`;
