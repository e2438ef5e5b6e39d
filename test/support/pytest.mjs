// Runs the Python tests with the toolchain's own interpreter.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { toolchain } from './toolchain.mjs';

const tools = toolchain();
const args = process.argv.slice(2);
const { status } = spawnSync(tools.python, ['-m', 'pytest', '-q', ...(args.length ? args : ['test'])], {
  stdio: 'inherit',
  env: {
    ...process.env,
    JAVA_HOME: tools.javaHome,
    DATA_PATTERNS_TOOLCHAIN: JSON.stringify(tools),
    PYTHONPATH: ['lib/lakehouse/runtime', 'bin/commands/rehearse'].map((p) => path.resolve(p)).join(path.delimiter),
    PYTHONDONTWRITEBYTECODE: '1',
  },
});
process.exit(status ?? 1);
