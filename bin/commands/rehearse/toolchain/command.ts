import type { Command } from 'commander';
import { type FlinkToolchain, prepareFlink, shipRunner } from './flink';
import { formatBytes } from './output';
import { prepareToolchain, Toolchain } from './toolchain';
import { prepareWarehouse } from './warehouse';

/** `data-patterns toolchain`: prepares what a rehearsal needs and says where it is. */
export function registerToolchainCommand(program: Command): void {
  program
    .command('toolchain')
    .description('prepare Python, Java and the engines of a rehearsal, and print where they are')
    .option('--flink', 'also fetch Flink, and build the jar that Flink applications run')
    .option('--ship', 'with --flink: put the jar into the package, which is about to be packed')
    .option('--json', 'print one JSON document')
    .option('--warehouse', 'prepare dlt, dbt and PostgreSQL, too, which only warehouses need')
    .action(async (options: { flink?: boolean; json?: boolean; ship?: boolean; warehouse?: boolean }) => {
      const onProgress = (message: string): boolean => process.stderr.write(`${message}\n`);
      const toolchain = await prepareToolchain({ onProgress });
      const warehouse = options.warehouse ? await prepareWarehouse(toolchain, { onProgress }) : undefined;
      const flink = options.flink ? await prepareFlink(toolchain, { onProgress }) : undefined;
      if (flink !== undefined && options.ship) shipRunner(flink);
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ ...toolchain, warehouse, flink }, undefined, 2)}\n`
          : describe(toolchain, flink) + (warehouse ? `warehouse   ${warehouse.python}\n` : ''),
      );
    });
}

function describe(toolchain: Toolchain, flink: FlinkToolchain | undefined): string {
  const jars = Object.entries(toolchain.jars).map(([name, files]) => `${name}: ${files.length} jars`);
  return [
    `python      ${toolchain.python}`,
    `java home   ${toolchain.javaHome}`,
    `jars        ${jars.join(', ')}`,
    `cache       ${toolchain.cache}`,
    ...(flink === undefined ? [] : [`flink       ${flink.version}`, `flink jar   ${flink.runnerJar}`]),
    `downloaded  ${formatBytes(toolchain.downloadedBytes + (flink?.downloadedBytes ?? 0))}`,
    '',
  ].join('\n');
}
