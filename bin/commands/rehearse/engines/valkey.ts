import { randomBytes } from 'crypto';
import { mkdirSync, rmSync, writeFileSync } from 'fs';
import Redis from 'iovalkey';
import { join } from 'path';
import type { ValkeyToolchain } from '../toolchain/valkey';
import { freePort } from './ports';
import { type Engine, EngineCrash, type Supervisor, tail } from './supervisor';

const START_SECONDS = 20;
const ATTEMPTS = 3;
const SLOTS = 16_384;
const CONFIGURATION = 'valkey.conf';
const LOG = 'valkey.log';

/** As Valkey writes it. */
export const MEMORY_LIMIT = '1gb';

/** A Valkey of one node in cluster mode, which stands behind ElastiCache Serverless. */
export interface Valkey {
  readonly engine: Engine;
  readonly host: string;
  readonly port: number;
  /** Of the user `default`, who may do anything; what is deployed has users of its own. */
  readonly password: string;
  /** Such as `9.1.2`. */
  readonly version: string;
  /** What the emulator's plugin asks for under the name `valkey`. */
  readonly endpoint: string;
  /** Its settings and users. */
  readonly folder: string;
}

/** Starts Valkey on free ports of 127.0.0.1. It keeps nothing on the disk but its users. */
export async function startValkey(supervisor: Supervisor, toolchain: ValkeyToolchain, folder: string): Promise<Valkey> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryToStart(supervisor, toolchain, join(folder, String(attempt)));
    } catch (error) {
      // A free port can be taken by somebody else before Valkey has bound it.
      const lostPort = error instanceof EngineCrash && /Address already in use/.test(tail(error.logFile, 200));
      if (!lostPort || attempt === ATTEMPTS) throw error;
    }
  }
}

async function tryToStart(supervisor: Supervisor, toolchain: ValkeyToolchain, folder: string): Promise<Valkey> {
  mkdirSync(folder, { recursive: true });
  const [port, clusterPort] = [await freePort(), await freePort()];
  const password = randomBytes(16).toString('hex');
  writeFileSync(join(folder, 'users.acl'), `user default on >${password} ~* &* +@all\n`);
  writeFileSync(join(folder, CONFIGURATION), configuration(folder, port, clusterPort));
  const engine = await launch(supervisor, toolchain, folder);
  const version = await withClient(port, password, async (client) => {
    await client.cluster('ADDSLOTSRANGE', 0, SLOTS - 1);
    await waitUntilServing(client);
    return /valkey_version:(\S+)/.exec(await client.info('server'))?.[1] ?? '';
  });
  const host = '127.0.0.1';
  return { engine, host, port, password, version, endpoint: `default:${password}@${host}:${port}`, folder };
}

/** Starts one that was killed, on the ports and with the users that it had; it has lost everything else. */
export async function restartValkey(
  supervisor: Supervisor,
  toolchain: ValkeyToolchain,
  valkey: Valkey,
): Promise<Engine> {
  const engine = await launch(supervisor, toolchain, valkey.folder);
  await administer(valkey, waitUntilServing);
  return engine;
}

/** Does something to it as the user who may do anything. */
export function administer<T>({ port, password }: Valkey, work: (client: Redis) => Promise<T>): Promise<T> {
  return withClient(port, password, work);
}

function configuration(folder: string, port: number, clusterPort: number): string {
  return Object.entries({
    bind: '127.0.0.1',
    port,
    dir: folder,
    aclfile: join(folder, 'users.acl'),
    save: '""',
    appendonly: 'no',
    'cluster-enabled': 'yes',
    'cluster-port': clusterPort,
    'cluster-announce-ip': '127.0.0.1',
    'cluster-config-file': 'nodes.conf',
    maxmemory: MEMORY_LIMIT,
    'maxmemory-policy': 'noeviction',
  })
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
}

async function launch(supervisor: Supervisor, toolchain: ValkeyToolchain, folder: string): Promise<Engine> {
  const logFile = join(folder, LOG);
  // Of the run before, when there was one.
  rmSync(logFile, { force: true });
  const engine = supervisor.start({
    name: 'Valkey',
    command: toolchain.server,
    args: [join(folder, CONFIGURATION)],
    env: process.env,
    cwd: folder,
    logFile,
  });
  await engine.logged(/Ready to accept connections/, START_SECONDS);
  return engine;
}

async function withClient<T>(port: number, password: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({ host: '127.0.0.1', port, password, enableReadyCheck: false });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

async function waitUntilServing(client: Redis): Promise<void> {
  const deadline = Date.now() + START_SECONDS * 1000;
  while (!/cluster_state:ok/.test(String(await client.cluster('INFO')))) {
    if (Date.now() > deadline) throw new Error(`Valkey does not serve its slots after ${START_SECONDS} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
