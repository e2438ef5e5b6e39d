#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../package.json';
import { ExitCode, UserError } from './cli-errors';

type Register = (program: Command) => void;

/** Each command's module is loaded only when it is chosen, so that the others do not slow it down. */
const COMMANDS: { readonly [name: string]: () => Promise<Register> } = {
  advise: async () => (await import('./commands/advise')).registerAdviseCommand,
  init: async () => (await import('./commands/init')).registerInitCommand,
  product: async () => (await import('./commands/product')).registerProductCommand,
  rehearse: async () => (await import('./commands/rehearse/command')).registerRehearseCommand,
  review: async () => (await import('./commands/review')).registerReviewCommand,
  schema: async () => (await import('./commands/schema')).registerSchemaCommand,
  toolchain: async () => (await import('./commands/rehearse/toolchain/command')).registerToolchainCommand,
};

async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('data-patterns')
    .description('Choose, rehearse and review data architecture patterns on AWS.')
    .version(version)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? ExitCode.OK : ExitCode.INPUT);
    });
  const chosen = argv[2] ?? '';
  const names = chosen in COMMANDS ? [chosen] : Object.keys(COMMANDS);
  for (const name of names) {
    (await COMMANDS[name]())(program);
  }
  await program.parseAsync(argv);
}

main(process.argv).catch((error: unknown) => {
  if (error instanceof UserError) {
    process.stderr.write(`data-patterns: ${error.message}\n`);
    process.exit(error.exitCode);
  }
  process.stderr.write(`data-patterns: ${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(ExitCode.FAILED);
});
