import { createHash } from 'crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { UserError } from '../../../cli-errors';
import { runProcess } from '../run-process';
import { pythonEnvironment } from './locate';
import { withLock } from './lock';
import { installPackages } from './packages';

export interface PythonEnvironmentOptions {
  /** What the environment is for; its folder in the cache is named after it and its lock file. */
  readonly name: string;
  /** Lock file with a hash for every archive. */
  readonly lockFile: string;
  /**
   * Packages that build the source distributions among the others: installed before them, by the same lock file.
   *
   * @default - there are none
   */
  readonly builders?: readonly string[];
  /** How much is fetched, such as `about 0.3 GB`, for who has no network. */
  readonly size: string;
  /** The folder that holds every toolchain. */
  readonly cache: string;
  /** The interpreter that makes the environment. */
  readonly basePython: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Told what is being fetched. */
  readonly onProgress: (message: string) => void;
}

export interface PythonEnvironment {
  /** Its interpreter. */
  readonly python: string;
  /** Bytes that came over the network to prepare it; 0 when everything was there. */
  readonly downloadedBytes: number;
}

/**
 * Makes sure that a private environment of pinned packages is there, beside that of the toolchain. Safe when two
 * processes do it at once; a half-made environment is made anew.
 *
 * @throws UserError with the remedy when something cannot be fetched
 */
export async function preparePythonEnvironment(options: PythonEnvironmentOptions): Promise<PythonEnvironment> {
  const hash = createHash('sha256').update(readFileSync(options.lockFile)).digest('hex').slice(0, 16);
  const home = join(options.cache, `${options.name}-${hash}`);
  const folder = join(home, 'venv');
  const python = join(folder, 'bin', 'python');
  // Written last, so that its presence means that everything before it is complete.
  const marker = join(home, 'ready');
  const isReady = (): boolean => existsSync(marker) && existsSync(python);
  if (isReady()) {
    return { python, downloadedBytes: 0 };
  }
  mkdirSync(home, { recursive: true });
  options.onProgress(`Python packages for ${options.name} (${options.size}, once)`);
  const waiting = (): void => options.onProgress('another process is preparing the same toolchain; waiting for it');
  return withLock(options.basePython, join(options.cache, 'lock'), waiting, async () => {
    if (isReady()) {
      return { python, downloadedBytes: 0 };
    }
    rmSync(folder, { recursive: true, force: true });
    await makeVirtualEnvironment(options.basePython, folder, options.environment);
    let downloadedBytes = 0;
    for (const only of options.builders === undefined ? [undefined] : [options.builders, undefined]) {
      const installed = await installPackages({
        python,
        requirements: options.lockFile,
        only,
        size: options.size,
        environment: pythonEnvironment(options.environment),
        onProgress: options.onProgress,
      });
      downloadedBytes += installed.downloadedBytes;
    }
    writeFileSync(marker, '');
    return { python, downloadedBytes };
  });
}

/**
 * Makes an empty environment in a folder that does not exist.
 *
 * @throws UserError when the interpreter cannot
 */
export async function makeVirtualEnvironment(
  basePython: string,
  folder: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const { code, output } = await runProcess(basePython, ['-m', 'venv', folder], {
    env: pythonEnvironment(environment),
  });
  if (code === 0) {
    return;
  }
  rmSync(folder, { recursive: true, force: true });
  const reason = /ensurepip|No module named venv/.test(output)
    ? `has no venv module: install it (Debian and Ubuntu: apt-get install python3-venv)`
    : `cannot make an environment in ${folder} (${lastLine(output)}): make that folder writable or set DATA_PATTERNS_CACHE`;
  throw new UserError(`${basePython} ${reason} and run again.`);
}

function lastLine(output: string): string {
  return output.trim().split('\n').pop() ?? '';
}
