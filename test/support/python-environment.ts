import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython, pythonEnvironment } from '../../bin/commands/rehearse/toolchain/locate';
import { withLock } from '../../bin/commands/rehearse/toolchain/lock';
import { installPackages } from '../../bin/commands/rehearse/toolchain/packages';
import { cacheFolder } from '../../bin/commands/rehearse/toolchain/toolchain';
import { runProcess } from '../../bin/commands/rehearse/run-process';

/** Python packages that only tests need. */
export interface PackageSet {
  /** Of the folder in the cache. */
  readonly name: string;
  /** The lock file, with a hash for each package. */
  readonly requirements: string;
  /** What it is and how much is fetched, for whoever waits. */
  readonly about: string;
}

/**
 * Makes sure that the packages are there, in a Python environment of their own in the cache, and says what it fetches.
 *
 * @returns the folder with their commands
 */
export async function preparePackages({ name, requirements, about }: PackageSet): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const cache = cacheFolder();
  const home = join(cache, `${name}-${digest}`);
  const commands = join(home, 'venv', 'bin');
  const marker = join(home, 'ready');
  if (existsSync(marker)) return commands;
  mkdirSync(home, { recursive: true });
  const python = await findPython();
  const say = (message: string) => process.stderr.write(`${message}\n`);
  await withLock(
    python,
    join(cache, 'lock'),
    () => say('waiting for another process that prepares the cache'),
    async () => {
      if (existsSync(marker)) return;
      say(`into ${home}, once: ${about}`);
      rmSync(join(home, 'venv'), { recursive: true, force: true });
      const made = await runProcess(python, ['-m', 'venv', join(home, 'venv')], { env: pythonEnvironment() });
      if (made.code !== 0) throw new Error(`${python} cannot make an environment in ${home}: ${made.output}`);
      await installPackages({
        python: join(commands, 'python'),
        requirements,
        environment: pythonEnvironment(),
        onProgress: say,
      });
      writeFileSync(marker, '');
    },
  );
  return commands;
}
