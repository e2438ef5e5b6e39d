import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RehearsalReport } from '../../../../../bin/commands/rehearse/report/model';
import { renderReport, writeReport } from '../../../../../bin/commands/rehearse/report/write-report';
import { exampleReport, failedReport } from './example-report';

const HOSTILE = `</title></style><script>alert(1)</script><img src=x onerror="alert(2)">'&`;

/** The report with the hostile text wherever a text can stand. */
function hostileReport(): RehearsalReport {
  const spoil = (value: unknown): unknown => {
    // Kinds of charts and axes are our own words, and nothing is drawn without them.
    if (typeof value === 'string') return /^(line|bar|time|value|category)$/.test(value) ? value : HOSTILE;
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spoil(inner)]));
    }
    return value;
  };
  return spoil(exampleReport()) as RehearsalReport;
}

describe('writeReport', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('makes the folder and writes the report as JSON, nothing added', () => {
    const written = writeReport(exampleReport(), join(folder, 'a', 'b'));
    expect(JSON.parse(readFileSync(written.json, 'utf8'))).toEqual(exampleReport());
  });

  test('writes the page beside it', () => {
    const written = writeReport(exampleReport(), folder);
    expect(readFileSync(written.html, 'utf8')).toBe(renderReport(exampleReport()));
  });
});

describe('the page', () => {
  test('escapes every text', () => {
    const html = renderReport(hostileReport());
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/onerror="/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html.match(/<\/title>/g)).toHaveLength(1);
    expect(html.match(/<\/style>/g)).toHaveLength(1);
  });

  test('lets a browser ask for nothing', () => {
    const html = renderReport(exampleReport());
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.toMatch(/<(script|link|img|iframe)\b/);
    expect(html).not.toMatch(/(?:src|href|url)\s*[=(]\s*["']?(?!#|\()/);
  });

  test('shows failed checks before the charts, and the charts first when all is well', () => {
    const failed = renderReport(failedReport());
    const passed = renderReport(exampleReport());
    expect(failed.indexOf('id="checks"')).toBeLessThan(failed.indexOf('id="figures"'));
    expect(passed.indexOf('id="figures"')).toBeLessThan(passed.indexOf('id="checks"'));
  });

  test('describes each chart for those who do not see it', () => {
    const html = renderReport(exampleReport());
    expect(html.match(/role="img" aria-label="[^"]+: vwap [^"]+"/g)).toHaveLength(40);
  });

  test('stands without figures, environment, notes and checks', () => {
    const { stack, seed, rows, peakMemoryMiB, seconds } = exampleReport();
    const html = renderReport({ stack, seed, rows, peakMemoryMiB, seconds, resources: [], stages: [], checks: [] });
    expect(html).toContain('Nothing was checked');
    expect(html).not.toContain('id="figures"');
    expect(html).not.toContain('What differed from AWS');
    expect(html).not.toContain('undefined');
  });

  test('says when trades came from a file', () => {
    expect(renderReport({ ...exampleReport(), seed: null })).toContain('none, from a file');
  });

  test('is the same for the same report', () => {
    expect(renderReport(exampleReport())).toBe(renderReport(exampleReport()));
  });
});
