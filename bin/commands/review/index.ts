import { writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Command } from 'commander';
import { ExitCode, UserError } from '../../cli-errors';
import { loadApprovals } from './approvals';
import { flowOf, mermaid } from './flow';
import { renderMarkdown } from './render/markdown';
import { renderSarif } from './render/sarif';
import { type Review, review } from './review';
import { type Environment, Workspace } from './synthesize';

interface ReviewOptions {
  readonly base?: string;
  readonly head?: string;
  readonly format: string;
  readonly out?: string;
  readonly approvals: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly diagram?: boolean;
  readonly preflight?: boolean;
  readonly refreshPrices?: string;
}

const FORMATS: Readonly<Record<string, (result: Review) => string>> = {
  md: renderMarkdown,
  json: (result) => JSON.stringify(result, null, 2),
  sarif: renderSarif,
};

/**
 * Adds `data-patterns review` to the command line: what a change does on deployment, endangers and costs.
 *
 * Exit status: 0 when nothing needs an approval that it has not, 1 otherwise. Input that cannot be used is a `UserError`.
 */
export function registerReviewCommand(program: Command): void {
  program
    .command('review')
    .description('say what a change of the CDK app does on deployment, what it endangers and what it costs')
    .option(
      '--base <DIRECTORY_OR_REF>',
      'what to compare with: a cloud assembly, a project, or a commit, branch or tag',
    )
    .option('--head <DIRECTORY>', 'a cloud assembly or project in place of the one here')
    .option('--format <FORMAT>', 'md, json or sarif', 'md')
    .option('--out <FILE>', 'write to a file and not to the terminal')
    .option('--approvals <FILE>', 'risks that somebody has agreed to', 'review-approvals.yaml')
    .option('--context <KEY=VALUE>', 'context of the app; may be repeated', keyValue)
    .option('--diagram', 'draw the data flow (Mermaid) instead of a review')
    .option('--preflight', 'ask the account of your credentials, reading only, what would stop a deployment')
    .option(
      '--refresh-prices <REGION>',
      'read the price table anew from AWS’s public price lists, and print it or write it to --out',
    )
    .action(run);
}

function keyValue(given: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=]+)=(.*)$/.exec(given) ?? [];
  if (key === undefined) throw new UserError(`--context ${given}: write it as key=value.`);
  return { ...before, [key]: value };
}

async function run(options: ReviewOptions): Promise<void> {
  const render = FORMATS[options.format];
  if (render === undefined) {
    throw new UserError(`--format ${options.format}: use one of: ${Object.keys(FORMATS).join(', ')}.`);
  }
  if (options.refreshPrices !== undefined) return refresh(options.refreshPrices, options.out);
  if (options.preflight) return askAccount(options);
  if (options.base === undefined && !options.diagram) {
    throw new UserError('name what to compare with: --base main, or the folder of a cloud assembly.');
  }
  const approvals = loadApprovals(options.approvals);
  await inWorkspace(options.context, undefined, async (workspace) => {
    const head = await (options.head === undefined ? workspace.head() : workspace.base(options.head));
    if (options.diagram) {
      print(options.out, mermaid(flowOf(head.stacks)));
      return;
    }
    const base = await workspace.base(String(options.base));
    const result = review(base, head, approvals, new Date().toISOString().slice(0, 10));
    print(options.out, render(result));
    process.exitCode = result.safe ? ExitCode.OK : ExitCode.FAILED;
  });
}

/** Synthesizes in a folder of its own, which does not stay whatever happens. */
async function inWorkspace<T>(
  context: Readonly<Record<string, string>> = {},
  environment: Environment | undefined,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const onInterrupt = (): void => stop.abort();
  process.once('SIGINT', onInterrupt);
  const workspace = new Workspace(process.cwd(), context, stop.signal, environment);
  try {
    return await work(workspace);
  } finally {
    process.off('SIGINT', onInterrupt);
    workspace.close();
  }
}

async function askAccount({ format, head, context, out }: ReviewOptions): Promise<void> {
  if (format === 'sarif') throw new UserError('--preflight --format sarif: use md or json.');
  const { preflight, renderPreflight, whoAsks } = await import('./preflight/preflight');
  const { identity, environment } = await whoAsks();
  const assembly = await inWorkspace(context, environment, (workspace) =>
    head === undefined ? workspace.head() : workspace.base(head),
  );
  const result = await preflight(assembly, identity, environment);
  print(out, format === 'json' ? JSON.stringify(result, null, 2) : renderPreflight(result));
  process.exitCode = result.clear ? ExitCode.OK : ExitCode.FAILED;
}

async function refresh(region: string, out: string | undefined): Promise<void> {
  const { refreshPrices } = await import('../../pricing/refresh');
  try {
    const { table, notFound } = await refreshPrices(region);
    print(out, JSON.stringify(table, null, 2));
    if (notFound.length > 0)
      process.stderr.write(`not in the price lists, left as they were: ${notFound.join(', ')}\n`);
  } catch (error) {
    const reason = error instanceof Error ? String(error.cause ?? error.message) : String(error);
    throw new UserError(`AWS's price lists cannot be read (${reason}); check the region and the network.`);
  }
}

function print(file: string | undefined, text: string): void {
  if (file === undefined) {
    process.stdout.write(`${text.trimEnd()}\n`);
    return;
  }
  try {
    writeFileSync(path.resolve(file), `${text.trimEnd()}\n`);
  } catch (error) {
    throw new UserError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}); choose another place.`);
  }
}
