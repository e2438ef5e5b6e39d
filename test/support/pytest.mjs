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

/** What the warehouse's tasks run with has an environment of its own. */
const WAREHOUSE = ['test/lib/warehouse/runtime', 'test/bin/commands/rehearse/warehouse_checks'];

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('-'));
const paths = args.filter((arg) => !arg.startsWith('-'));
const isOfWarehouse = (file) => WAREHOUSE.some((folder) => path.relative(folder, file).split(path.sep)[0] !== '..');
const ofWarehouse = paths.length > 0 ? paths.filter(isOfWarehouse) : WAREHOUSE;
const others =
  paths.length > 0
    ? paths.filter((file) => !isOfWarehouse(file))
    : ['test', ...WAREHOUSE.map((folder) => `--ignore=${folder}`)];

const tools = toolchain([
  ...(others.length > 0 ? ['--flink'] : []),
  ...(ofWarehouse.length > 0 ? ['--warehouse'] : []),
]);
const runs = [
  { python: tools.python, tests: others, folders: importable },
  { python: tools.warehouse?.python, tests: ofWarehouse, folders: ['lib/warehouse/runtime/task', ...importable] },
].filter(({ tests }) => tests.length > 0);
const failures = runs.map(({ python, tests, folders }) => {
  const { status } = spawnSync(
    python,
    ['-m', 'pytest', '-q', '--import-mode=importlib', '-p', 'no:cacheprovider', ...options, ...tests],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        JAVA_HOME: tools.javaHome,
        DATA_PATTERNS_TOOLCHAIN: JSON.stringify(tools),
        PYTHONPATH: folders.map((folder) => path.resolve(folder)).join(path.delimiter),
        PYTHONDONTWRITEBYTECODE: '1',
      },
    },
  );
  return status ?? 1;
});
process.exit(Math.max(...failures));
