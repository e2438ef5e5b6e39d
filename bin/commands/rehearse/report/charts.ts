import * as echarts from 'echarts';
import type { SymbolFigures } from './model';

export type Theme = 'light' | 'dark';

interface Palette {
  readonly text: string;
  readonly grid: string;
  readonly price: string;
  readonly volume: string;
}

// Text reaches 4.5:1 on the page's card colour in either theme.
const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: { text: '#5b6472', grid: '#e6e9ee', price: '#1f5fbf', volume: '#8fb0de' },
  dark: { text: '#a3adba', grid: '#2c333d', price: '#7fb2ff', volume: '#3f669c' },
};
const FONT = 'system-ui, sans-serif';
const WIDTH = 240;
const HEIGHT = 132;

/** One symbol's vwap as a line above its volume as bars, as an SVG without scripts; `id` sets its inner ids apart. Doubles will do for plotting. */
export function symbolChart(figures: SymbolFigures, days: readonly string[], theme: Theme, id: string): string {
  const colours = PALETTES[theme];
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const plotted = (values: readonly (string | null)[]) =>
    values.map((value) => (value === null ? null : Number(value)));
  const labels = days.map((day) => day.slice(5));
  const text = { color: colours.text, fontFamily: FONT, fontSize: 11 };
  chart.setOption({
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
  });
  const svg = chart.renderToSVGString({ useViewBox: true });
  chart.dispose();
  return tidy(svg, id);
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
