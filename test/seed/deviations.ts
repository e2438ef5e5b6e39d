import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where this repository deliberately differs from a block of the seed. Each entry is proved by a test: without it the
 * block fails or gives another result, and with all of them it gives ours.
 */
export interface Deviation {
  readonly id: string;
  /** Number of the seed's block. */
  readonly block: number;
  /** The statement of the block, by the name it is assigned to there. */
  readonly statement: string;
  /** For a change of text: what the seed has. */
  readonly find?: string;
  /** For a change of text: the nearest form that works. */
  readonly replace?: string;
  /** For a change of result: payloads that the two forms treat differently. */
  readonly payloads?: readonly string[];
  /**
   * For a change of result: rows of silver that they treat differently, as trade_id, symbol, price, quantity, is_valid
   * and days ago.
   */
  readonly trades?: readonly (readonly [string, string, string, string, boolean, number])[];
  /** Columns that only ours has. */
  readonly columns?: readonly string[];
  readonly reason: string;
}

export function readDeviations(): Deviation[] {
  return JSON.parse(readFileSync(join(__dirname, 'deviations.json'), 'utf8')) as Deviation[];
}

/** docs/seed-deviations.md. */
export function deviationsPage(deviations: readonly Deviation[], sectionOf: (block: number) => string): string {
  const parts = [
    '# Where we differ from the seed',
    '',
    'The blueprints follow a written description of five architecture patterns, the seed. Its fenced blocks are kept verbatim in',
    '`test/seed/blocks`, and tests run them. Where a block contradicts itself or its engine, the nearest working form is run instead.',
    'Every such place is below, with its reason; a test proves that each is still needed, and another that there is no other.',
    'This page is written from `test/seed/deviations.json` by `UPDATE_SEED_BLOCKS=1 npx jest test/seed`.',
  ];
  for (const block of [...new Set(deviations.map((each) => each.block))].sort((a, b) => a - b)) {
    parts.push(
      '',
      `## Block ${block}: ${sectionOf(block)}`,
      '',
      '| id | the seed has | here | why |',
      '|---|---|---|---|',
    );
    for (const each of deviations.filter((other) => other.block === block)) {
      parts.push(`| ${each.id} | ${seedSide(each)} | ${ourSide(each)} | ${each.reason} |`);
    }
  }
  return `${parts.join('\n')}\n`;
}

function seedSide({ find, statement }: Deviation): string {
  return find === undefined ? `the result of \`${statement}\`` : code(find);
}

function ourSide({ replace, columns }: Deviation): string {
  if (replace) return code(replace);
  if (replace === '') return 'nothing';
  return columns ? `columns ${columns.map(code).join(', ')} besides` : 'another result';
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
