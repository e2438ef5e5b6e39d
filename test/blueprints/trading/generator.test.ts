import { createHash } from 'node:crypto';
import { DAYS, FIRST_DAY, generateTrades, INVALID_SHARE, TRADE_MIX } from '../../../blueprints/trading/generator';

const ROWS = 20_000;
const values = [...generateTrades({ rows: ROWS, seed: 42 })];
const texts = values.map((value) => value.toString('utf8'));

function digest(rows: number, seed: number): string {
  const hash = createHash('sha256');
  for (const value of generateTrades({ rows, seed })) hash.update(value).update('\n');
  return hash.digest('hex');
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

describe('generateTrades', () => {
  test('gives exactly the rows asked for', () => {
    expect(values).toHaveLength(ROWS);
    expect([...generateTrades({ rows: 0, seed: 1 })]).toEqual([]);
    expect([...generateTrades({ rows: 1, seed: 1 })]).toHaveLength(1);
  });

  test('gives the same bytes for a seed on every machine', () => {
    expect(digest(1000, 42)).toBe('b6e34453052b475dcae920a943ac3fd25c3090a042c52c63cf5c90349c6b7440');
  });

  test('gives other bytes for another seed', () => {
    expect(digest(1000, 43)).not.toBe(digest(1000, 42));
  });

  test('can be iterated twice with the same result', () => {
    const trades = generateTrades({ rows: 50, seed: 7 });
    expect([...trades]).toEqual([...trades]);
  });

  test('brings all twenty symbols', () => {
    const symbols = new Set(
      texts
        .map((text) => parsed(text)?.symbol)
        .filter((symbol) => typeof symbol === 'string' && /^[A-Z.\/-]+$/.test(symbol)),
    );
    expect(symbols.size).toBe(20);
  });

  test('stays within its four past days when told by a zone', () => {
    const first = Date.parse(`${FIRST_DAY}T00:00:00Z`);
    const instants = texts
      .map((text) => parsed(text)?.timestamp)
      .filter(
        (time): time is string => typeof time === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time),
      )
      .map((time) => Date.parse(time));
    expect(Math.min(...instants)).toBeGreaterThanOrEqual(first);
    expect(Math.max(...instants)).toBeLessThan(first + DAYS * 86_400_000);
  });

  test('repeats some rows to the byte', () => {
    const repeated = texts.length - new Set(texts).size;
    expect(repeated / ROWS).toBeGreaterThan(0.008);
    expect(repeated / ROWS).toBeLessThan(0.013);
  });

  test('revises some trades under the same id', () => {
    const contents = new Map<unknown, Set<string>>();
    for (const text of texts) {
      const id = parsed(text)?.trade_id;
      if (id) contents.set(id, (contents.get(id) ?? new Set()).add(text));
    }
    const revised = [...contents.values()].filter((versions) => versions.size > 1).length;
    expect(revised / ROWS).toBeGreaterThan(0.003);
    expect(revised / ROWS).toBeLessThan(0.007);
  });

  test('brings values that are not UTF-8', () => {
    const broken = values.filter((value) => !Buffer.from(value.toString('utf8'), 'utf8').equals(value));
    expect(broken.length).toBeGreaterThan(0);
  });

  test('brings malformed values in the share it tells', () => {
    const share = TRADE_MIX.find((entry) => entry.kind === 'malformed')?.share ?? 0;
    const malformed = texts.filter((text) => parsed(text) === undefined).length;
    // Some values that are not UTF-8 still parse once decoded, so the count stays below the share.
    expect(malformed / ROWS).toBeGreaterThan(share * 0.6);
    expect(malformed / ROWS).toBeLessThan(share * 1.4);
  });

  test('writes JSON numbers that a double cannot hold', () => {
    const blocks = texts.flatMap((text) => /"quantity":(\d{10}\.\d{8}),/.exec(text)?.[1] ?? []);
    expect(blocks).toHaveLength(DAYS);
    for (const block of blocks) expect(Number(block).toFixed(8)).not.toBe(block);
  });

  test('keeps its invalid share well below the default quality bound', () => {
    expect(INVALID_SHARE).toBeCloseTo(0.032, 6);
  });

  test('tells a mix whose shares leave plain trades', () => {
    const told = TRADE_MIX.reduce((sum, entry) => sum + entry.share, 0);
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(1);
  });

  test.each([-1, 1.5, Number.NaN])('refuses %p rows', (rows) => {
    expect(() => generateTrades({ rows, seed: 1 })).toThrow(/rows: .* is not a whole number of rows/);
  });

  test.each([0.5, 2 ** 32, -(2 ** 31) - 1])('refuses %p as a seed', (seed) => {
    expect(() => generateTrades({ rows: 1, seed })).toThrow(/seed: .* is not a 32-bit integer/);
  });
});
