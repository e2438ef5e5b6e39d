import { createHash } from 'crypto';
import { existsSync, mkdirSync, writeFileSync } from 'fs';
import { dirname, join } from 'path';
import { UserError } from '../../../cli-errors';
import { packageRoot } from '../../../package-root';
import { pythonEnvironment } from '../toolchain/locate';
import { Toolchain } from '../toolchain/toolchain';
import { createPrincipals, Principal, Principals } from '../principals';
import type { EngineEndpoints } from './endpoints';
import { freePort, isBusy } from './ports';
import { Engine, Supervisor } from './supervisor';

const START_SECONDS = 60;

/** Heap of a Glue job's Spark; the job's container on AWS is larger, a laptop is not. */
const DRIVER_MEMORY = '1g';

/** An emulated AWS account. */
export interface Emulator {
  readonly engine: Engine;
  readonly endpoint: string;
  readonly account: string;
  readonly region: string;
  /** Who may do what in the account, beside the deployed roles. */
  readonly principals: Principals;
  /** The same of every account that it plays. */
  readonly principalsOf: ReadonlyMap<string, Principals>;
  /** The journal of what it provisioned and ran, in any account. */
  readonly journal: string;
  /** Spark properties that differ from the deployed job's; listed in the report. */
  readonly sparkOverrides: { readonly [property: string]: string };
}

export interface EmulatorOptions {
  readonly account: string;
  /** @default - none */
  readonly furtherAccounts?: readonly string[];
  readonly region: string;
  readonly folder: string;
  /** Folders in which Node.js functions find the AWS SDK that their Lambda runtime brings. */
  readonly nodePath: readonly string[];
  /** @default - a free one */
  readonly port?: number;
  /**
   * Whether every request is judged by the policies of whoever sends it.
   * @default true
   */
  readonly enforceIam?: boolean;
}

/** Starts the emulator of AWS, which plays Glue jobs with the local Spark, and other services with the engines that it is told of. */
export async function startEmulator(
  supervisor: Supervisor,
  toolchain: Toolchain,
  options: EmulatorOptions,
): Promise<Emulator> {
  const port = options.port ?? (await freePort());
  if (await isBusy(port)) {
    throw new UserError(
      `Port ${port} of 127.0.0.1 is in use: stop what listens there, or leave --port out to get a free one.`,
    );
  }
  const endpoint = `http://127.0.0.1:${port}`;
  const sparkOverrides = sparkConf(endpoint);
  const accounts = [options.account, ...(options.furtherAccounts ?? [])];
  const principalsOf = new Map(accounts.map((account) => [account, createPrincipals(account)]));
  mkdirSync(options.folder, { recursive: true });
  const config = join(options.folder, 'config.json');
  writeFileSync(
    config,
    JSON.stringify({
      port,
      account: options.account,
      region: options.region,
      stateDir: options.folder,
      nodePath: options.nodePath,
      principals: [...principalsOf].flatMap(([account, principals]) =>
        Object.values(principals).map((principal: Principal) => ({ ...principal, account })),
      ),
      enforceIam: options.enforceIam,
      spark: {
        python: toolchain.python,
        javaHome: toolchain.javaHome,
        jars: toolchain.jars.spark,
        driverMemory: DRIVER_MEMORY,
        classArchive: classArchive(toolchain),
        conf: sparkOverrides,
      },
    }),
  );
  const engine = supervisor.start({
    name: 'The AWS emulator',
    command: toolchain.python,
    args: ['-m', 'emulator', '--config', config],
    env: { ...withoutAws(pythonEnvironment()), PYTHONPATH: join(packageRoot(), 'bin', 'commands', 'rehearse') },
    cwd: options.folder,
    logFile: join(options.folder, 'emulator.log'),
  });
  await engine.logged(/"event": ?"ready"/, START_SECONDS);
  const emulator = {
    engine,
    endpoint,
    region: options.region,
    principalsOf,
    journal: join(options.folder, 'journal.jsonl'),
    sparkOverrides,
  };
  return inAccount(emulator, options.account);
}

/** The emulator, as one of the accounts that it plays. */
export function inAccount(emulator: Omit<Emulator, 'account' | 'principals'>, account: string): Emulator {
  const principals = emulator.principalsOf.get(account);
  if (principals === undefined) throw new Error(`The emulator does not play the account ${account}.`);
  return { ...emulator, account, principals };
}

/** Tells the emulator where the engines are that deployed resources stand on. */
export function announceEngines({ journal }: Emulator, endpoints: EngineEndpoints): void {
  // The name is that of emulator/engines.py.
  writeFileSync(join(dirname(journal), 'engines.json'), JSON.stringify(endpoints));
}

/** Java adds its archive of classes to one that it brings; the Java that is fetched as a package brings none. */
function classArchive({ cache, javaHome, jars }: Toolchain): string | undefined {
  const base = join(javaHome, 'lib', 'server', 'classes.jsa');
  return existsSync(base) ? join(cache, `spark-classes-${hash(javaHome, ...jars.spark)}.jsa`) : undefined;
}

function hash(...texts: readonly string[]): string {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);
}

/** Settings and credentials of the user's own AWS accounts must not reach what runs here. */
export function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}

/** What differs from the deployed job: where AWS and Kafka are, and how one gets in. */
function sparkConf(endpoint: string): { [property: string]: string } {
  const catalog = 'spark.sql.catalog.glue_catalog';
  return {
    [`${catalog}.glue.endpoint`]: endpoint,
    [`${catalog}.s3.endpoint`]: endpoint,
    [`${catalog}.s3.path-style-access`]: 'true',
    'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    'spark.hadoop.fs.s3a.endpoint': endpoint,
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    'spark.datapatterns.kafka.security.protocol': 'PLAINTEXT',
    // Kafka loads the deployed handler's class even where it is not used, and that of MSK is not here.
    'spark.datapatterns.kafka.sasl.client.callback.handler.class':
      'org.apache.kafka.common.security.authenticator.SaslClientCallbackHandler',
    'spark.sql.shuffle.partitions': '4',
    // What sorts and caches take at most: beyond it they use the disk, so that memory does not grow with the rows.
    'spark.memory.fraction': '0.3',
  };
}
