import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import { javaBinary } from '../toolchain/locate';
import { TrinoToolchain } from '../toolchain/trino';
import { Emulator, withoutAws } from './emulator';
import { freePort } from './ports';
import { Engine, Supervisor } from './supervisor';

const START_SECONDS = 120;

/** Name of the catalog that shows the tables of the emulated account. */
const CATALOG = 'lake';

/** Trino, the engine that Athena is made of, on the tables of the emulated account. */
export interface Trino {
  readonly engine: Engine;
  /** `http://127.0.0.1:port` */
  readonly endpoint: string;
  readonly catalog: string;
  readonly version: string;
}

/** Starts Trino (coordinator and worker in one process) on a free port of 127.0.0.1. */
export async function startTrino(
  supervisor: Supervisor,
  toolchain: TrinoToolchain,
  emulator: Emulator,
  folder: string,
): Promise<Trino> {
  const catalogs = join(folder, 'catalog');
  mkdirSync(catalogs, { recursive: true });
  const port = await freePort();
  const config = join(folder, 'config.properties');
  writeFileSync(config, properties(serverSettings(toolchain, port)));
  writeFileSync(join(catalogs, `${CATALOG}.properties`), properties(catalogSettings(emulator)));
  const engine = supervisor.start({
    name: 'Trino',
    command: javaBinary(toolchain.javaHome),
    args: [
      ...['-Xmx1500m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'],
      ...['-Djava.awt.headless=true', '-Duser.timezone=UTC', `-Djava.io.tmpdir=${folder}`],
      // Without it Trino starts a second JVM to look at its own object layout, which takes seconds.
      '-Djol.skipHotspotSAAttach=true',
      ...[`-Dconfig=${config}`, `-Dcatalog.config-dir=${catalogs}`, '-cp', join(toolchain.home, 'lib', '*')],
      'io.trino.server.TrinoServer',
    ],
    env: { ...withoutAws(process.env), JAVA_TOOL_OPTIONS: '' },
    cwd: folder,
    logFile: join(folder, 'trino.log'),
  });
  await engine.logged(/SERVER STARTED/, START_SECONDS);
  return { engine, endpoint: `http://127.0.0.1:${port}`, catalog: CATALOG, version: toolchain.version };
}

/** Query memory and headroom fit into the heap. */
function serverSettings(toolchain: TrinoToolchain, port: number): Settings {
  return {
    'node.environment': 'rehearsal',
    'node.internal-address': '127.0.0.1',
    'node.bind-ip': '127.0.0.1',
    'http-server.http.port': port,
    'discovery.uri': `http://127.0.0.1:${port}`,
    'plugin.dir': join(toolchain.home, 'plugin'),
    coordinator: true,
    'node-scheduler.include-coordinator': true,
    'query.max-memory': '600MB',
    'query.max-memory-per-node': '600MB',
    'memory.heap-headroom-per-node': '400MB',
  };
}

function catalogSettings({ endpoint, region, principals: { auditor } }: Emulator): Settings {
  return {
    'connector.name': 'iceberg',
    'iceberg.catalog.type': 'glue',
    'hive.metastore.glue.endpoint-url': endpoint,
    'hive.metastore.glue.region': region,
    'hive.metastore.glue.aws-access-key': auditor.accessKeyId,
    'hive.metastore.glue.aws-secret-key': auditor.secretAccessKey,
    'fs.native-s3.enabled': true,
    's3.endpoint': endpoint,
    's3.region': region,
    's3.path-style-access': true,
    's3.aws-access-key': auditor.accessKeyId,
    's3.aws-secret-key': auditor.secretAccessKey,
    // What is checked is read only.
    'iceberg.security': 'read_only',
  };
}

interface Settings {
  readonly [property: string]: string | number | boolean;
}

/** In a properties file a backslash starts an escape. */
function properties(settings: Settings): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${String(value).replace(/\\/g, '\\\\')}\n`)
    .join('');
}
