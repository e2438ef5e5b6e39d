import { existsSync, mkdtempSync, readFileSync, rmSync } from 'fs';
import { createServer } from 'http';
import type { AddressInfo } from 'net';
import { tmpdir } from 'os';
import { join } from 'path';
import type { RehearsalReport } from '../../bin/commands/rehearse/report/model';
import { launchBrowser } from '../support/browser';
import { CliResult, rehearse } from './cli';

const MINUTE = 60_000;
const out = mkdtempSync(join(tmpdir(), 'data-patterns-mesh-'));
let result: CliResult;
let report: RehearsalReport;

beforeAll(async () => {
  ({ result, report } = await rehearse(['TradingMesh', '--rows', '2000'], out));
}, 15 * MINUTE);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test('the products of three domains, each computed in its own account, are what another computation finds', () => {
  expect(report.checks.filter(({ passed }) => !passed)).toEqual([]);
  const names = report.checks.map(({ name }) => name);
  for (const product of ['volumes', 'exposures', 'var', 'limits', 'revenue', 'costs', 'pnl']) {
    expect(names).toContain(`${product}: every value`);
  }
  expect(names).toContain('pnl: reconciles with the trades to the last decimal');
  expect(names).toContain('federated query: one query joins products of three domains');
  expect(result.code).toBe(0);
});

test('people of a domain read what they were given, and nothing else', () => {
  const doors = report.checks.filter(({ name }) => name.startsWith('access: '));
  expect(doors).toHaveLength(4);
  expect(doors.every(({ actual }) => actual.startsWith('FAILED: '))).toBe(true);
});

test('people of a domain that has subscribed ask the API of another one, and nobody else does', () => {
  const api = report.checks.filter(({ name }) => name.startsWith('api: '));
  expect(api).toHaveLength(6);
  expect(api.map(({ actual }) => actual)).toEqual(expect.arrayContaining(['200', '400', '403', 'AccessDenied']));
});

test('a broken promise rings the alarm of its own domain, and the portal shows it', async () => {
  const rung = report.checks
    .filter(({ name }) => name.includes("rings, and nobody else's"))
    .map(({ actual }) => actual);
  expect(rung).toEqual([
    // On a slow machine the quotes, which promise five minutes as well, are late by then.
    expect.stringContaining('trading.trades v1 freshness (222222222222), trading.trades v1 quality (222222222222)'),
    expect.stringContaining('finance.costs v1 quality (444444444444)'),
    expect.stringContaining('risk.var v1 availability (333333333333)'),
  ]);
  const cards = await cardsOf(join(out, 'portal'));
  expect(cards.filter((text) => / broken$/.test(text)).map((text) => text.split('\n')[0])).toEqual(
    expect.arrayContaining(['costs v1', 'var v1', 'trades v1']),
  );
});

/** What the cards of the portal's first page say in a browser. */
async function cardsOf(folder: string): Promise<string[]> {
  const server = createServer(({ url = '/' }, response) => {
    const file = join(folder, url === '/' ? 'index.html' : url);
    const type = { html: 'text/html', css: 'text/css', js: 'text/javascript' }[file.split('.').pop() ?? ''];
    if (type) response.setHeader('content-type', type);
    response.end(existsSync(file) ? readFileSync(file) : '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 1400 } });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.locator('.card .state').first().waitFor();
    // Looked at by people, where PORTAL_SCREENSHOTS says so.
    const { PORTAL_SCREENSHOTS: screenshots } = process.env;
    if (screenshots) await page.screenshot({ path: join(screenshots, 'mesh-rehearsal.png'), fullPage: true });
    return await page.locator('.card').allInnerTexts();
  } finally {
    await browser.close();
    server.close();
  }
}

test('every job of every domain was executed', () => {
  const jobs = report.resources.filter(({ type }) => type === 'AWS::Glue::Job');
  expect(jobs.length).toBeGreaterThanOrEqual(10);
  expect(jobs.filter(({ label }) => label !== 'executed')).toEqual([]);
});
