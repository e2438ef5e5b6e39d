import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = join(__dirname, '../..');

/** A fenced block of a page. */
export interface Sample {
  /** Such as `docs/mesh.md:87`. */
  readonly place: string;
  /** After the fence; empty without one. */
  readonly language: string;
  readonly text: string;
  /**
   * What the reader need not see: `<!-- sample: TEXT -->` on the line above the fence. It stands before the text when that is
   * compiled.
   */
  readonly prelude: string;
}

const FENCE = /^(?:<!-- sample: (.*?) -->\n)?```(\w*)\n(.*?)^```$/gms;

/** README, CONTRIBUTING, and every page of docs and blueprints. */
export function pages(): string[] {
  return ['README.md', 'CONTRIBUTING.md', ...pagesBelow('docs'), ...pagesBelow('blueprints')];
}

/** Every fenced block of README, CONTRIBUTING, docs and blueprints. */
export function samples(): Sample[] {
  return pages().flatMap((page) => {
    const content = readFileSync(join(ROOT, page), 'utf8');
    return [...content.matchAll(FENCE)].map(({ 0: whole, 1: prelude = '', 2: language, 3: text, index }) => ({
      place: `${page}:${content.slice(0, index + whole.indexOf('```')).split('\n').length}`,
      language,
      text,
      prelude,
    }));
  });
}

function pagesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => relative(ROOT, join(ROOT, folder, file)))
    .sort();
}
