import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPython, pythonEnvironment } from '../../bin/commands/rehearse/toolchain/locate';
import { withLock } from '../../bin/commands/rehearse/toolchain/lock';
import { installPackages } from '../../bin/commands/rehearse/toolchain/packages';
import { cacheFolder } from '../../bin/commands/rehearse/toolchain/toolchain';
import { runProcess } from '../../bin/commands/rehearse/run-process';

const REQUIREMENTS = join(__dirname, 'requirements.txt');

/**
 * Makes sure that the scanners are there, in a Python environment of their own in the cache, and says what it fetches.
 *
 * @returns the folder with their commands
 */
export async function prepareScanners(): Promise<string> {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const cache = cacheFolder();
  const home = join(cache, `scanners-${digest}`);
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
      say(`cfn-lint and checkov go into ${home} (about 0.3 GB, once)`);
      rmSync(join(home, 'venv'), { recursive: true, force: true });
      const made = await runProcess(python, ['-m', 'venv', join(home, 'venv')], { env: pythonEnvironment() });
      if (made.code !== 0) throw new Error(`${python} cannot make an environment in ${home}: ${made.output}`);
      await installPackages({
        python: join(commands, 'python'),
        requirements: REQUIREMENTS,
        environment: pythonEnvironment(),
        onProgress: say,
      });
      writeFileSync(marker, '');
    },
  );
  return commands;
}
