import { setTimeout as sleep } from 'timers/promises';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import type { RehearsalReport } from '../../../../../bin/commands/rehearse/report/model';
import { writeReport } from '../../../../../bin/commands/rehearse/report/write-report';
import { launchBrowser } from '../../../../support/browser';
import { exampleReport, failedReport } from './example-report';

jest.setTimeout(60_000);

const PAGE_CHECKS = readFileSync(join(__dirname, '../../../../support/page-checks.js'), 'utf8');
const PAGES = { passed: exampleReport(), failed: failedReport(), long: longReport() } as const;
type PageName = keyof typeof PAGES;

/** As many steps as the lakehouse has with all of its sources. */
function longReport(): RehearsalReport {
  const report = exampleReport();
  const [first, ...others] = report.pipeline?.steps ?? [];
  return { ...report, pipeline: { lead: '', steps: [first, first, first, ...others] } };
}

let browser: Browser;
let folder: string;

beforeAll(async () => {
  // Screenshots are for people, to be looked at where REPORT_SCREENSHOTS says; nothing compares pixels.
  folder = process.env.REPORT_SCREENSHOTS ?? mkdtempSync(join(tmpdir(), 'report-'));
  for (const [name, report] of Object.entries(PAGES)) writeReport(report, join(folder, name));
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  if (!process.env.REPORT_SCREENSHOTS) rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** Console errors and warnings, page errors. */
  readonly complaints: string[];
  /** Requests for anything besides the page itself. */
  readonly requests: string[];
}

async function open(name: PageName, width: number, colorScheme: 'light' | 'dark'): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  const url = pathToFileURL(join(folder, name, 'report.html')).href;
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== url) requests.push(request.url());
  });
  await page.goto(url);
  return { page, complaints, requests };
}

interface Faint {
  readonly text: string;
  readonly ratio: number;
}

/** One of the checks that run inside the page. */
function inPage<T>(page: Page, check: 'faintTexts' | 'cutTexts' | 'widths' | 'size' | 'openDetails'): Promise<T> {
  return page.evaluate(`${PAGE_CHECKS.trim().replace(/;$/, '')}.${check}()`);
}

/** Of the page as it opens; its end is left out when it is very long, for browsers have a limit. */
async function screenshot(page: Page, file: string): Promise<void> {
  const { width, height } = await inPage<{ width: number; height: number }>(page, 'size');
  const clip = { x: 0, y: 0, width, height: Math.min(height, 8000) };
  const take = () => page.screenshot({ path: join(folder, file), fullPage: true, clip });
  // On a machine under load Chromium now and then refuses ("Unable to capture screenshot"); asked again, it complies.
  const later = () => sleep(1000).then(take);
  await take().catch(later).catch(later).catch(later);
}

const cases = (['passed', 'failed'] as const).flatMap((name) =>
  [1280, 390].flatMap((width) => (['light', 'dark'] as const).map((scheme) => [name, width, scheme] as const)),
);

test('a number stays within its step, however many steps there are', async () => {
  const { page } = await open('long', 1280, 'light');
  expect(await page.locator('.step').count()).toBe(7);
  expect(await inPage<string[]>(page, 'cutTexts')).toEqual([]);
  await page.context().close();
});

describe.each(cases)('the %s report at %d px in the %s', (name, width, scheme) => {
  let opened: Opened;

  beforeAll(async () => {
    opened = await open(name, width, scheme);
    await screenshot(opened.page, `${name}-${width}-${scheme}.png`);
    // Folded parts count, too.
    await inPage(opened.page, 'openDetails');
  });

  afterAll(() => opened.page.context().close());

  test('does not scroll sideways', async () => {
    const { scrollWidth, clientWidth } = await inPage<{ scrollWidth: number; clientWidth: number }>(
      opened.page,
      'widths',
    );
    expect(scrollWidth).toBe(clientWidth);
    expect(clientWidth).toBe(width);
  });

  test('has no text that is hard to read', async () => {
    const { checked, faint } = await inPage<{ checked: number; faint: Faint[] }>(opened.page, 'faintTexts');
    expect(faint).toEqual([]);
    expect(checked).toBeGreaterThan(200);
  });

  test('cuts no text off', async () => {
    expect(await inPage<string[]>(opened.page, 'cutTexts')).toEqual([]);
  });

  test('complains about nothing and asks the network for nothing', () => {
    expect(opened.complaints).toEqual([]);
    expect(opened.requests).toEqual([]);
  });

  test('shows one rendering of each chart', async () => {
    const charts = opened.page.locator('.chart svg');
    expect(await charts.count()).toBe(44);
    expect(await charts.and(opened.page.locator(':visible')).count()).toBe(22);
    expect(await opened.page.locator(`.${scheme}-only:visible`).count()).toBe(22);
  });
});

describe('the page', () => {
  let page: Page;

  beforeAll(async () => {
    ({ page } = await open('failed', 1280, 'light'));
    await inPage(page, 'openDetails');
  });

  afterAll(() => page.context().close());

  test('says the verdict first', async () => {
    expect(await page.locator('h1').innerText()).toBe('2 of 8 checks failed');
  });

  test('lists failed checks first', async () => {
    const results = await page.locator('.checks tbody .badge').allInnerTexts();
    expect(results.slice(0, 3)).toEqual(['failed', 'failed', 'passed']);
  });

  test('shows the resources of one label only, on request', async () => {
    await page.getByRole('radio', { name: 'recorded' }).check({ force: true });
    expect(await page.locator('.resources .resource:visible').count()).toBe(7);
    expect(await page.locator('.resources .group:visible').count()).toBe(3);
    await page
      .getByRole('radio', { name: /^13|^17|all/ })
      .first()
      .check({ force: true });
    expect(await page.locator('.resources .resource:visible').count()).toBe(17);
  });

  test('prints', async () => {
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });
});
