import { join } from 'path';
import { packageRoot } from '../../../package-root';
import { preparePythonEnvironment } from './python-environment';
import { askPython, type Toolchain } from './toolchain';

/** What only a warehouse needs: dlt, dbt and PostgreSQL, fetched when the first one is rehearsed. */
export interface WarehouseToolchain {
  /** Interpreter of an environment with what the warehouse's tasks are deployed with. */
  readonly python: string;
  /** Folder of a Python package that carries PostgreSQL's binaries, and of the libraries that they find beside it. */
  readonly postgres: { readonly package: string; readonly libraries: string };
  /** Bytes that came over the network to prepare it; 0 when everything was there. */
  readonly downloadedBytes: number;
}

export interface WarehouseToolchainOptions {
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Told what is being fetched. */
  readonly onProgress?: (message: string) => void;
  /**
   * Folder of the lock file `requirements-warehouse.txt`.
   *
   * @default - that of this package
   */
  readonly lockFiles?: string;
}

/** The minor version of Python that made the environment is part of its paths. */
const SITE_PACKAGES = 'import sysconfig; print(sysconfig.get_path("purelib"))';

/**
 * Makes sure that the environment of a warehouse is there, fetching what is not. Safe when two processes do it at once.
 *
 * @throws UserError with the remedy when something cannot be fetched
 */
export async function prepareWarehouse(
  toolchain: Toolchain,
  options: WarehouseToolchainOptions = {},
): Promise<WarehouseToolchain> {
  const lockFiles = options.lockFiles ?? join(packageRoot(), 'bin', 'commands', 'rehearse', 'toolchain');
  const environment = options.environment ?? process.env;
  const { python, downloadedBytes } = await preparePythonEnvironment({
    name: 'warehouse',
    lockFile: join(lockFiles, 'requirements-warehouse.txt'),
    builders: ['setuptools', 'wheel'],
    size: 'about 0.3 GB',
    cache: toolchain.cache,
    basePython: toolchain.python,
    environment,
    onProgress: options.onProgress ?? (() => undefined),
  });
  const packages = await askPython(python, SITE_PACKAGES, environment);
  return {
    python,
    postgres: {
      package: join(packages, 'embedded_postgres'),
      libraries: join(packages, 'embedded_postgres.libs'),
    },
    downloadedBytes,
  };
}
