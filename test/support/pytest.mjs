// Runs the Python tests with the toolchain's own interpreter.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { toolchain } from './toolchain.mjs';

/** Folders of tests: helpers beside a test are imported by their name. */
const testFolders = readdirSync('test', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /^test_.*\.py$/.test(entry.name))
  .map((entry) => entry.parentPath);
const importable = [
  'lib/lakehouse/runtime',
  'bin/commands/rehearse',
  'bin/commands/rehearse/glue_library',
  ...new Set(testFolders),
];

const tools = toolchain();
const args = process.argv.slice(2);
const { status } = spawnSync(
  tools.python,
  ['-m', 'pytest', '-q', '--import-mode=importlib', '-p', 'no:cacheprovider', ...(args.length ? args : ['test'])],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      JAVA_HOME: tools.javaHome,
      DATA_PATTERNS_TOOLCHAIN: JSON.stringify(tools),
      PYTHONPATH: importable.map((folder) => path.resolve(folder)).join(path.delimiter),
      PYTHONDONTWRITEBYTECODE: '1',
    },
  },
);
process.exit(status ?? 1);
