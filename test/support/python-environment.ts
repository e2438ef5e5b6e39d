import { dirname } from 'node:path';
import { findPython } from '../../bin/commands/rehearse/toolchain/locate';
import { preparePythonEnvironment } from '../../bin/commands/rehearse/toolchain/python-environment';
import { cacheFolder } from '../../lib/foundation/private/cache-folder';

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
  const { python } = await preparePythonEnvironment({
    name,
    lockFile: requirements,
    size: about,
    cache: cacheFolder(),
    basePython: await findPython(),
    environment: process.env,
    onProgress: (message) => process.stderr.write(`${message}\n`),
  });
  return dirname(python);
}
