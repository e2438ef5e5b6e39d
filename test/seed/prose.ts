import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCKS_DIR, blockFileName, extractFencedBlocks, readIndex } from './blocks';

/** The seed's text between its fenced blocks; each block is a line that names its file. */
export const PROSE = join(__dirname, 'prose.txt');

const BLOCK_LINE = /^\[block (\S+)\]$/;

/** The document without the content of its fenced blocks. */
export function proseOf(markdown: string): string {
  const files = extractFencedBlocks(markdown).map(blockFileName);
  return markdown.replace(/^```[\s\S]*?^```$/gm, () => `[block ${files.shift()}]`);
}

/** The document again, of the committed prose and blocks. */
export function documentFrom(prose: string): string {
  const languages = new Map(readIndex().blocks.map(({ file, language }) => [file, language]));
  return prose
    .split('\n')
    .map((line) => {
      const [, file] = BLOCK_LINE.exec(line) ?? [];
      if (file === undefined) return line;
      const language = languages.get(file);
      const info = language === 'plain' ? '' : language;
      return `\`\`\`${info}\n${readFileSync(join(BLOCKS_DIR, file), 'utf8')}\`\`\``;
    })
    .join('\n');
}

/** One statement of the seed: a row of a table, a bullet, a numbered entry or a paragraph that begins in bold. */
export interface SeedStatement {
  /** Headings above it, outermost first, joined by ' > ', without the document's title. */
  readonly section: string;
  /** The bold line or numbered question that a bullet stands under. */
  readonly under?: string;
  readonly says: string;
}

/** Every statement of the seed, in its order. */
export function seedStatements(prose: string = readFileSync(PROSE, 'utf8')): SeedStatement[] {
  const statements: SeedStatement[] = [];
  const headings: string[] = [];
  let under: string | undefined;
  let previous = '';
  const lines = prose.split('\n');
  lines.forEach((line, index) => {
    const section = headings.slice(1).join(' > ');
    const heading = /^(#{1,6}) (.+)$/.exec(line);
    const bullet = /^ *- (.+)$/.exec(line);
    const numbered = /^\d+\. (.+)$/.exec(line);
    if (heading) {
      headings.splice(heading[1].length - 1, headings.length, heading[2]);
      under = undefined;
    } else if (bullet) {
      statements.push({ section, ...(under === undefined ? {} : { under }), says: bullet[1] });
    } else if (numbered) {
      // A question, when answers follow; else an entry by itself.
      if (/^ +- /.test(lines[index + 1] ?? '')) under = numbered[1];
      else statements.push({ section, says: numbered[1] });
    } else if (/^\|/.test(line)) {
      const isHeader = /^\|-/.test(lines[index + 1] ?? '') || /^\|-/.test(line);
      if (!isHeader) statements.push({ section, says: line });
    } else if (/^\*\*[^*]+:\*\*$/.test(line)) {
      under = line;
    } else if (/^\*\*[^*]+\*\*/.test(line)) {
      if (/^- /.test(lines[index + 1] ?? '')) under = line;
      else {
        under = undefined;
        statements.push({ section, says: line });
      }
    } else if (line === '' && /^- /.test(previous)) {
      under = undefined;
    }
    if (line !== '' || /^- /.test(previous)) previous = line;
  });
  return statements;
}
