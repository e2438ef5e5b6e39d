import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCKS_DIR, SEED_DOCUMENT, blockFileName, extractFencedBlocks } from './blocks';
import { indexOf, readIndex, seedBlocks, sha256 } from './blocks';

const withDocument = existsSync(SEED_DOCUMENT) ? test : test.skip;

describe('the copy of the seed’s fenced blocks', () => {
  if (process.env.UPDATE_SEED_BLOCKS) {
    const markdown = readFileSync(SEED_DOCUMENT, 'utf8');
    for (const block of extractFencedBlocks(markdown)) {
      writeFileSync(join(BLOCKS_DIR, blockFileName(block)), block.text);
    }
    writeFileSync(join(BLOCKS_DIR, 'index.json'), `${JSON.stringify(indexOf(markdown), null, 2)}\n`);
  }

  withDocument('is complete: its index is what the document gives', () => {
    expect(readIndex()).toEqual(indexOf(readFileSync(SEED_DOCUMENT, 'utf8')));
  });

  withDocument('loses nothing: blocks and the text between them add up to the document', () => {
    const markdown = readFileSync(SEED_DOCUMENT, 'utf8');
    const fences = markdown.split('\n').filter((line) => line.startsWith('```')).length;
    expect(fences).toBe(2 * readIndex().blocks.length);
    for (const block of seedBlocks()) {
      const info = block.language === 'plain' ? '' : block.language;
      expect(markdown).toContain(`\`\`\`${info}\n${block.text}\`\`\`\n`);
    }
  });

  test('is verbatim: every file has the digest its index states', () => {
    for (const { file, sha256: expected } of readIndex().blocks) {
      expect({ file, sha256: sha256(readFileSync(join(BLOCKS_DIR, file), 'utf8')) }).toEqual({
        file,
        sha256: expected,
      });
    }
  });

  test('holds no file that its index does not name', () => {
    const named = readIndex().blocks.map((block) => block.file);
    expect(readdirSync(BLOCKS_DIR).sort()).toEqual([...named, 'index.json'].sort());
  });
});

describe('extractFencedBlocks', () => {
  const markdown = '# A\n```\nx\n```\n## B\n```sql\n# not a heading\n```\n### C\n## D\n```yaml\n```\n';

  test('gives number, language, section and text of each block', () => {
    expect(extractFencedBlocks(markdown)).toEqual([
      { number: 1, language: 'plain', section: 'A', text: 'x\n' },
      { number: 2, language: 'sql', section: 'A > B', text: '# not a heading\n' },
      { number: 3, language: 'yaml', section: 'A > D', text: '' },
    ]);
  });

  test('refuses a block without an end', () => {
    expect(() => extractFencedBlocks('```sql\nSELECT 1\n')).toThrow('fenced block 1 is never closed');
  });
});
