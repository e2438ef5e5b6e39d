import * as echarts from 'echarts';
import { instant } from './format';
import type { ReportedChart, SymbolFigures } from './model';

export type Theme = 'light' | 'dark';

interface Palette {
  readonly text: string;
  readonly grid: string;
  readonly price: string;
  readonly volume: string;
  /** Of the series of a chart of its own, told apart by lightness too. */
  readonly series: readonly string[];
}

// Text reaches 4.5:1 on the page's card colour in either theme.
const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: {
    text: '#5b6472',
    grid: '#e6e9ee',
    price: '#1f5fbf',
    volume: '#8fb0de',
    series: ['#1f5fbf', '#b35900', '#14693a', '#8a3ea8', '#586272', '#a3221b'],
  },
  dark: {
    text: '#a3adba',
    grid: '#2c333d',
    price: '#7fb2ff',
    volume: '#3f669c',
    series: ['#7fb2ff', '#f0a35e', '#74d39b', '#d39bea', '#a3adba', '#ff9a91'],
  },
};
const FONT = 'system-ui, sans-serif';
const WIDTH = 240;
const HEIGHT = 132;

/** One symbol's vwap as a line above its volume as bars, as an SVG without scripts; `id` sets its inner ids apart. Doubles will do for plotting. */
export function symbolChart(figures: SymbolFigures, days: readonly string[], theme: Theme, id: string): string {
  const colours = PALETTES[theme];
  const plotted = (values: readonly (string | null)[]) =>
    values.map((value) => (value === null ? null : Number(value)));
  const labels = days.map((day) => day.slice(5));
  const text = { color: colours.text, fontFamily: FONT, fontSize: 11 };
  const option = {
    animation: false,
    textStyle: { fontFamily: FONT },
    grid: [
      { left: 8, right: 8, top: 8, height: 62 },
      { left: 8, right: 8, top: 78, height: 30 },
    ],
    xAxis: [
      { gridIndex: 0, type: 'category', data: labels, show: false },
      {
        gridIndex: 1,
        type: 'category',
        data: labels,
        axisLabel: { ...text, interval: labelInterval(days.length), margin: 6 },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: colours.grid } },
      },
    ],
    yAxis: [
      {
        gridIndex: 0,
        type: 'value',
        scale: true,
        splitNumber: 2,
        axisLabel: { show: false },
        splitLine: { lineStyle: { color: colours.grid } },
      },
      { gridIndex: 1, type: 'value', show: false },
    ],
    series: [
      {
        name: 'vwap',
        silent: true,
        type: 'line',
        xAxisIndex: 0,
        yAxisIndex: 0,
        data: plotted(figures.vwap),
        symbol: 'circle',
        symbolSize: 5,
        lineStyle: { width: 2, color: colours.price },
        itemStyle: { color: colours.price },
      },
      {
        name: 'volume',
        silent: true,
        type: 'bar',
        xAxisIndex: 1,
        yAxisIndex: 1,
        data: plotted(figures.volume),
        barWidth: '60%',
        itemStyle: { color: colours.volume },
      },
    ],
  };
  return svgOf(option, WIDTH, HEIGHT, id);
}

const OWN_WIDTH = 720;
const OWN_HEIGHT = 260;

/** A chart of its own, as an SVG without scripts; `id` sets its inner ids apart. */
export function ownChart({ kind, x, y, series }: ReportedChart, theme: Theme, id: string): string {
  const colours = PALETTES[theme];
  const text = { color: colours.text, fontFamily: FONT, fontSize: 12 };
  const several = series.length > 1;
  const option = {
    animation: false,
    useUTC: true,
    textStyle: { fontFamily: FONT },
    color: [...colours.series],
    legend: several ? { top: 0, left: 0, textStyle: { ...text, padding: [0, 12, 0, 0] }, itemWidth: 18 } : undefined,
    grid: { left: 8, right: 16, top: several ? 54 : 30, bottom: 26, containLabel: true },
    xAxis: {
      type: x.kind,
      name: x.name,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: text,
      axisLabel: { ...text, hideOverlap: true },
      axisLine: { lineStyle: { color: colours.grid } },
      splitLine: { show: false },
      scale: x.kind === 'value',
      splitNumber: 6,
    },
    yAxis: {
      type: y.logarithmic ? 'log' : 'value',
      name: y.name,
      nameTextStyle: { ...text, align: 'left' },
      axisLabel: text,
      splitNumber: 4,
      splitLine: { lineStyle: { color: colours.grid } },
    },
    series: series.map(({ name, points }) => ({
      name,
      silent: true,
      type: kind,
      data: points.map(([at, value]) => [at, value]),
      showSymbol: points.length < 40,
      symbolSize: 5,
      lineStyle: { width: 2 },
      barMaxWidth: 64,
    })),
  };
  return svgOf(option, OWN_WIDTH, OWN_HEIGHT, id);
}

/** Draws a chart as an SVG without scripts; `id` sets its inner ids apart. */
export function svgOf(option: echarts.EChartsCoreOption, width: number, height: number, id: string): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption(option);
  const svg = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return tidy(svg, id);
}

/** Colours of text, lines and series on a card of the page. */
export function chartColours(theme: Theme): Pick<Palette, 'text' | 'grid' | 'series'> {
  return PALETTES[theme];
}

/** What a chart shows as rows of texts; the first row is the header. */
export function chartRows({ x, series }: ReportedChart): string[][] {
  const values = series.map(({ points }) => new Map(points));
  const places = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))];
  const shown = (at: number | string): string =>
    x.kind === 'time' ? instant(new Date(at).toISOString(), 'second') : at.toLocaleString('en-US');
  const value = (found: number | null | undefined): string => found?.toLocaleString('en-US') ?? '';
  return [
    [x.name, ...series.map(({ name }) => name)],
    ...places.map((at) => [shown(at), ...values.map((points) => value(points.get(at)))]),
  ];
}

/** About four labels fit below a chart. */
function labelInterval(days: number): number {
  return Math.max(0, Math.ceil(days / 4) - 1);
}

/** Without what serves interaction only, and with ids that depend on the chart alone: the same report gives the same page. */
function tidy(svg: string, id: string): string {
  return svg
    .replace(/<style >.*?<\/style>\n?/gs, '')
    .replace(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, '')
    .replace(/\bzr\d+-/g, `${id}-`);
}
