import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of the seed document, byte for byte what stands between its fences. */
export interface SeedBlock {
  /** 1-based position among all fenced blocks of the document. */
  readonly number: number;
  /** The fence's info string; 'plain' when it has none. */
  readonly language: string;
  /** The headings above the block, outermost first, joined by ' > '. */
  readonly section: string;
  readonly text: string;
}

/** What index.json says about one committed block. */
export interface IndexedBlock extends Omit<SeedBlock, 'text'> {
  readonly file: string;
  readonly sha256: string;
}

export interface SeedIndex {
  /** SHA-256 of the whole document the blocks were taken from. */
  readonly documentSha256: string;
  readonly blocks: IndexedBlock[];
}

/** The seed document, where the checkout stands beside it; elsewhere the committed digests speak for it. */
export const SEED_DOCUMENT =
  process.env.SEED_DOCUMENT ?? join(__dirname, '../../../shared/seed/architecture-patterns.md');

export const BLOCKS_DIR = join(__dirname, 'blocks');

export function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** All fenced blocks of a Markdown document, in order. */
export function extractFencedBlocks(markdown: string): SeedBlock[] {
  const blocks: SeedBlock[] = [];
  const headings: string[] = [];
  let open: { language: string; lines: string[] } | undefined;
  for (const line of markdown.split('\n')) {
    const fence = /^```(\S*)\s*$/.exec(line);
    if (fence && open) {
      const text = open.lines.map((each) => `${each}\n`).join('');
      blocks.push({ number: blocks.length + 1, language: open.language, section: headings.join(' > '), text });
      open = undefined;
    } else if (fence) {
      open = { language: fence[1] || 'plain', lines: [] };
    } else if (open) {
      open.lines.push(line);
    } else {
      const heading = /^(#{1,6}) (.+)$/.exec(line);
      if (heading) headings.splice(heading[1].length - 1, headings.length, heading[2]);
    }
  }
  if (open) throw new Error(`fenced block ${blocks.length + 1} is never closed`);
  return blocks;
}

export function blockFileName(block: Pick<SeedBlock, 'number' | 'language'>): string {
  return `${String(block.number).padStart(2, '0')}-${block.language}.txt`;
}

export function indexOf(markdown: string): SeedIndex {
  return {
    documentSha256: sha256(markdown),
    blocks: extractFencedBlocks(markdown).map((block) => ({
      number: block.number,
      language: block.language,
      section: block.section,
      file: blockFileName(block),
      sha256: sha256(block.text),
    })),
  };
}

export function readIndex(): SeedIndex {
  return JSON.parse(readFileSync(join(BLOCKS_DIR, 'index.json'), 'utf8')) as SeedIndex;
}

/** The committed blocks; `filter` narrows by language and by a part of the section's path. */
export function seedBlocks(filter: { language?: string; section?: string } = {}): SeedBlock[] {
  return readIndex()
    .blocks.filter((block) => !filter.language || block.language === filter.language)
    .filter((block) => !filter.section || block.section.includes(filter.section))
    .map(({ file, number, language, section }) => ({
      number,
      language,
      section,
      text: readFileSync(join(BLOCKS_DIR, file), 'utf8'),
    }));
}

/** The only committed block that matches. */
export function seedBlock(filter: { language: string; section: string }): SeedBlock {
  const found = seedBlocks(filter);
  if (found.length !== 1) {
    throw new Error(`expected one ${filter.language} block in '${filter.section}', found ${found.length}`);
  }
  return found[0];
}
