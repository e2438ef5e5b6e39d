// ruff for the Python, sqlfluff for the blueprints' SQL: both from the toolchain's own environment.
import { spawnSync } from 'node:child_process';
import { toolchain } from './toolchain.mjs';

const { python } = toolchain();
const commands = [
  ['-m', 'ruff', 'check', 'lib', 'bin', 'blueprints', 'test'],
  ['-m', 'ruff', 'format', '--check', 'lib', 'bin', 'blueprints', 'test'],
  ...['blueprints/lakehouse/sql', 'blueprints/mesh', 'blueprints/streaming-batch'].map((folder) =>
    sqlfluff(folder, folder),
  ),
  sqlfluff('blueprints/warehouse', 'blueprints/warehouse/dbt/models'),
];
function sqlfluff(configured, ...folders) {
  return [...['-m', 'sqlfluff', 'lint', '--disable-progress-bar'], '--config', `${configured}/.sqlfluff`, ...folders];
}

const failures = commands.filter((args) => spawnSync(python, args, { stdio: 'inherit' }).status !== 0);
process.exit(failures.length > 0 ? 1 : 0);
