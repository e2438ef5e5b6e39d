import { createHash } from 'crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'fs';
import { delimiter, dirname, join } from 'path';
import {
  type FlinkRunnerSource,
  flinkRunnerJars,
  flinkRunnerSource,
} from '../../../../lib/streaming/private/flink-runner';
import { ExitCode, UserError } from '../../../cli-errors';
import { packageRoot } from '../../../package-root';
import { runProcess } from '../run-process';
import { fetchJars, jarFileName, PinnedJar, readJarList } from './jars';
import { javaBinary, pythonEnvironment } from './locate';
import { withLock } from './lock';
import { diskIsFull } from './output';
import { findIvyJar, Toolchain } from './toolchain';

const HOST = 'MiniClusterHost';
const RUNNER_CLASS = 'datapatterns.flink.SqlRunner';

/** What Flink's reflection needs of Java 17, as its own start scripts open it. */
const JAVA_OPTIONS = [
  'java.base/java.lang',
  'java.base/java.lang.invoke',
  'java.base/java.math',
  'java.base/java.net',
  'java.base/java.io',
  'java.base/java.nio',
  'java.base/java.text',
  'java.base/java.time',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
  'java.base/java.util.concurrent.locks',
  'java.base/sun.net.util',
].map((each) => `--add-opens=${each}=ALL-UNNAMED`);

/** Flink, which is fetched only for stacks that stream, and the jar of our SQL runner. */
export interface FlinkToolchain {
  /** Class path of a Flink process: the compiled host, then Flink's own jars. */
  readonly classPath: readonly string[];
  /** Main class of the host. */
  readonly hostClass: string;
  /** Options of every Java that runs it. */
  readonly javaOptions: readonly string[];
  /** The jar that Flink applications run. */
  readonly runnerJar: string;
  readonly version: string;
  /** Bytes that came over the network to prepare it; 0 when everything was there. */
  readonly downloadedBytes: number;
}

export interface FlinkToolchainOptions {
  /** @default process.env */
  readonly environment?: NodeJS.ProcessEnv;
  /** Told what is being fetched or built. */
  readonly onProgress?: (message: string) => void;
}

/**
 * Makes sure that Flink and the runner's jar are there, fetching and building what is not. Safe when two processes do it
 * at once. It needs no JDK: the compiler is a jar, too.
 *
 * @throws UserError with the remedy when something cannot be fetched or built
 */
export async function prepareFlink(toolchain: Toolchain, options: FlinkToolchainOptions = {}): Promise<FlinkToolchain> {
  const preparation = new FlinkPreparation(toolchain, options);
  return preparation.ready() ?? preparation.run();
}

/** Puts the runner's jar into the package, in place of those of other sources, so that who installs it builds nothing. */
export function shipRunner({ runnerJar }: FlinkToolchain): void {
  const { shipped } = flinkRunnerJars(flinkRunnerSource());
  if (runnerJar === shipped) return;
  rmSync(dirname(shipped), { recursive: true, force: true });
  mkdirSync(dirname(shipped), { recursive: true });
  copyFileSync(runnerJar, shipped);
}

class FlinkPreparation {
  private readonly environment: NodeJS.ProcessEnv;
  private readonly onProgress: (message: string) => void;
  private readonly flink: readonly PinnedJar[];
  private readonly compiler: readonly PinnedJar[];
  private readonly runner: FlinkRunnerSource = flinkRunnerSource();
  private readonly hostSource: string;
  private readonly host: string;
  private readonly store: string;
  private downloaded = 0;

  public constructor(
    private readonly toolchain: Toolchain,
    options: FlinkToolchainOptions,
  ) {
    this.environment = options.environment ?? process.env;
    this.onProgress = options.onProgress ?? (() => undefined);
    const rehearse = join(packageRoot(), 'bin', 'commands', 'rehearse');
    const lists = join(rehearse, 'toolchain', 'maven', 'on-request');
    this.flink = readJarList(join(lists, 'flink.json'));
    this.compiler = readJarList(join(lists, 'flink-compiler.json'));
    this.hostSource = join(rehearse, 'engines', 'flink', `${HOST}.java`);
    const hash = createHash('sha256').update(readFileSync(this.hostSource)).update(JSON.stringify(this.flink));
    this.host = join(toolchain.cache, `flink-host-${hash.digest('hex').slice(0, 16)}`);
    this.store = join(toolchain.cache, 'jars');
  }

  /** Everything, when it is there already. */
  public ready(): FlinkToolchain | undefined {
    const runnerJar = this.runnerJar();
    const complete = this.flink.every((jar) => existsSync(this.path(jar))) && existsSync(this.host);
    return complete && runnerJar !== undefined ? this.result(runnerJar) : undefined;
  }

  public async run(): Promise<FlinkToolchain> {
    const waiting = (): void => this.onProgress('another process is preparing the same toolchain; waiting for it');
    return withLock(this.toolchain.python, join(this.toolchain.cache, 'lock'), waiting, async () => {
      await this.fetch([...this.flink, ...this.compiler]);
      if (!existsSync(this.host)) {
        await this.compileInto(this.host, [this.hostSource], this.flink);
      }
      return this.result(this.runnerJar() ?? (await this.buildRunner()));
    });
  }

  private runnerJar(): string | undefined {
    const { shipped, built } = flinkRunnerJars(this.runner);
    return [shipped, built].find((file) => existsSync(file));
  }

  private async buildRunner(): Promise<string> {
    const rules = join(this.runner.folder, 'jar.json');
    const { dependencies } = JSON.parse(readFileSync(rules, 'utf8')) as { dependencies: PinnedJar[] };
    await this.fetch(dependencies);
    this.onProgress('building the jar of the Flink SQL runner');
    const { built } = flinkRunnerJars(this.runner);
    mkdirSync(dirname(built), { recursive: true });
    const scratch = mkdtempSync(join(dirname(built), 'classes-'));
    try {
      const classes = join(scratch, 'classes');
      await this.compileInto(classes, javaFiles(join(this.runner.folder, 'src')), [...dependencies, ...this.flink]);
      const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'toolchain', 'merge_jars.py');
      const inputs = [classes, join(this.runner.folder, 'resources'), ...dependencies.map((jar) => this.path(jar))];
      await this.step(this.toolchain.python, [script, built, RUNNER_CLASS, rules, ...inputs]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
    return built;
  }

  /** The folder stands under its name only once everything in it is compiled. */
  private async compileInto(folder: string, sources: readonly string[], jars: readonly PinnedJar[]): Promise<void> {
    const [compiler] = this.compiler;
    const unfinished = `${folder}.new`;
    rmSync(unfinished, { recursive: true, force: true });
    const classPath = jars.map((jar) => this.path(jar)).join(delimiter);
    await this.step(
      javaBinary(this.toolchain.javaHome),
      [
        '-jar',
        this.path(compiler),
        '-source',
        '17',
        '-target',
        '17',
        '-proc:none',
        '-nowarn',
        '-encoding',
        'UTF-8',
      ].concat(['-classpath', classPath, '-d', unfinished], sources),
    );
    renameSync(unfinished, folder);
  }

  private async fetch(jars: readonly PinnedJar[]): Promise<void> {
    this.downloaded += await fetchJars({
      jars,
      store: this.store,
      javaHome: this.toolchain.javaHome,
      ivyJar: () => findIvyJar(this.toolchain.python, this.environment),
      ivySettings: this.environment.DATA_PATTERNS_IVY_SETTINGS,
      onProgress: this.onProgress,
    });
  }

  private async step(command: string, args: readonly string[]): Promise<void> {
    const { code, output } = await runProcess(command, args, { env: pythonEnvironment(this.environment) });
    if (code === 0) {
      return;
    }
    if (diskIsFull(output)) {
      throw new UserError(
        `The disk that holds ${this.toolchain.cache} is full: free about 1 GB, or set DATA_PATTERNS_CACHE to a folder on another disk, and run again.`,
      );
    }
    throw new UserError(`The Flink SQL runner cannot be built:\n${output.trimEnd()}`, ExitCode.FAILED);
  }

  private result(runnerJar: string): FlinkToolchain {
    const core = this.flink.find(({ coordinate }) => coordinate.startsWith('org.apache.flink:flink-core:'));
    return {
      classPath: [this.host, ...this.flink.map((jar) => this.path(jar))],
      hostClass: HOST,
      javaOptions: JAVA_OPTIONS,
      runnerJar,
      version: core?.coordinate.split(':')[2] ?? 'unknown',
      downloadedBytes: this.downloaded,
    };
  }

  private path(jar: PinnedJar): string {
    return join(this.store, jarFileName(jar.coordinate));
  }
}

function javaFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.java'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
