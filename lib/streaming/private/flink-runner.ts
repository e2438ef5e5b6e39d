import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../foundation/private/cache-folder';
import { packageFile, packageRoot } from '../../foundation/private/package-assets';

/** What the jar of the SQL runner is made of, as it stands in the package. */
export interface FlinkRunnerSource {
  /** Folder of the sources, of `resources` and of `jar.json`, which lists what else goes into the jar. */
  readonly folder: string;
  /** Changes with every file of the folder. */
  readonly hash: string;
}

export function flinkRunnerSource(): FlinkRunnerSource {
  const folder = packageFile('lib/streaming/runtime/flink');
  const hash = createHash('sha256');
  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort()) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(folder, file)))
      .update('\0');
  }
  return { folder, hash: hash.digest('hex') };
}

/** Where the jar of these sources is looked for: in the package, which ships it, and where a checkout builds it. */
export function flinkRunnerJars({ hash }: FlinkRunnerSource): { readonly shipped: string; readonly built: string } {
  const name = `flink-sql-runner-${hash.slice(0, 16)}.jar`;
  return { shipped: join(packageRoot(), 'dist', 'flink', name), built: join(cacheFolder(), 'flink-runner', name) };
}

/** What is said when the jar of the runner is nowhere. */
export const FLINK_RUNNER_MISSING = 'the jar of the Flink SQL runner is not built';

/** The jar of the runner is nowhere; the message says what to run. */
export class FlinkRunnerMissingError extends Error {
  override readonly name = 'FlinkRunnerMissingError';
}

/**
 * The jar that a Flink application runs. `DATA_PATTERNS_FLINK_RUNNER` names another file in its place: tests that look at
 * templates alone have no use for a jar.
 *
 * @param path of the construct that needs it
 * @throws FlinkRunnerMissingError when it is neither shipped nor built, with what to run
 */
export function flinkRunnerJar(path: string, source: FlinkRunnerSource): string {
  const { shipped, built } = flinkRunnerJars(source);
  const named = process.env.DATA_PATTERNS_FLINK_RUNNER;
  const jar = named ?? [shipped, built].find((file) => existsSync(file));
  if (jar === undefined) {
    throw new FlinkRunnerMissingError(
      `${path}: ${FLINK_RUNNER_MISSING}; run 'npx data-patterns toolchain --flink' once.`,
    );
  }
  return jar;
}
