/** The site's only style sheet: system fonts, colours as variables, dark by the reader's preference. */
export const STYLES = `
:root {
  color-scheme: light dark;
  --page: light-dark(#f5f6f8, #12161b); --card: light-dark(#ffffff, #1a2027); --line: light-dark(#d5dae1, #343c47);
  --text: light-dark(#1b2430, #e5e9ee); --muted: light-dark(#535d6c, #a9b3c0); --link: light-dark(#1c58b3, #86b6ff);
  --good: light-dark(#14693a, #74d39b); --bad: light-dark(#a3221b, #ff9a91); --soft: light-dark(#e8edf5, #232b35);
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-padding-top: 16px; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere;
}
h1, h2, h3, p, figure, dl, dd { margin: 0; }
h1 { font-size: clamp(24px, 5vw, 32px); line-height: 1.2; letter-spacing: -0.01em; }
h2 { font-size: 20px; line-height: 1.3; margin-bottom: 12px; }
h3 { font-size: 16px; line-height: 1.4; }
a { color: var(--link); text-underline-offset: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 16px; top: -60px; background: var(--card); padding: 8px 12px; z-index: 1; }
.skip:focus { top: 8px; }
[hidden] { display: none !important; }

header {
  display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 24px; min-height: 56px;
  padding: 8px max(16px, calc((100vw - 1120px) / 2)); background: var(--card); border-bottom: 1px solid var(--line);
}
.home { font-weight: 650; color: var(--text); text-decoration: none; padding: 8px 0; }
main { max-width: 1152px; margin: 0 auto; padding: 32px 16px 80px; }
section { margin-top: 40px; }
.lead, .hint, .crumb { color: var(--muted); }
.lead { margin-bottom: 12px; }
.crumb a { display: inline-block; padding: 4px 0; }
.description { white-space: pre-line; margin-top: 12px; max-width: 80ch; unicode-bidi: isolate; }
.version, .count, .language {
  display: inline-block; font-size: 13px; line-height: 1.5; font-weight: 500; letter-spacing: 0; vertical-align: middle;
  padding: 1px 8px; border-radius: 999px; background: var(--soft); color: var(--text);
}
.note { margin-top: 16px; padding: 10px 14px; border-left: 4px solid var(--link); background: var(--card); }

input[type='search'] {
  width: 100%; min-height: 44px; padding: 8px 14px; border: 1px solid var(--muted); border-radius: 10px;
  background: var(--card); color: var(--text); font: inherit;
}
.search { margin: 24px 0 16px; }
.search label { display: block; font-weight: 600; margin-bottom: 6px; }
.hint { font-size: 14px; margin-top: 6px; }
.small { flex: 0 1 320px; }
kbd { border: 1px solid var(--line); border-radius: 4px; padding: 0 5px; background: var(--card); font: inherit; font-size: 13px; }

.domain { content-visibility: auto; contain-intrinsic-size: auto 480px; }
.cards {
  list-style: none; margin: 0; padding: 0; display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr));
}
.card { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px; min-width: 0; }
.card:hover { border-color: var(--link); }
.card a::after { content: ''; position: absolute; inset: 0; border-radius: 12px; }
.card a:focus-visible { outline: none; }
.card:focus-within { outline: 3px solid var(--link); outline-offset: 1px; }
.card p {
  color: var(--muted); margin-top: 4px; font-size: 15px; line-height: 1.45; overflow: hidden;
  display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical;
}
.card .state { margin-top: 8px; display: flex; color: var(--muted); }
.card .kept { color: var(--good); } .card .broken { color: var(--bad); }
@media (pointer: coarse) { .hint { display: none; } }

.facts { display: flex; flex-wrap: wrap; gap: 12px 40px; margin-top: 20px; }
dt { color: var(--muted); font-size: 14px; }
.facts dd { font-weight: 600; }
.terms div, .changes div { margin-bottom: 12px; max-width: 80ch; }
.changes dt { color: var(--text); font-weight: 600; font-size: 16px; }
.changes time { color: var(--muted); font-weight: 400; margin-left: 8px; }
.changes dd, .terms dd { white-space: pre-line; }

.state { display: inline-flex; align-items: baseline; gap: 8px; color: var(--muted); font-size: 15px; }
.state::before { content: '○'; }
.state.kept { color: var(--good); } .state.kept::before { content: '✓'; }
.state.broken { color: var(--bad); font-weight: 600; } .state.broken::before { content: '✕'; }

.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
table { border-collapse: collapse; width: 100%; font-size: 15px; overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: 9px 14px; border-top: 1px solid var(--line); font-weight: 400; }
thead th { border-top: 0; color: var(--muted); font-size: 14px; white-space: nowrap; }
code, pre { font: 14px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { overflow-x: auto; margin: 0; padding: 14px 16px; overflow-wrap: normal; }
.code { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin-bottom: 16px; }
figcaption { padding: 10px 16px; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
figcaption button {
  margin-left: auto; min-height: 32px; padding: 4px 14px; border: 1px solid var(--muted); border-radius: 8px; background: none;
  color: var(--text); font: inherit; font-size: 14px; cursor: pointer;
}
.steps { padding-left: 24px; } .steps li { margin-bottom: 16px; }
.steps pre { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin-top: 8px; }

.columns { display: grid; gap: 24px; margin-top: 20px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 240px), 1fr)); }
.columns ul { margin: 6px 0 0; padding-left: 20px; } .columns li { padding: 3px 0; }
.graph { display: block; margin: 16px auto; }
.graph .box { fill: var(--page); stroke: var(--muted); } .graph .here { fill: var(--soft); stroke: var(--link); stroke-width: 2.5; }
.graph .edge { fill: none; stroke: var(--muted); stroke-width: 1.5; } .graph .head { fill: var(--muted); }
.graph text { fill: var(--text); font-size: 14px; } .graph .domain { fill: var(--muted); font-size: 12px; content-visibility: visible; }
.graph a:hover .box { stroke: var(--link); }
@media print { header form, .hint, .search { display: none; } }
`;

/** Three boxes, one made of two. */
export const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1c58b3"/><path d="M11 10h4q3 0 3 6M11 22h4q3 0 3-6h3" fill="none" stroke="#fff" stroke-width="2"/><circle cx="8" cy="10" r="3.5" fill="#fff"/><circle cx="8" cy="22" r="3.5" fill="#fff"/><circle cx="24" cy="16" r="3.5" fill="#fff"/></svg>';
