/** The page's only style sheet: system fonts, colours as variables, dark by the reader's preference. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --text: #1b2430; --muted: #586272; --line: #dfe3e9; --link: #1f5fbf;
  --good: #14693a; --good-soft: #e3f3e9; --bad: #a3221b; --bad-soft: #fbe7e5; --warn: #7a4b00; --warn-soft: #fbf0da;
  --bar: #8fb0de; --source: #586272; --bronze: #9a5b2a; --silver: #6b7788; --gate: #1f5fbf; --gold: #a97a00;
  --stream: #b35900; --store: #a3221b; --warehouse: #1f5fbf; --serving: #14693a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161b; --card: #1a2027; --text: #e5e9ee; --muted: #a3adba; --line: #2c333d; --link: #7fb2ff;
    --good: #74d39b; --good-soft: #173325; --bad: #ff9a91; --bad-soft: #43201e; --warn: #f0bf6a; --warn-soft: #3a2d14;
    --bar: #3f669c; --source: #a3adba; --bronze: #cf8f5c; --silver: #b6c0cd; --gate: #7fb2ff; --gold: #e0b23e;
    --stream: #f0a35e; --store: #ff9a91; --warehouse: #7fb2ff; --serving: #74d39b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
}
main { max-width: 1180px; margin: 0 auto; padding: 32px 24px 64px; }
h1, h2, h3, p { margin: 0; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -0.01em; }
h2 { font-size: 20px; line-height: 1.3; margin-bottom: 4px; }
section { margin-top: 48px; }
.lead { color: var(--muted); max-width: 100ch; margin-bottom: 16px; }
.number { font-variant-numeric: tabular-nums; }
code { font: 0.9em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }

.verdict { border: 1px solid var(--line); border-left: 6px solid; border-radius: 12px; background: var(--card); padding: 24px; }
.verdict.passed { border-left-color: var(--good); }
.verdict.failed { border-left-color: var(--bad); }
.verdict .stack { color: var(--muted); margin-bottom: 4px; overflow-wrap: anywhere; }
.verdict.passed h1 { color: var(--good); }
.verdict.failed h1 { color: var(--bad); }
.facts { display: flex; flex-wrap: wrap; gap: 16px 40px; margin: 20px 0 0; }
.facts dt { color: var(--muted); font-size: 14px; }
.facts dd { margin: 0; font-weight: 600; font-variant-numeric: tabular-nums; }

.pipeline { list-style: none; margin: 0; padding: 0; display: flex; gap: 28px; }
.step {
  position: relative; flex: 1 1 0; min-width: 0; background: var(--card); border: 1px solid var(--line);
  border-top: 4px solid var(--line); border-radius: 10px; padding: 14px 16px 16px; container-type: inline-size;
}
.step.source { border-top-color: var(--source); } .step.bronze { border-top-color: var(--bronze); }
.step.silver { border-top-color: var(--silver); } .step.gate { border-top-color: var(--gate); }
.step.gold { border-top-color: var(--gold); } .step.stream { border-top-color: var(--stream); }
.step.store { border-top-color: var(--store); } .step.warehouse { border-top-color: var(--warehouse); }
.step.serving { border-top-color: var(--serving); }
.step.idle { border-style: dashed; }
.step + .step::before {
  content: ''; position: absolute; left: -23px; top: 50%; width: 9px; height: 9px; margin-top: -6px;
  border: solid var(--muted); border-width: 2px 2px 0 0; transform: rotate(45deg);
}
.step + .step::after {
  content: ''; position: absolute; left: -25px; top: 50%; width: 14px; height: 2px; margin-top: -2px; background: var(--muted);
}
.step h3 { font-size: 16px; }
.step .engine { color: var(--muted); font-size: 13px; min-height: 2.9em; line-height: 1.45; }
.step dl { margin: 8px 0 0; display: grid; grid-template-columns: auto auto; gap: 2px 8px; font-size: 14px; }
.step dt { color: var(--muted); }
.step dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
.step dd.some { color: var(--warn); font-weight: 600; }

.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 16px; margin: 0; padding: 0; list-style: none; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px 6px; min-width: 0; }
.card h3 { font-size: 15px; overflow-wrap: anywhere; }
.card .price { float: right; font-weight: 400; color: var(--muted); font-size: 14px; font-variant-numeric: tabular-nums; }
.own-chart { margin: 0 0 16px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.own-chart figcaption { padding: 14px 16px 0; } .own-chart .chart { padding: 8px 16px 12px; }
.chart svg { display: block; width: 100%; height: auto; }
.dark-only { display: none; }
@media (prefers-color-scheme: dark) { .dark-only { display: block; } .light-only { display: none; } }
.key { display: inline-block; width: 14px; height: 4px; border-radius: 2px; vertical-align: middle; margin-right: 4px; background: var(--link); }
.key.volume { height: 10px; background: var(--bar); }

.sheet { background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
table { width: 100%; border-collapse: collapse; font-size: 15px; }
th, td { text-align: left; vertical-align: top; padding: 9px 16px; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { border-top: 0; color: var(--muted); font-size: 13px; font-weight: 600; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; white-space: nowrap; }
.checks th:first-child, .checks td:first-child { width: 92px; white-space: nowrap; }
.checks td { width: 30%; }
.badge { display: inline-block; border-radius: 999px; padding: 0 10px; font-size: 13px; font-weight: 600; line-height: 22px; }
.badge.passed, .badge.executed { color: var(--good); background: var(--good-soft); }
.badge.failed, .badge.unsupported { color: var(--bad); background: var(--bad-soft); }
.badge.recorded { color: var(--warn); background: var(--warn-soft); }

.bars th { width: 42%; }
.bars td.number { width: 116px; }
.bar { display: block; height: 12px; margin-top: 6px; min-width: 2px; border-radius: 3px; background: var(--bar); }
.columns { display: grid; grid-template-columns: 1fr 1fr; gap: 24px; }
.columns > * { min-width: 0; }
.columns > section { margin-top: 48px; }
.columns + section { margin-top: 48px; }

.counts { display: flex; flex-wrap: wrap; gap: 16px; border: 0; margin: 0 0 16px; padding: 0; }
.counts label {
  flex: 1 1 200px; background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 16px;
  cursor: pointer; font-size: 14px; color: var(--muted);
}
.counts b { display: block; color: var(--text); font-size: 15px; }
.counts .much { font-size: 22px; font-variant-numeric: tabular-nums; margin-right: 6px; }
.counts input { position: absolute; opacity: 0; }
.counts label:has(input:checked) { border-color: var(--link); box-shadow: inset 0 0 0 1px var(--link); }
.counts label:has(input:focus-visible) { outline: 3px solid var(--link); outline-offset: 2px; }
.resources:has([value='executed']:checked) .resource:not(.is-executed),
.resources:has([value='recorded']:checked) .resource:not(.is-recorded),
.resources:has([value='unsupported']:checked) .resource:not(.is-unsupported),
.resources:has([value='executed']:checked) .group:not(.has-executed),
.resources:has([value='recorded']:checked) .group:not(.has-recorded),
.resources:has([value='unsupported']:checked) .group:not(.has-unsupported) { display: none; }
details { border-top: 1px solid var(--line); }
.sheet > details:first-child { border-top: 0; }
summary { cursor: pointer; padding: 9px 16px; display: flex; gap: 10px; align-items: baseline; flex-wrap: wrap; }
summary::before { content: '\\25B8'; color: var(--muted); width: 10px; }
details[open] > summary::before { content: '\\25BE'; }
summary::-webkit-details-marker { display: none; }
summary:focus-visible { outline: 3px solid var(--link); outline-offset: -3px; }
summary .much { margin-left: auto; color: var(--muted); font-size: 14px; font-variant-numeric: tabular-nums; }
details ul { list-style: none; margin: 0; padding: 0 16px 10px 36px; }
.resource { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; padding: 4px 0; }
.resource .note { color: var(--muted); font-size: 14px; }
.standalone { margin-top: 16px; }
.notes { margin: 0; padding: 12px 16px 12px 36px; }
.notes li + li { margin-top: 6px; }
footer { margin-top: 48px; color: var(--muted); font-size: 14px; }

/* Of many steps each is narrow: names stand above their numbers. */
@container (max-width: 150px) {
  .step dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .step dt { font-size: 12px; line-height: 1.3; }
  .step dd { text-align: left; }
  .step dd + dt { margin-top: 4px; }
}

@media (max-width: 860px) {
  main { padding: 20px 16px 48px; }
  h1 { font-size: 25px; }
  .verdict { padding: 18px; }
  .facts { gap: 12px 28px; }
  .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .pipeline { flex-direction: column; gap: 30px; }
  .step .engine { min-height: 0; }
  .step dl { grid-template-columns: repeat(2, auto 1fr); gap: 2px 10px; }
  .step dd { text-align: left; }
  .step + .step::before { left: 50%; top: -20px; margin: 0 0 0 -5px; transform: rotate(135deg); }
  .step + .step::after { left: 50%; top: -26px; width: 2px; height: 14px; margin: 0 0 0 -1px; }
  .cards { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; }
  .card .price { float: none; display: block; }
  .stacked thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .stacked tr, .stacked th, .stacked td { display: block; width: auto !important; border: 0; }
  .stacked tr { border-top: 1px solid var(--line); padding: 10px 16px; }
  .stacked tbody tr:first-child { border-top: 0; }
  .stacked th, .stacked td { padding: 1px 0; }
  .stacked td[data-name] { display: inline-block; margin-right: 20px; }
  .checks td:first-child { float: right; margin-left: 8px; }
  .stacked td[data-name]::before { content: attr(data-name) ' '; color: var(--muted); font-size: 13px; }
  .bars th, .bars td { padding: 8px 10px; }
  .bars th { width: 48%; }
  .bars td.number { width: 84px; }
  .compact th, .compact td { padding: 6px 8px; font-size: 13px; }
  .compact td.number { white-space: normal; }
}
@media print {
  :root { color-scheme: light; }
  body { background: #fff; }
  main { max-width: none; padding: 0; }
  section { margin-top: 24px; }
  .card, .step, tr, .verdict { break-inside: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;
