// Runs the Python tests with the toolchain's own interpreter, which the command line fetches when it is missing.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';

const toolchain = JSON.parse(
  execFileSync(process.execPath, ['dist/bin/data-patterns.js', 'toolchain', '--json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }),
);
const args = process.argv.slice(2);
const { status } = spawnSync(toolchain.python, ['-m', 'pytest', '-q', ...(args.length ? args : ['test'])], {
  stdio: 'inherit',
  env: {
    ...process.env,
    JAVA_HOME: toolchain.javaHome,
    DATA_PATTERNS_TOOLCHAIN: JSON.stringify(toolchain),
    PYTHONPATH: ['lib/lakehouse/runtime', 'bin/commands/rehearse'].map((p) => path.resolve(p)).join(path.delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
  },
});
process.exit(status ?? 1);
