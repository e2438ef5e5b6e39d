import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser } from '../../../support/browser';
import { HOSTILE_PRODUCT, HOSTILE_TEXT, NINE_PRODUCTS } from './nine-products';

jest.setTimeout(60_000);

const CLI = resolve(__dirname, '../../../../dist/bin/data-patterns.js');
const AXE = readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8');
const PAGE_CHECKS = readFileSync(join(__dirname, '../../../support/page-checks.js'), 'utf8');
const TRADES = 'products/trading.trades.v1.html';
const HOSTILE = 'products/risk.hostile.v1.html';

let folder: string;
let server: ChildProcessByStdio<null, Readable, null>;
let site: string;
let browser: Browser;

beforeAll(async () => {
  // Screenshots are for people, to be looked at where PORTAL_SCREENSHOTS says; nothing compares pixels.
  folder = mkdtempSync(join(tmpdir(), 'portal-'));
  const files = Object.entries({ ...NINE_PRODUCTS, 'risk.hostile': HOSTILE_PRODUCT }).map(([name, text]) => {
    const file = join(folder, `${name}.yaml`);
    writeFileSync(file, text);
    return file;
  });
  server = spawn(process.execPath, [CLI, 'product', 'portal', ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
  site = await new Promise<string>((found, failed) => {
    server.once('exit', (status) => failed(new Error(`the portal ended with ${status}`)));
    server.stdout.once('data', (text) => found(String(text).split(' ')[0]));
  });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** Console errors and warnings, page errors, breaches of the policy of contents. */
  readonly complaints: string[];
}

/** A state as the deployed portal writes it, measured just now. */
function state() {
  const since = '2026-11-28T12:00:00.000Z';
  const kept = { state: 'kept', since };
  return {
    at: new Date().toISOString(),
    products: {
      'trading.trades v1': { freshness: { state: 'broken', since }, availability: kept, quality: { state: 'unknown' } },
      'risk.exposures v1': { freshness: kept },
    },
  };
}

async function open(path: string, options: BrowserContextOptions = {}, measured?: object): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  if (measured) await page.route('**/state.json', (route) => route.fulfill({ json: measured }));
  await page.goto(site + path, { waitUntil: 'networkidle' });
  return { page, complaints };
}

function inPage<T>(page: Page, check: 'faintTexts' | 'widths'): Promise<T> {
  return page.evaluate(`${PAGE_CHECKS.trim().replace(/;$/, '')}.${check}()`);
}

interface Violations {
  readonly violations: { id: string; nodes: { html: string }[] }[];
}

async function violations(page: Page): Promise<string[]> {
  const { violations: found } = (await page.evaluate(`${AXE}; axe.run(document)`)) as Violations;
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 120)}`));
}

const cases = ['index.html', 'index.html?q=trade', TRADES, HOSTILE].flatMap((path) =>
  [1280, 390].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [path, width, scheme] as const)),
);

test.each(cases)(
  '%s at %d px in the %s: accessible by axe, readable, no wider than the window',
  async (path, width, scheme) => {
    const { page, complaints } = await open(path, { viewport: { width, height: 900 }, colorScheme: scheme }, state());
    if (path.includes('?')) await page.getByRole('list', { name: 'Products found' }).waitFor();
    expect(await violations(page)).toEqual([]);
    const { checked, faint } = await inPage<{ checked: number; faint: object[] }>(page, 'faintTexts');
    expect(checked).toBeGreaterThan(10);
    expect(faint).toEqual([]);
    const { scrollWidth, clientWidth } = await inPage<{ scrollWidth: number; clientWidth: number }>(page, 'widths');
    expect(scrollWidth).toBeLessThanOrEqual(clientWidth);
    expect(complaints).toEqual([]);
    if (process.env.PORTAL_SCREENSHOTS) {
      const name = `${path.replace(/\W+/g, '-')}-${width}-${scheme}.png`;
      await page.screenshot({ path: join(process.env.PORTAL_SCREENSHOTS, name), fullPage: true });
    }
  },
);

test('the search finds by domain, name, column, owner and word, the best first, with a letter wrong, too', async () => {
  const { page } = await open('');
  const found = async (query: string) => {
    await page.getByRole('searchbox').fill(query);
    await page
      .getByRole('status')
      .filter({ hasText: /found|No product/ })
      .waitFor();
    await page.waitForURL(`${site}?q=${encodeURIComponent(query)}`);
    return page.locator('#results h2 a').allTextContents();
  };
  expect((await found('trades'))[0]).toBe('trading.trades');
  expect(await found('var_99')).toEqual(['risk.var']);
  expect((await found('finance')).sort()).toEqual(['finance.costs', 'finance.pnl', 'finance.revenue']);
  expect(await found('historical simulation')).toEqual(['risk.var']);
  expect(await found('comission')).toEqual(['finance.revenue']);
  expect(await found('nothing of the kind')).toEqual([]);
  await expect(page.getByRole('status').textContent()).resolves.toContain('Try a shorter word');
});

test('the keyboard searches, moves through what was found, opens it and clears', async () => {
  const { page } = await open('');
  const focused = () => page.evaluate<string>('document.activeElement.textContent || document.activeElement.id');
  await page.keyboard.press('/');
  await page.keyboard.type('trading');
  await page.getByRole('status').filter({ hasText: '4 products found.' }).waitFor();
  await page.keyboard.press('ArrowDown');
  const first = await focused();
  await page.keyboard.press('ArrowDown');
  expect(await focused()).not.toBe(first);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await focused()).toBe('query');
  await page.keyboard.press('Escape');
  expect(await page.getByRole('list', { name: 'Products found' }).isVisible()).toBe(false);
  await page.keyboard.type('pnl');
  await page.getByRole('status').filter({ hasText: '1 product found.' }).waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/products/finance.pnl.v1.html');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the content');
});

test('from a page of a product its search leads to what was found, and without scripts every product is listed', async () => {
  const { page } = await open(TRADES);
  await page.getByRole('searchbox').fill('quotes');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'trading.quotes' }).waitFor();
  const { page: plain } = await open('', { javaScriptEnabled: false });
  expect(await plain.locator('.card a').count()).toBe(Object.keys(NINE_PRODUCTS).length + 1);
});

test('the page of a product shows what the contract says, and its neighbours by links', async () => {
  const { page } = await open(TRADES, { permissions: ['clipboard-read', 'clipboard-write'] });
  const text = await page.locator('main').innerText();
  for (const each of [
    'trading-domain-team',
    '1.2.0',
    '7 years',
    'no older than 5 minutes',
    'decimal(18, 8)',
    '2026-11-20',
  ]) {
    expect(text).toContain(each);
  }
  expect(await page.locator('.graph a').count()).toBeGreaterThan(4);
  await page.getByRole('button', { name: 'Copy Table trading.trades by SQL' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toContain('FROM "trading"."trades"');
  await page.getByRole('link', { name: 'risk.var v1' }).last().click();
  await page.getByRole('heading', { name: 'risk.var v1' }).waitFor();
});

test('the last state of objectives is shown, an old one as what it is, none as not known', async () => {
  const { page } = await open(TRADES, {}, state());
  const states = () => page.locator('.state').allTextContents();
  expect(await states()).toEqual(['broken since 2026-11-28 12:00 UTC', 'kept since 2026-11-28 12:00 UTC', 'not known']);
  const { page: home } = await open('', {}, state());
  expect(await home.locator('.card', { hasText: 'trade executions' }).innerText()).toContain('freshness broken');
  expect(await home.locator('.card', { hasText: 'Open position' }).innerText()).toContain('promises kept');
  const { page: old } = await open(TRADES, {}, { ...state(), at: '2026-01-01T00:00:00.000Z' });
  await old.getByText('measured last at 2026-01-01 00:00 UTC, which is long ago').waitFor();
  const { page: never } = await open(TRADES);
  expect(await never.locator('.state').allTextContents()).toEqual(['not known', 'not known', 'not known']);
});

test('hostile texts of a contract stay texts, on its page and in the search', async () => {
  const { page, complaints } = await open(HOSTILE);
  const hacked = () => page.evaluate(`'hacked' in window`);
  expect(await page.locator('.facts').innerText()).toContain(HOSTILE_TEXT.replace('\u202e', '').slice(0, 40));
  expect(await page.locator('main script, main img, [onerror], [onmouseover]').count()).toBe(0);
  expect(await page.title()).toBe('risk.hostile v1 · Data products');
  expect(await hacked()).toBe(false);
  await page.goto(`${site}?q=hostile`);
  await page.getByRole('link', { name: 'risk.hostile' }).waitFor();
  expect(await page.locator('main script, main img').count()).toBe(0);
  expect(await hacked()).toBe(false);
  await page.goto(`${site}?q=${encodeURIComponent('<img src=x onerror=window.hacked=1>nonsense')}`);
  await page.getByRole('status').filter({ hasText: 'No product has “<img src=x' }).waitFor();
  expect(await hacked()).toBe(false);
  expect(complaints).toEqual([]);
});

test('the site is served to this machine alone, with the headers of the deployed one', async () => {
  const response = await fetch(site);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
  expect(new URL(site).hostname).toBe('127.0.0.1');
  expect((await fetch(`${site}../../etc/passwd`)).status).toBe(404);
  expect((await fetch(site, { method: 'POST' })).status).toBe(404);
});
