import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProduct } from '../../support/product-command';
import { DIRECTORY } from './synth';

/** What the CI of the domain trading runs before a change of its contracts is taken. */

const FILES = ['trading', 'risk', 'finance'].flatMap((domain) =>
  readdirSync(join(DIRECTORY, domain), { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => join(DIRECTORY, domain, name, 'data-product.yaml')),
);
const TRADES = join(DIRECTORY, 'trading', 'trades', 'data-product.yaml');
const OTHERS = FILES.filter((each) => each !== TRADES);
const PRESENT = readFileSync(TRADES, 'utf8');
const WITHOUT_QUANTITY = PRESENT.replace(/ +- \{ name: quantity, .*\n/, '').replace(', quantity]', ']');
/** With interfaces of its own, which nobody has subscribed to yet. */
const SECOND = WITHOUT_QUANTITY.replace('version: 1.0.0', 'version: 2.0.0')
  .replace('trades.v1', 'trades.v2')
  .replace('fct_trades', 'fct_trades_v2')
  .replace('/api/v1/', '/api/v2/')
  .replace(/^consumers:\n(?: {2}.*\n)+/m, '');

const folder = mkdtempSync(join(tmpdir(), 'changes-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function changed(content: string): string {
  const file = join(folder, 'data-product.yaml');
  writeFileSync(file, content);
  return file;
}

test('a column that consumers read does not go, and they are named', async () => {
  const { out, status } = await runProduct('diff', TRADES, changed(WITHOUT_QUANTITY), '--consumers', ...OTHERS);
  expect(status).toBe(1);
  const [line] = out.split('\n').filter((each) => each.includes('[drop-column]'));
  for (const consumer of ['risk.exposures', 'finance.revenue', 'finance.costs', 'finance.pnl', 'trading.volumes']) {
    expect(line).toContain(consumer);
  }
  expect(out).toContain('make it version 2.0.0 with interfaces of its own and keep 1.0.0 beside it');
});

test('the same change is fine as version 2 beside version 1', async () => {
  const second = changed(SECOND);
  expect(await runProduct('diff', TRADES, second, '--consumers', ...OTHERS)).toMatchObject({ status: 0 });
  expect(await runProduct('lint', '--complete', ...FILES, second)).toMatchObject({ status: 0 });
});

test('version 1 does not go before its last subscriber has moved, and those who have not are named', async () => {
  const { out, status } = await runProduct('lint', '--complete', ...OTHERS, changed(SECOND));
  expect(status).toBe(1);
  const waiting = out.split('\n').filter((each) => each.includes('trading.trades has no version 1; it has: 2'));
  expect(waiting.map((each) => /mesh\/(\w+\/\w+)\//.exec(each)?.[1])).toEqual([
    'trading/volumes',
    'risk/exposures',
    'finance/costs',
    'finance/pnl',
    'finance/revenue',
  ]);
});
