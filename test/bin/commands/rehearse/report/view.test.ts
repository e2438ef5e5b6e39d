import type { ReportedChart, ReportedCheck } from '../../../../../bin/commands/rehearse/report/model';
import { verdictOf, viewOf } from '../../../../../bin/commands/rehearse/report/view';
import { exampleReport, failedReport } from './example-report';

const check = (passed: boolean): ReportedCheck => ({ name: 'n', expected: 'e', actual: 'a', passed });

describe('the verdict', () => {
  test('is good only when every check passed', () => {
    expect(verdictOf([check(true), check(true)])).toEqual({ passed: true, headline: 'All 2 checks passed' });
    expect(verdictOf([check(true), check(false)])).toEqual({ passed: false, headline: '1 of 2 checks failed' });
  });

  test('is not good when nothing was checked', () => {
    expect(verdictOf([])).toEqual({ passed: false, headline: 'Nothing was checked' });
  });
});

describe('the pipeline', () => {
  test('shows each step with the stage that played it, and a step that did not run as such', () => {
    const report = exampleReport();
    const steps = viewOf({
      ...report,
      pipeline: {
        lead: '',
        steps: [
          { title: 'Kafka', kind: 'source', stage: 'Kafka' },
          { title: 'Gold', kind: 'gold', stage: null },
        ],
      },
    }).pipeline;
    expect(steps.map(({ title, stage }) => [title, stage?.rowsOut])).toEqual([
      ['Kafka', 100_000],
      ['Gold', undefined],
    ]);
  });

  test('is not drawn when the report has none', () => {
    expect(viewOf({ ...exampleReport(), pipeline: undefined }).pipeline).toEqual([]);
  });
});

describe('a chart of its own', () => {
  const chart: ReportedChart = {
    title: 'Lag',
    lead: 'How far behind.',
    kind: 'line',
    x: { kind: 'time', name: 'time' },
    y: { name: 'messages' },
    series: [
      { name: 'flink', points: [[0, 5], [1000, null]] }, // prettier-ignore
      { name: 'sink', points: [[1000, 1234567.5]] },
    ],
  };

  test('stands as a table beside the picture, a gap as nothing', () => {
    const [card] = viewOf({ ...exampleReport(), charts: [chart] }).charts;
    expect(card.table).toEqual([
      ['time', 'flink', 'sink'],
      ['1970-01-01 00:00:00 UTC', '5', ''],
      ['1970-01-01 00:00:01 UTC', '', '1,234,567.5'],
    ]);
    expect(card.light).toMatch(/^<svg/);
    expect(card.light).not.toBe(card.dark);
  });
});

describe('the view', () => {
  test('puts failed checks first and keeps the order otherwise', () => {
    const names = viewOf(failedReport()).checks.map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['silver: price of every row', 'gold: rows', 'bronze: rows']);
  });

  test('counts resources by label, recorded apart from executed', () => {
    const counts = viewOf(exampleReport()).resourceCounts.map(({ label, count }) => [label, count]);
    expect(counts).toEqual([
      ['executed', 9],
      ['recorded', 7],
      ['unsupported', 1],
    ]);
  });

  test('puts grants on the same action together, those that may be too much first', () => {
    const [silver, gold] = viewOf(exampleReport()).roles;
    expect(silver.unused.map(({ action, resources }) => [action, resources.length])).toEqual([
      ['glue:GetPartitions', 2],
      ['logs:PutLogEvents', 1],
    ]);
    expect([silver.unexplained, silver.denied.length, gold.unexplained]).toEqual([1, 1, 0]);
  });

  test('groups resources by type', () => {
    const groups = viewOf(exampleReport()).resourceGroups;
    expect(groups.map(({ type }) => type)).toEqual([...groups.map(({ type }) => type)].sort());
    expect(groups.find(({ type }) => type === 'AWS::IAM::Role')?.resources).toHaveLength(4);
  });

  test('scales bars to the longest one', () => {
    const [first, second] = viewOf(exampleReport()).codes;
    expect(first.share).toBe(1);
    expect(second.share).toBeCloseTo(499 / 627, 12);
  });

  test('tells figures to the last digit', () => {
    const report = exampleReport();
    const figures = {
      days: ['2026-01-05', '2026-01-06'],
      symbols: [
        { symbol: 'A', vwap: ['1234567890.12345678', null], volume: ['0.10000000', null], trades: [1200, null] },
      ],
      validationCodes: [],
    };
    expect(viewOf({ ...report, figures }).figureRows).toEqual([
      { symbol: 'A', day: '2026-01-05', vwap: '1,234,567,890.12345678', volume: '0.1', trades: '1,200' },
    ]);
  });

  test('draws the symbols with most trades and says how many more there are', () => {
    const report = exampleReport();
    const symbols = Array.from({ length: 30 }, (_, place) => {
      return { symbol: `S${place}`, vwap: ['1.0'], volume: ['1.0'], trades: [place] };
    });
    const view = viewOf({ ...report, figures: { days: ['2026-01-05'], symbols, validationCodes: [] } });
    expect(view.symbols).toHaveLength(24);
    expect(view.symbols.map(({ symbol }) => symbol)).not.toContain('S5');
    expect(view.hiddenSymbols).toBe(6);
  });

  test('needs no figures', () => {
    const view = viewOf({ ...exampleReport(), figures: undefined });
    expect([view.symbols, view.codes, view.figureRows]).toEqual([[], [], []]);
  });
});
