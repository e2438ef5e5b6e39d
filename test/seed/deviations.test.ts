import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seedBlocks } from './blocks';
import { deviationsPage, readDeviations } from './deviations';

const PAGE = join(__dirname, '../../docs/seed-deviations.md');
const deviations = readDeviations();
const blocks = seedBlocks();
const block = (number: number) => blocks.find((each) => each.number === number);

describe('the allowlist of deviations from the seed', () => {
  test('has ids that are unique', () => {
    const ids = deviations.map((each) => each.id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  test.each(deviations.map((each) => [each.id, each] as const))(
    '%s: names text that the seed really has',
    (_, each) => {
      const text = block(each.block)?.text ?? '';
      expect(text).toContain(each.statement);
      if (each.find !== undefined) expect(text).toContain(each.find);
    },
  );

  test.each(deviations.map((each) => [each.id, each] as const))(
    '%s: gives a reason and something to prove',
    (_, each) => {
      expect(each.reason).toMatch(/^[A-Z].{20,}\.$/);
      expect([each.replace, each.payloads, each.trades].filter((kind) => kind !== undefined)).toHaveLength(1);
    },
  );

  test('is what docs/seed-deviations.md tells', () => {
    const page = deviationsPage(
      deviations,
      (number) => block(number)?.section.replace('Architecture Patterns > ', '') ?? '',
    );
    if (process.env.UPDATE_SEED_BLOCKS) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });
});
