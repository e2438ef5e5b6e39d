import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { UserError } from '../../../cli-errors';
import { runProcess } from '../run-process';
import { diskIsFull, formatBytes } from './output';

export interface InstallPackagesOptions {
  /** Interpreter of the environment to install into. */
  readonly python: string;
  /** Lock file with a hash for every archive. */
  readonly requirements: string;
  /**
   * Names of the packages to install.
   *
   * @default - all of the lock file
   */
  readonly only?: readonly string[];
  /** How much all of the lock file is, such as `about 0.7 GB`, for who has no network. */
  readonly size: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onProgress: (message: string) => void;
}

export interface PipProgress {
  /** As pip prints the size of each archive that it fetches, so right to about half a percent. */
  readonly downloadedBytes: number;
}

/** Installs pinned packages; every archive's hash is checked by pip. */
export async function installPackages(options: InstallPackagesOptions): Promise<PipProgress> {
  const lock = readFileSync(options.requirements, 'utf8');
  const entries = lockEntries(lock).filter((entry) => options.only?.includes(entryName(entry)) ?? true);
  const folder = mkdtempSync(join(tmpdir(), 'data-patterns-'));
  let downloadedBytes = 0;
  try {
    const selected = join(folder, 'requirements.txt');
    writeFileSync(selected, entries.join('\n'));
    const { code, output } = await runProcess(options.python, pipArguments(selected), {
      env: options.environment,
      onLine: (line) => {
        const archive = fetchedArchive(line);
        if (archive !== undefined) {
          downloadedBytes += archive.bytes;
          options.onProgress(
            `Python package ${archive.name} (${formatBytes(archive.bytes)}, ${formatBytes(downloadedBytes)} so far)`,
          );
        }
      },
    });
    if (code !== 0) {
      throw installError(output, options);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { downloadedBytes };
}

/** No build isolation: what builds a source distribution is pinned by the same lock. No dependencies: the lock is complete. */
function pipArguments(requirements: string): string[] {
  return [
    '-m',
    'pip',
    'install',
    '--require-hashes',
    '--no-deps',
    '--no-build-isolation',
    '--progress-bar',
    'off',
  ].concat(['--disable-pip-version-check', '--no-warn-script-location', '--retries', '2', '-r', requirements]);
}

/** The lock's entries, each with its hashes, without comments. */
function lockEntries(lock: string): string[] {
  const lines = lock.split('\n').filter((line) => line.trim() !== '' && !/^\s*#/.test(line));
  return lines.join('\n').split(/\n(?=\S)/);
}

function entryName(entry: string): string {
  return entry.split('==')[0].trim();
}

const UNITS: { readonly [unit: string]: number } = { bytes: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Reads pip's line about an archive that it fetches, such as `  Downloading py4j-0.10.9.7.zip (1.5 MB)`. */
export function fetchedArchive(line: string): { name: string; bytes: number } | undefined {
  const match = /^\s*Downloading (?:\S*\/)?([^\s/]+?)(?:\.metadata)? \(([\d.]+) (bytes|kB|MB|GB)\)/.exec(line);
  return match ? { name: match[1], bytes: Math.round(Number(match[2]) * UNITS[match[3]]) } : undefined;
}

function installError(output: string, { python, size }: InstallPackagesOptions): UserError {
  const reason =
    output
      .split('\n')
      .filter((line) => line.startsWith('ERROR:'))
      .pop() ??
    output.trim().split('\n').pop() ??
    '';
  if (diskIsFull(output)) {
    return new UserError(
      `The disk that holds ${python} is full: free about 3 GB, or set DATA_PATTERNS_CACHE to a folder on another disk, and run again.`,
    );
  }
  if (/DO NOT MATCH THE HASHES/.test(output)) {
    return new UserError(
      `A Python package is not the pinned one, nothing was installed (${reason}): ask who runs your package index before you trust it.`,
    );
  }
  if (/connection|resolution|timed out|unreachable|refused|Max retries|No matching distribution/i.test(output)) {
    return new UserError(
      `The first rehearsal fetches its Python packages (${size}), and the package index cannot be reached: ` +
        `connect to the network, or name a mirror in PIP_INDEX_URL, and run again (${reason}).`,
    );
  }
  return new UserError(`The Python packages cannot be installed: ${reason} Correct that and run again.`);
}
