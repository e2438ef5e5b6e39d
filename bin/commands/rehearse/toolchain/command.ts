import type { Command } from 'commander';
import { formatBytes } from './output';
import { prepareToolchain, Toolchain } from './toolchain';

/** `data-patterns toolchain`: prepares what a rehearsal needs and says where it is. */
export function registerToolchainCommand(program: Command): void {
  program
    .command('toolchain')
    .description('prepare Python, Java and the engines of a rehearsal, and print where they are')
    .option('--json', 'print one JSON document')
    .action(async (options: { json?: boolean }) => {
      const toolchain = await prepareToolchain({ onProgress: (message) => process.stderr.write(`${message}\n`) });
      process.stdout.write(options.json ? `${JSON.stringify(toolchain, undefined, 2)}\n` : describe(toolchain));
    });
}

function describe(toolchain: Toolchain): string {
  const jars = Object.entries(toolchain.jars).map(([name, files]) => `${name}: ${files.length} jars`);
  return [
    `python      ${toolchain.python}`,
    `java home   ${toolchain.javaHome}`,
    `jars        ${jars.join(', ')}`,
    `cache       ${toolchain.cache}`,
    `downloaded  ${formatBytes(toolchain.downloadedBytes)}`,
    '',
  ].join('\n');
}
