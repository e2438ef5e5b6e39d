// Opens the portal of the given contracts in Chromium and times its search, from a letter typed to the hits shown; then
// Lighthouse judges its first page and one of a product, as on a phone.
import { execFileSync, spawn } from 'node:child_process';
import { launchBrowser } from '../support/browser';

const QUERIES = [
  'e',
  'exposure',
  'domain7',
  'product1',
  'volatilty',
  'count_3',
  'domain12 team',
  'yield of every symbol',
];
const RUNS = 5;

async function main(files: string[]): Promise<void> {
  const cli = ['dist/bin/data-patterns.js', 'product', 'portal', ...files];
  const server = spawn(process.execPath, cli, { stdio: ['ignore', 'pipe', 'inherit'] });
  const site = await new Promise<string>((found) => {
    server.stdout.once('data', (text) => found(String(text).split(' ')[0]));
  });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(site, { waitUntil: 'networkidle' });
    await page.getByRole('searchbox').fill('warm');
    await page.getByRole('status').filter({ hasText: 'arm' }).waitFor();
    const milliseconds: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      for (const query of QUERIES) milliseconds.push(await page.evaluate<number>(timed(query)));
    }
    const scores = ['', 'products/domain7.product3.v1.html'].map((path) => lighthouse(site + path));
    process.stdout.write(`${JSON.stringify({ milliseconds, scores })}\n`);
  } finally {
    await browser.close();
    server.kill();
  }
}

/** Scores up to 100 by category. Not a package of ours, for it brings two hundred others that nothing else needs. */
function lighthouse(url: string): Record<string, number> {
  const flags = '--headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu';
  const args = ['--yes', 'lighthouse@12.8.2', url, '--quiet', '--output=json', `--chrome-flags=${flags}`];
  // CHROME_PATH says which browser it takes.
  const output = execFileSync('npx', args, { encoding: 'utf8', maxBuffer: 1e8, stdio: ['ignore', 'pipe', 'ignore'] });
  const { categories } = JSON.parse(output) as { categories: Record<string, { score: number }> };
  return Object.fromEntries(Object.entries(categories).map(([name, { score }]) => [name, Math.round(score * 100)]));
}

/** Runs in the page: types the query, and waits until what was found is laid out. */
function timed(query: string): string {
  return `new Promise((resolve) => {
    const field = document.getElementById('query');
    const shown = new MutationObserver(() => {
      shown.disconnect();
      document.getElementById('results').getBoundingClientRect();
      resolve(performance.now() - begun);
    });
    shown.observe(document.getElementById('results'), { childList: true });
    field.value = ${JSON.stringify(query)};
    const begun = performance.now();
    field.dispatchEvent(new Event('input'));
  })`;
}

void main(process.argv.slice(2));
