import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { SEED_DOCUMENT, readIndex, sha256 } from './blocks';
import { documentFrom, PROSE, proseOf, seedStatements } from './prose';

describe('the copy of the seed’s text', () => {
  if (process.env.UPDATE_SEED_BLOCKS && existsSync(SEED_DOCUMENT)) {
    writeFileSync(PROSE, proseOf(readFileSync(SEED_DOCUMENT, 'utf8')));
  }

  test('and the blocks add up to the very document whose digest is committed', () => {
    expect(sha256(documentFrom(readFileSync(PROSE, 'utf8')))).toBe(readIndex().documentSha256);
  });

  test('is noticed when a word of it changes', () => {
    const changed = readFileSync(PROSE, 'utf8').replace('Under a terabyte', 'Under a petabyte');
    expect(sha256(documentFrom(changed))).not.toBe(readIndex().documentSha256);
  });
});

describe('seedStatements', () => {
  test('finds rows, bullets, numbered entries and bold paragraphs, with what they stand under', () => {
    const text = [
      ...['# Title', '## A', '**Bold:** one', '', '| h | i |', '|---|---|', '| x | y |', ''],
      ...[
        '### B',
        '1. **Q?**',
        '   - yes: p',
        '',
        '2. **R:** entry',
        '',
        '**L:**',
        '- first',
        '- second',
        '',
        'prose',
        '- free',
      ],
    ].join('\n');
    expect(seedStatements(text)).toEqual([
      { section: 'A', says: '**Bold:** one' },
      { section: 'A', says: '| x | y |' },
      { section: 'A > B', under: '**Q?**', says: 'yes: p' },
      { section: 'A > B', says: '**R:** entry' },
      { section: 'A > B', under: '**L:**', says: 'first' },
      { section: 'A > B', under: '**L:**', says: 'second' },
      { section: 'A > B', says: 'free' },
    ]);
  });
});
