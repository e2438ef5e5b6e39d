// Eta templates: `<%=` escapes everything, `<%~` stands only before our own SVG, style sheet and templates.

/** The whole page. It includes `@checks`, `@figures` and `@charts`: what failed comes before what is nice to look at. */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title><%= it.report.stack %>: <%= it.verdict.headline %></title>
<style><%~ it.styles %></style>
</head>
<body>
<main>
<header class="verdict <%= it.verdict.passed ? 'passed' : 'failed' %>">
  <p class="stack">Rehearsal of <strong><%= it.report.stack %></strong></p>
  <h1><%= it.verdict.headline %></h1>
  <dl class="facts">
    <div><dt>Events</dt><dd><%= it.format.count(it.report.rows) %></dd></div>
    <div><dt>Seed</dt><dd><%= it.report.seed === null ? 'none, from a file' : it.report.seed %></dd></div>
    <div><dt>Time</dt><dd><%= it.format.duration(it.report.seconds) %></dd></div>
    <div><dt>Peak memory</dt><dd><%= it.format.memory(it.report.peakMemoryMiB) %></dd></div>
    <% if (it.report.finishedAt) { %><div><dt>Finished</dt><dd><%= it.format.instant(it.report.finishedAt) %></dd></div><% } %>
  </dl>
</header>

<% if (it.pipeline.length > 0) { %>
<section aria-labelledby="pipeline">
  <h2 id="pipeline">The way of the data</h2>
  <p class="lead"><%= it.report.pipeline.lead %></p>
  <ol class="pipeline">
    <% for (const step of it.pipeline) { %>
    <li class="step <%= step.kind %><%= step.stage ? '' : ' idle' %>">
      <h3><%= step.title %></h3>
      <% if (step.stage) { %>
      <p class="engine"><%= step.stage.engine %> <%= step.stage.version %></p>
      <dl>
        <dt>In</dt><dd><%= it.format.count(step.stage.rowsIn) %></dd>
        <dt>Out</dt><dd><%= it.format.count(step.stage.rowsOut) %></dd>
        <dt>Rejected</dt><dd<%~ step.stage.rowsRejected > 0 ? ' class="some"' : '' %>><%= it.format.count(step.stage.rowsRejected) %></dd>
        <dt>Time</dt><dd><%= it.format.duration(step.stage.seconds) %></dd>
      </dl>
      <% } else { %><p class="engine">did not run</p><% } %>
    </li>
    <% } %>
  </ol>
</section>
<% } %>

<% if (it.report.totals && it.report.totals.length > 0) { %>
<section aria-labelledby="totals">
  <h2 id="totals">Totals, place by place</h2>
  <p class="lead">What each place holds, and how it follows from the one before. Turnover is the exact sum of price times quantity of the valid trades.</p>
  <div class="sheet">
  <table class="stacked">
    <thead><tr><th scope="col">Place</th><th scope="col" class="number">Rows</th><th scope="col" class="number">Turnover</th><th scope="col">How it follows</th></tr></thead>
    <tbody>
    <% for (const total of it.report.totals) { %>
    <tr><th scope="row"><%= total.place %></th><td class="number" data-name="Rows"><%= it.format.count(total.rows) %></td><td class="number" data-name="Turnover"><%= total.turnover === null ? '—' : it.format.decimal(total.turnover) %></td><td data-name="How it follows"><%= total.follows %></td></tr>
    <% } %>
    </tbody>
  </table>
  </div>
</section>
<% } %>

<% if (it.verdict.passed) { %>
<%~ include('@figures', it) %>
<%~ include('@charts', it) %>
<%~ include('@checks', it) %>
<% } else { %>
<%~ include('@checks', it) %>
<%~ include('@figures', it) %>
<%~ include('@charts', it) %>
<% } %>

<div class="columns">
<% if (it.report.figures) { %>
<section aria-labelledby="codes">
  <h2 id="codes">Why rows are invalid</h2>
  <p class="lead">Silver rows by validation code; a row may have several.</p>
  <div class="sheet">
  <table class="bars">
    <thead><tr><th scope="col">Code</th><th scope="col"><span aria-hidden="true"></span></th><th scope="col" class="number">Rows</th></tr></thead>
    <tbody>
    <% for (const bar of it.codes) { %>
    <tr><th scope="row"><code><% bar.label.split(':').forEach((part, place) => { %><% if (place > 0) { %>:<wbr><% } %><%= part %><% }) %></code></th><td><span class="bar" style="width: <%= (bar.share * 100).toFixed(1) %>%"></span></td><td class="number"><%= it.format.count(bar.value) %></td></tr>
    <% } %>
    <% if (it.codes.length === 0) { %><tr><td colspan="3">Every row is valid.</td></tr><% } %>
    </tbody>
  </table>
  </div>
</section>
<% } %>

<section aria-labelledby="timings">
  <h2 id="timings">Where the time went</h2>
  <p class="lead">Wall time of each stage.</p>
  <div class="sheet">
  <table class="bars">
    <thead><tr><th scope="col">Stage</th><th scope="col"><span aria-hidden="true"></span></th><th scope="col" class="number">Time</th></tr></thead>
    <tbody>
    <% for (const bar of it.timings) { %>
    <tr><th scope="row"><%= bar.label %></th><td><span class="bar" style="width: <%= (bar.share * 100).toFixed(1) %>%"></span></td><td class="number"><%= it.format.duration(bar.value) %></td></tr>
    <% } %>
    </tbody>
  </table>
  </div>
</section>
</div>

<section class="resources" aria-labelledby="resources">
  <h2 id="resources">Resources</h2>
  <p class="lead">Every resource of the deployed template, by how much of it was real. Recorded is never counted as checked.</p>
  <fieldset class="counts" aria-label="Show resources by label">
    <label><input type="radio" name="label" value="all" checked><b><span class="much"><%= it.format.count(it.report.resources.length) %></span>all</b>in the template</label>
    <% for (const tile of it.resourceCounts) { %>
    <label><input type="radio" name="label" value="<%= tile.label %>"><b><span class="much"><%= it.format.count(tile.count) %></span><%= tile.label %></b><%= tile.meaning %></label>
    <% } %>
  </fieldset>
  <div class="sheet">
    <% for (const group of it.resourceGroups) { %>
    <details class="group <%= group.labels.map((label) => 'has-' + label).join(' ') %>">
      <summary><code><%= group.type %></code><% for (const label of group.labels) { %><span class="badge <%= label %>"><%= label %></span><% } %><span class="much"><%= it.format.count(group.resources.length) %></span></summary>
      <ul>
        <% for (const resource of group.resources) { %>
        <li class="resource is-<%= resource.label %>"><span class="badge <%= resource.label %>"><%= resource.label %></span><code><%= resource.logicalId %></code><% if (resource.note) { %><span class="note"><%= resource.note %></span><% } %></li>
        <% } %>
      </ul>
    </details>
    <% } %>
  </div>
</section>

<% if (it.roles.length > 0) { %>
<section aria-labelledby="permissions">
  <h2 id="permissions">Permissions</h2>
  <p class="lead">Every request was judged by the policies of the role that sent it. What a role may do and nothing here did is either needed on AWS alone, or too much.</p>
  <div class="sheet">
    <% for (const role of it.roles) { %>
    <details>
      <summary><code><%= role.role %></code><% if (role.denied.length > 0) { %><span class="badge failed">denied</span><% } %><% if (role.unexplained > 0) { %><span class="badge recorded">unused</span><% } %><span class="much"><%= it.format.count(role.used) %> of <%= it.format.count(role.granted) %> grants used</span></summary>
      <ul>
        <% for (const grant of role.denied) { %>
        <li class="resource"><span class="badge failed">denied</span><code><%= grant.action %></code><span class="note"><%= grant.resources.join(', ') %></span></li>
        <% } %>
        <% for (const grant of role.unused) { %>
        <li class="resource"><span class="badge recorded">unused</span><code><%= grant.action %></code><span class="note"><% if (grant.reason) { %><%= grant.reason %><% } else { %><%= grant.resources.join(', ') %><% } %></span></li>
        <% } %>
      </ul>
    </details>
    <% } %>
  </div>
</section>
<% } %>

<% if (it.report.faults && it.report.faults.length > 0) { %>
<section aria-labelledby="faults">
  <h2 id="faults">Broken on purpose</h2>
  <p class="lead">What was struck while the last part of the trades was on its way. A fault counts when its table has a commit before and one after it.</p>
  <div class="sheet">
  <table class="stacked">
    <thead><tr><th scope="col">What</th><th scope="col">Table</th><th scope="col">Commits</th><th scope="col">What came of it</th></tr></thead>
    <tbody>
    <% for (const fault of it.report.faults) { %>
    <tr><th scope="row"><%= fault.name %></th><td data-name="Table"><code><%= fault.table %></code></td><td data-name="Commits"><%= fault.versionBefore %> before, <%= fault.versionAfter %> after</td><td data-name="What came of it"><%= fault.effect %></td></tr>
    <% } %>
    </tbody>
  </table>
  </div>
</section>
<% } %>

<% if (it.report.environment && it.report.environment.length > 0) { %>
<section aria-labelledby="environment">
  <h2 id="environment">What differed from AWS</h2>
  <p class="lead">The template, the code and its arguments were the deployed ones; these settings of the surroundings were not.</p>
  <div class="sheet">
  <table class="stacked">
    <thead><tr><th scope="col">What</th><th scope="col">On AWS</th><th scope="col">Here</th></tr></thead>
    <tbody>
    <% for (const difference of it.report.environment) { %>
    <tr><th scope="row"><%= difference.what %></th><td data-name="On AWS"><%= difference.onAws %></td><td data-name="Here"><%= difference.here %></td></tr>
    <% } %>
    </tbody>
  </table>
  </div>
</section>
<% } %>

<% if (it.report.notes && it.report.notes.length > 0) { %>
<section aria-labelledby="notes">
  <h2 id="notes">Not enforced here</h2>
  <p class="lead">Only a deployment to AWS can show these.</p>
  <div class="sheet"><ul class="notes"><% for (const note of it.report.notes) { %><li><%= note %></li><% } %></ul></div>
</section>
<% } %>

<footer>Written by <code>data-patterns rehearse</code>. The same facts for machines are in <code>report.json</code>, the final tables in <code>tables/</code>.</footer>
</main>
</body>
</html>
`;

export const CHECKS = `<section aria-labelledby="checks">
  <h2 id="checks">Checks</h2>
  <p class="lead">What an independent computation over the raw events expects, against what the deployed jobs wrote.</p>
  <div class="sheet">
  <table class="checks stacked">
    <thead><tr><th scope="col">Result</th><th scope="col">Check</th><th scope="col">Expected</th><th scope="col">Actual</th></tr></thead>
    <tbody>
    <% for (const check of it.checks) { %>
    <tr>
      <td><span class="badge <%= check.passed ? 'passed' : 'failed' %>"><%= check.passed ? 'passed' : 'failed' %></span></td>
      <th scope="row"><%= check.name %></th>
      <td data-name="Expected"><%= check.expected %></td>
      <td data-name="Actual"><%= check.actual %></td>
    </tr>
    <% } %>
    <% if (it.checks.length === 0) { %><tr><td colspan="4">The rehearsal ended before anything could be checked.</td></tr><% } %>
    </tbody>
  </table>
  </div>
</section>
`;

export const FIGURES = `<% if (it.symbols.length > 0) { %>
<section aria-labelledby="figures">
  <h2 id="figures">Gold, symbol by symbol</h2>
  <p class="lead"><span class="key"></span>volume-weighted average price and <span class="key volume"></span>traded volume of each UTC day; beside the name the last day's price.
  Each chart has its own scale.<% if (it.hiddenSymbols > 0) { %> <%= it.format.count(it.hiddenSymbols) %> more symbols are in the gold table.<% } %></p>
  <ul class="cards">
    <% for (const card of it.symbols) { %>
    <li class="card">
      <h3><span class="price"><%= card.lastPrice %></span><%= card.symbol %></h3>
      <div class="chart light-only" role="img" aria-label="<%= card.summary %>"><%~ card.light %></div>
      <div class="chart dark-only" role="img" aria-label="<%= card.summary %>"><%~ card.dark %></div>
    </li>
    <% } %>
  </ul>
  <div class="sheet standalone">
  <details>
    <summary>The same as a table, exact<span class="much"><%= it.format.count(it.figureRows.length) %> rows</span></summary>
    <table class="compact">
      <thead><tr><th scope="col">Symbol</th><th scope="col">Day</th><th scope="col" class="number">vwap</th><th scope="col" class="number">Volume</th><th scope="col" class="number">Trades</th></tr></thead>
      <tbody>
      <% for (const row of it.figureRows) { %>
      <tr><th scope="row"><%= row.symbol %></th><td><%= row.day %></td><td class="number"><%= row.vwap %></td><td class="number"><%= row.volume %></td><td class="number"><%= row.trades %></td></tr>
      <% } %>
      </tbody>
    </table>
  </details>
  </div>
</section>
<% } %>
`;

export const CHARTS = `<% if (it.charts.length > 0) { %>
<section aria-labelledby="charts">
  <h2 id="charts">As it went</h2>
  <% for (const { chart, light, dark, table } of it.charts) { %>
  <figure class="own-chart">
    <figcaption><h3><%= chart.title %></h3><p class="lead"><%= chart.lead %></p></figcaption>
    <div class="chart light-only" role="img" aria-label="<%= chart.title %>"><%~ light %></div>
    <div class="chart dark-only" role="img" aria-label="<%= chart.title %>"><%~ dark %></div>
    <details>
      <summary>The same as a table<span class="much"><%= it.format.count(table.length - 1) %> rows</span></summary>
      <table class="compact">
        <thead><tr><% for (const cell of table[0]) { %><th scope="col"><%= cell %></th><% } %></tr></thead>
        <tbody>
        <% for (const row of table.slice(1)) { %>
        <tr><% row.forEach((cell, place) => { %><% if (place === 0) { %><th scope="row"><%= cell %></th><% } else { %><td class="number"><%= cell %></td><% } %><% }) %></tr>
        <% } %>
        </tbody>
      </table>
    </details>
  </figure>
  <% } %>
</section>
<% } %>
`;
