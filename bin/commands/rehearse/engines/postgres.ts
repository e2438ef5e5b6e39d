import { randomBytes } from 'crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { basename, join } from 'path';
import { UserError, ExitCode } from '../../../cli-errors';
import { runProcess } from '../run-process';
import type { WarehouseToolchain } from '../toolchain/warehouse';
import { freePort } from './ports';
import { type Engine, EngineCrash, type Supervisor, tail } from './supervisor';

const START_SECONDS = 60;
const ATTEMPTS = 3;
const SUPERUSER = 'postgres';

/** PostgreSQL refuses to run as root; this gives up everything that root may do. */
const AS_NOBODY = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'];

/** A PostgreSQL server, which plays the warehouse and the database that a source reads. */
export interface Postgres {
  readonly engine: Engine;
  readonly host: string;
  readonly port: number;
  /** Its superuser. */
  readonly user: string;
  readonly password: string;
  /** Such as `18.6`. */
  readonly version: string;
}

/**
 * Starts PostgreSQL with an empty cluster on a free port of 127.0.0.1. Passwords are asked for (SCRAM), as on AWS. Its
 * data goes when it ends.
 */
export async function startPostgres(
  supervisor: Supervisor,
  toolchain: WarehouseToolchain,
  folder: string,
): Promise<Postgres> {
  // Not below the folder of the rehearsal: as nobody the server may not enter what belongs to root alone.
  const home = mkdtempSync(join(tmpdir(), 'data-patterns-postgres-'));
  const remove = (): void => rmSync(home, { recursive: true, force: true });
  try {
    const cluster = await createCluster(toolchain, home);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const postgres = await launch(supervisor, cluster, join(folder, `postgres-${attempt}.log`));
        void postgres.engine.ended.then(remove);
        return postgres;
      } catch (error) {
        // A free port can be taken by somebody else before PostgreSQL has bound it.
        const lostPort = error instanceof EngineCrash && /Address already in use/.test(tail(error.logFile, 200));
        if (!lostPort || attempt === ATTEMPTS) {
          throw error;
        }
      }
    }
  } catch (error) {
    remove();
    throw error;
  }
}

interface Cluster {
  readonly command: readonly string[];
  readonly binaries: string;
  readonly data: string;
  readonly password: string;
}

async function createCluster(toolchain: WarehouseToolchain, home: string): Promise<Cluster> {
  const asRoot = process.getuid?.() === 0;
  const { postgres } = toolchain;
  const password = randomBytes(18).toString('base64url');
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  let packageFolder = postgres.package;
  if (asRoot) {
    packageFolder = join(home, basename(postgres.package));
    cpSync(postgres.package, packageFolder, { recursive: true, verbatimSymlinks: true });
    cpSync(postgres.libraries, join(home, basename(postgres.libraries)), { recursive: true, verbatimSymlinks: true });
    await run(['chown', '-R', 'nobody:nogroup', home]);
  }
  const command = asRoot ? AS_NOBODY : [];
  const binaries = join(packageFolder, 'pginstall', 'bin');
  const data = join(home, 'data');
  await run([
    ...command,
    join(binaries, 'initdb'),
    ...['--pgdata', data, '--username', SUPERUSER, '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
    ...['--encoding', 'UTF8', '--locale', 'C', '--no-sync', '--no-instructions'],
  ]);
  rmSync(passwordFile);
  return { command, binaries, data, password };
}

async function launch(
  supervisor: Supervisor,
  { command, binaries, data, password }: Cluster,
  logFile: string,
): Promise<Postgres> {
  const port = await freePort();
  const [program, ...args] = [...command, join(binaries, 'postgres'), '-D', data, ...settings(port)];
  const engine = supervisor.start({
    name: 'PostgreSQL',
    command: program,
    args,
    env: environment(),
    cwd: '/',
    logFile,
  });
  const [, version] = await engine.logged(/starting PostgreSQL ([\d.]+)/, START_SECONDS);
  await engine.logged(/ready to accept connections/, START_SECONDS);
  return { engine, host: '127.0.0.1', port, user: SUPERUSER, password, version };
}

/** Nothing of this outlives the rehearsal, so nothing is made to survive the loss of power. */
function settings(port: number): string[] {
  return Object.entries({
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    fsync: 'off',
    synchronous_commit: 'off',
    full_page_writes: 'off',
    wal_level: 'minimal',
    max_wal_senders: 0,
    max_wal_size: '4GB',
    shared_buffers: '256MB',
    work_mem: '128MB',
    maintenance_work_mem: '256MB',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Without what a PostgreSQL client of this machine is told. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG')));
}

async function run([program, ...args]: readonly string[]): Promise<void> {
  const { code, output } = await runProcess(program, args, { env: environment(), cwd: '/' });
  if (code !== 0) {
    const hint = program === AS_NOBODY[0] && code === 127 ? ' (setpriv is part of util-linux: install it)' : '';
    throw new UserError(`PostgreSQL cannot be set up${hint}: ${output.trim()}`, ExitCode.FAILED);
  }
}
