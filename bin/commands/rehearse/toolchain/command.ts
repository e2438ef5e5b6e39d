import type { Command } from 'commander';
import { formatBytes } from './output';
import { prepareToolchain, Toolchain } from './toolchain';
import { prepareWarehouse } from './warehouse';

/** `data-patterns toolchain`: prepares what a rehearsal needs and says where it is. */
export function registerToolchainCommand(program: Command): void {
  program
    .command('toolchain')
    .description('prepare Python, Java and the engines of a rehearsal, and print where they are')
    .option('--json', 'print one JSON document')
    .option('--warehouse', 'prepare dlt, dbt and PostgreSQL, too, which only warehouses need')
    .action(async (options: { json?: boolean; warehouse?: boolean }) => {
      const onProgress = (message: string): boolean => process.stderr.write(`${message}\n`);
      const toolchain = await prepareToolchain({ onProgress });
      const warehouse = options.warehouse ? await prepareWarehouse(toolchain, { onProgress }) : undefined;
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ...toolchain, warehouse }, undefined, 2)}\n`
          : describe(toolchain) + (warehouse ? `warehouse   ${warehouse.python}\n` : ''),
      );
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
