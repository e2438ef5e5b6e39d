import { createHash } from 'crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'fs';
import { basename, join } from 'path';
import { pipeline } from 'stream/promises';
import { UserError } from '../../../cli-errors';
import { runProcess } from '../run-process';
import { javaBinary } from './locate';
import { diskIsFull } from './output';

/** One pinned jar of a list in `toolchain/maven`. */
export interface PinnedJar {
  /** `group:artifact:version`, and `:type` when it is no jar, such as `:tar.gz` */
  readonly coordinate: string;
  /** Lower-case hexadecimal digest of the file. */
  readonly sha256: string;
}

export interface FetchJarsOptions {
  readonly jars: readonly PinnedJar[];
  /** Folder that holds the jars of every toolchain. */
  readonly store: string;
  readonly javaHome: string;
  /** Finds Apache Ivy's own jar; asked only when there is something to fetch. */
  readonly ivyJar: () => Promise<string>;
  readonly onProgress: (message: string) => void;
  /**
   * Ivy settings with other resolvers, for those behind a mirror.
   *
   * @default - Ivy's own default: the public repository of Maven artifacts
   */
  readonly ivySettings?: string;
}

export function readJarList(file: string): PinnedJar[] {
  return JSON.parse(readFileSync(file, 'utf8')) as PinnedJar[];
}

/** `artifact-version.jar`, the name under which a jar stands in the store. */
export function jarFileName(coordinate: string): string {
  const [, artifact, version, type = 'jar'] = coordinate.split(':');
  return `${artifact}-${version}.${type}`;
}

/**
 * Puts every missing jar into the store and checks its digest.
 *
 * @returns the bytes that came over the network
 * @throws UserError when a jar cannot be fetched or is not the pinned one
 */
export async function fetchJars(options: FetchJarsOptions): Promise<number> {
  const missing = options.jars.filter((jar) => !existsSync(join(options.store, jarFileName(jar.coordinate))));
  if (missing.length === 0) {
    return 0;
  }
  const scratch = join(options.store, '.fetching');
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    await retrieve(missing, scratch, options);
    let bytes = 0;
    for (const jar of missing) {
      bytes += await accept(jar, scratch, options.store);
    }
    return bytes;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function retrieve(jars: readonly PinnedJar[], scratch: string, options: FetchJarsOptions): Promise<void> {
  const descriptor = join(scratch, 'ivy.xml');
  const settings = options.ivySettings ?? join(scratch, 'ivysettings.xml');
  writeFileSync(descriptor, ivyDescriptor(jars));
  if (options.ivySettings === undefined) {
    writeFileSync(settings, IVY_SETTINGS);
  }
  let fetched = 0;
  const { code, output } = await runProcess(
    javaBinary(options.javaHome),
    [
      '-jar',
      await options.ivyJar(),
      '-settings',
      settings,
      '-cache',
      join(scratch, 'cache'),
      '-ivy',
      descriptor,
    ].concat(['-confs', 'default', '-retrieve', join(scratch, '[artifact]-[revision].[ext]')]),
    {
      onLine: (line) => {
        if (line.includes('[SUCCESSFUL ]')) {
          fetched += 1;
          options.onProgress(
            `jars ${fetched} of ${jars.length}: ${/#([^;]+;[^!]+)!/.exec(line)?.[1].replace(';', ' ') ?? ''}`,
          );
        }
      },
    },
  );
  if (code === 0) {
    return;
  }
  if (diskIsFull(output)) {
    throw new UserError(
      `The disk that holds ${options.store} is full: free about 3 GB, or set DATA_PATTERNS_CACHE to a folder on another disk, and run again.`,
    );
  }
  const absent = jars.find((jar) => !existsSync(join(scratch, jarFileName(jar.coordinate))));
  throw new UserError(
    `${absent?.coordinate ?? 'A jar'} cannot be fetched (${firstProblem(output)}): the first rehearsal needs the network; connect, or name Ivy settings with a mirror in DATA_PATTERNS_IVY_SETTINGS, and run again.`,
  );
}

/** Moves a fetched jar into the store once it is known to be the pinned one. */
async function accept(jar: PinnedJar, scratch: string, store: string): Promise<number> {
  const file = join(scratch, jarFileName(jar.coordinate));
  const digest = createHash('sha256');
  await pipeline(createReadStream(file), digest);
  const actual = digest.digest('hex');
  if (actual !== jar.sha256) {
    throw new UserError(
      `${jar.coordinate}: the fetched file has sha256 ${actual}, pinned is ${jar.sha256}; it was thrown away. Ask who runs your mirror before you trust it.`,
    );
  }
  renameSync(file, join(store, basename(file)));
  return statSync(join(store, basename(file))).size;
}

function firstProblem(output: string): string {
  const problem = output
    .split('\n')
    .map((line) => line.trim())
    .find((line) => /exception|not found|timed out|refused/i.test(line));
  return problem ?? 'no reason given';
}

/** Conflict manager `all`: Spark and the Kafka server each keep their own version of a jar. */
const IVY_SETTINGS = `<ivysettings>
  <settings defaultResolver="maven" defaultConflictManager="all"/>
  <resolvers><ibiblio name="maven" m2compatible="true" usepoms="false"/></resolvers>
</ivysettings>
`;

/** The list is complete, so nothing is resolved transitively. */
function ivyDescriptor(jars: readonly PinnedJar[]): string {
  const dependencies = jars.map(({ coordinate }) => {
    const [group, artifact, version, type = 'jar'] = coordinate.split(':');
    return `    <dependency org="${group}" name="${artifact}" rev="${version}" transitive="false"><artifact name="${artifact}" type="${type}" ext="${type}"/></dependency>`;
  });
  return `<ivy-module version="2.0">
  <info organisation="cdk-data-patterns" module="rehearsal"/>
  <configurations><conf name="default"/></configurations>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</ivy-module>
`;
}
