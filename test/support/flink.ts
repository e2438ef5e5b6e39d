import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { freePort } from '../../bin/commands/rehearse/engines/ports';
import type { Engine, Supervisor } from '../../bin/commands/rehearse/engines/supervisor';
import type { FlinkToolchain } from '../../bin/commands/rehearse/toolchain/flink';
import { javaBinary } from '../../bin/commands/rehearse/toolchain/locate';
import type { Toolchain } from '../../bin/commands/rehearse/toolchain/toolchain';

export interface FlinkRun {
  readonly supervisor: Supervisor;
  readonly toolchain: Toolchain;
  readonly flink: FlinkToolchain;
  /** Receives log, scripts, checkpoints. */
  readonly folder: string;
  /** Text of each script by its name. */
  readonly scripts: { readonly [name: string]: string };
  readonly variables: { readonly [name: string]: string };
  readonly mode?: 'streaming' | 'bounded';
  /** Of the runner, by Flink's own names. */
  readonly configuration?: { readonly [option: string]: string };
  /** Of the cluster, by Flink's own names; undefined leaves what Flink has by default. */
  readonly cluster?: { readonly [option: string]: string | undefined };
  readonly javaOptions?: readonly string[];
}

/** Starts Flink with the runner's jar, as the emulator does for a deployed application. */
export async function startFlink(run: FlinkRun): Promise<{ engine: Engine; rest: string }> {
  const { folder, toolchain, flink } = run;
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const rest = `http://127.0.0.1:${port}`;
  writeFileSync(join(folder, 'flink.properties'), clusterProperties(run, port));
  writeFileSync(join(folder, 'application_properties.json'), JSON.stringify(propertyGroups(run)));
  writeFileSync(join(folder, 'log4j2.properties'), LOG4J);
  const engine = run.supervisor.start({
    name: 'Flink',
    command: javaBinary(toolchain.javaHome),
    args: [
      ...['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...flink.javaOptions, ...(run.javaOptions ?? [])],
      ...[`-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`, '-cp', flink.classPath.join(delimiter)],
      ...[flink.hostClass, join(folder, 'flink.properties'), flink.runnerJar],
    ],
    env: { ...process.env, APPLICATION_PROPERTIES_FILE: join(folder, 'application_properties.json') },
    cwd: folder,
    logFile: join(folder, 'flink.log'),
  });
  return { engine, rest };
}

function propertyGroups(run: FlinkRun): object[] {
  const scripts = Object.entries(run.scripts).map(([name, text]) => {
    const file = join(run.folder, name);
    writeFileSync(file, text);
    return [name, pathToFileURL(file).href];
  });
  return [
    { PropertyGroupId: 'Scripts', PropertyMap: Object.fromEntries(scripts) },
    { PropertyGroupId: 'Variables', PropertyMap: run.variables },
    { PropertyGroupId: 'Configuration', PropertyMap: run.configuration ?? {} },
    { PropertyGroupId: 'Runner', PropertyMap: { mode: run.mode ?? 'streaming' } },
  ];
}

function clusterProperties(run: FlinkRun, port: number): string {
  return Object.entries({
    'rest.address': '127.0.0.1',
    'rest.bind-address': '127.0.0.1',
    'rest.port': String(port),
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.bind-host': '127.0.0.1',
    'taskmanager.bind-host': '127.0.0.1',
    'execution.target': 'remote',
    'execution.attached': 'false',
    'taskmanager.numberOfTaskSlots': '2',
    'parallelism.default': '2',
    'taskmanager.memory.managed.size': '64m',
    'execution.checkpointing.interval': '1 s',
    'execution.checkpointing.dir': `file://${join(run.folder, 'checkpoints')}`,
    'io.tmp.dirs': run.folder,
    ...run.cluster,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

const LOG4J = `rootLogger.level=INFO
rootLogger.appenderRef.console.ref=Console
appender.console.name=Console
appender.console.type=CONSOLE
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d{HH:mm:ss,SSS} %-5p %c{1} %m%n%throwable{12}
logger.kafka.name=org.apache.kafka
logger.kafka.level=WARN
logger.types.name=org.apache.flink.api.java.typeutils
logger.types.level=WARN
`;
