import * as path from 'node:path';
import type { Command } from 'commander';
import { ExitCode, UserError } from '../../cli-errors';
import { writeNewFile } from '../../new-file';
import { type Advice, advise } from './advice';
import type { Answers } from './facts';
import { PATTERN_TITLES } from './patterns';
import { loadRequirements, nested } from './requirements';
import { renderMarkdown } from './render/markdown';
import { renderTerminal } from './render/terminal';

interface AdviseOptions {
  readonly requirements?: string;
  readonly json?: boolean;
  readonly markdown?: string | true;
  readonly save?: string;
  readonly init?: string;
}

/**
 * Adds `data-patterns advise` to the command line: the decision framework, by questions or from requirements.yaml.
 *
 * Exit status: 0 whatever is advised. Input that cannot be used is a `UserError`.
 */
export function registerAdviseCommand(program: Command): void {
  program
    .command('advise')
    .description('rank the architecture patterns for your requirements, with reasons, risks, evolution and cost')
    .option(
      '--requirements <FILE>',
      'answers as YAML (see bin/commands/advise/requirements.schema.json) instead of questions',
    )
    .option('--json', 'print the advice as JSON')
    .option('--markdown [FILE]', 'print a decision record (ADR), or write it to a file')
    .option('--save <FILE>', 'write the answers to the questions as requirements.yaml')
    .option('--init <DIRECTORY>', 'write the project of the pattern that is first, as `data-patterns init` does')
    .action(run);
}

async function run(options: AdviseOptions): Promise<void> {
  const answers = options.requirements === undefined ? await ask() : loadRequirements(options.requirements);
  if (answers === undefined) {
    process.exitCode = ExitCode.INPUT;
    return;
  }
  if (options.save !== undefined) await save(options.save, answers);
  const advice = advise(answers);
  if (options.json) print(JSON.stringify(json(advice), null, 2));
  else if (options.markdown === true) print(renderMarkdown(advice, new Date()));
  else print(renderTerminal(advice));
  if (typeof options.markdown === 'string') writeNewFile(options.markdown, renderMarkdown(advice, new Date()));
  if (options.init !== undefined) await initialize(advice, options.init);
}

async function ask(): Promise<Answers | undefined> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new UserError(
      'there is no terminal to ask questions on; give the answers with --requirements requirements.yaml.',
    );
  }
  const { askAll } = await import('./questionnaire');
  const { TerminalPrompter } = await import('./terminal-prompter');
  return askAll(new TerminalPrompter());
}

async function save(file: string, answers: Answers): Promise<void> {
  const { stringify } = await import('yaml');
  writeNewFile(file, stringify(nested(answers)));
}

async function initialize({ ranking: [{ pattern }] }: Advice, directory: string): Promise<void> {
  const { createProject } = await import('../init/create-project');
  createProject({ blueprint: pattern, directory: path.resolve(directory) });
  process.stderr.write(`Written to ${directory}: the project of ${PATTERN_TITLES[pattern]}.\n`);
}

/** The advice with its rules by id and statement alone: their conditions are in rules.ts. */
function json(advice: Advice): unknown {
  return JSON.parse(
    JSON.stringify(advice, (key, value: unknown) => {
      if (key !== 'rule') return value;
      const { id, section, says } = value as { id: string; section: string; says: string };
      return { id, section, says };
    }),
  );
}

function print(text: string): void {
  process.stdout.write(`${text.trimEnd()}\n`);
}
