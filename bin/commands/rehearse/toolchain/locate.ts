import { accessSync, constants, existsSync, readFileSync, realpathSync } from 'fs';
import { delimiter, dirname, join } from 'path';
import { UserError } from '../../../cli-errors';
import { runProcess } from '../run-process';

/** Newest first would be natural, but 3.11 is what AWS Glue 5.1 runs, so it comes first where it is to be had. */
const PYTHON_NAMES = ['python3.11', 'python3.12', 'python3.13', 'python3'];
const OLDEST_PYTHON = [3, 11];

/** Spark 3.5 runs on 17; 21 works too, later ones lack classes that Hadoop needs. */
const SPARK_JAVA: JavaRange = { oldest: 17, newest: 21 };

/** Major versions, both included. */
export interface JavaRange {
  readonly oldest: number;
  readonly newest: number;
}

/** Environment without what would make a foreign Python's packages visible in ours. */
export function pythonEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const clean: NodeJS.ProcessEnv = { ...environment, PIP_USER: '0', PIP_NO_INPUT: '1' };
  for (const name of ['PYTHONPATH', 'PYTHONHOME', 'PYTHONSTARTUP', 'VIRTUAL_ENV']) {
    delete clean[name];
  }
  return clean;
}

/**
 * Finds a Python that is new enough.
 *
 * @returns the path of its interpreter
 * @throws UserError when there is none
 */
export async function findPython(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const seen: string[] = [];
  for (const name of PYTHON_NAMES) {
    const { code, output } = await runProcess(
      name,
      ['-c', 'import sys; print(*sys.version_info[:3], sep="."); print(sys.executable)'],
      { env: pythonEnvironment(environment) },
    );
    const [version = '', executable = ''] = output.split('\n');
    if (code !== 0 || !existsSync(executable)) {
      continue;
    }
    if (isAtLeast(version, OLDEST_PYTHON)) {
      return executable;
    }
    seen.push(`${executable} is ${version}`);
  }
  const found =
    seen.length > 0 ? `Only an older Python was found (${seen.join(', ')})` : 'No Python was found on the PATH';
  throw new UserError(
    `${found}; the rehearsal needs Python 3.11 or newer: install it (for example: apt-get install python3 python3-venv, or brew install python@3.11) and run again.`,
  );
}

function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}

/**
 * Finds a Java that Spark and Kafka run on, or one of another range, in JAVA_HOME first, then on the PATH.
 *
 * @returns its home folder, or undefined when the machine has no such Java
 */
export async function findJavaHome(
  environment: NodeJS.ProcessEnv = process.env,
  range: JavaRange = SPARK_JAVA,
): Promise<string | undefined> {
  const homes = environment.JAVA_HOME ? [environment.JAVA_HOME] : [];
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    const java = join(folder, 'java');
    if (folder !== '' && isExecutable(java)) {
      homes.push(dirname(dirname(realpathSync(java))));
    }
  }
  for (const home of homes) {
    const version = isExecutable(javaBinary(home)) ? await javaVersion(home) : undefined;
    if (version !== undefined && version >= range.oldest && version <= range.newest) {
      return home;
    }
  }
  return undefined;
}

export function javaBinary(javaHome: string): string {
  return join(javaHome, 'bin', 'java');
}

/** Major version: from the `release` file that every JDK carries, because starting a JVM takes a while. */
async function javaVersion(home: string): Promise<number | undefined> {
  const release = join(home, 'release');
  const text = existsSync(release)
    ? readFileSync(release, 'utf8')
    : (await runProcess(javaBinary(home), ['-version'])).output;
  const match = /(?:JAVA_VERSION=|version )"(\d+)/.exec(text);
  return match ? Number(match[1]) : undefined;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
