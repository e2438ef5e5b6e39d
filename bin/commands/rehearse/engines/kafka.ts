import { randomBytes } from 'crypto';
import { mkdirSync, rmSync, writeFileSync } from 'fs';
import { basename, delimiter, join } from 'path';
import { javaBinary } from '../toolchain/locate';
import { Toolchain } from '../toolchain/toolchain';
import { freePort } from './ports';
import { Engine, EngineCrash, Supervisor, tail } from './supervisor';

const START_SECONDS = 60;
const ATTEMPTS = 3;
const PROPERTIES = 'server.properties';
const LOGGING = 'log4j.properties';

/** A Kafka of one node, which stands behind the deployed MSK cluster. */
export interface Kafka {
  readonly engine: Engine;
  /** `127.0.0.1:port` */
  readonly bootstrapServers: string;
  /** Version of the broker. */
  readonly version: string;
  /** Its settings and its data. */
  readonly folder: string;
}

/** Starts Kafka (KRaft, broker and controller in one process) on free ports of 127.0.0.1. */
export async function startKafka(supervisor: Supervisor, toolchain: Toolchain, folder: string): Promise<Kafka> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryToStart(supervisor, toolchain, join(folder, String(attempt)));
    } catch (error) {
      // A free port can be taken by somebody else before Kafka has bound it.
      const lostPort = error instanceof EngineCrash && /Address already in use/.test(tail(error.logFile, 200));
      if (!lostPort || attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}

async function tryToStart(supervisor: Supervisor, toolchain: Toolchain, folder: string): Promise<Kafka> {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const [port, controllerPort] = [await freePort(), await freePort()];
  format(data);
  writeFileSync(join(folder, PROPERTIES), serverProperties(port, controllerPort, data));
  writeFileSync(join(folder, LOGGING), LOG4J);
  const engine = await launch(supervisor, toolchain, folder);
  return { engine, bootstrapServers: `127.0.0.1:${port}`, version: brokerVersion(toolchain), folder };
}

/** Starts a broker that was killed, with the data and on the ports that it had. */
export function restartKafka(supervisor: Supervisor, toolchain: Toolchain, kafka: Kafka): Promise<Engine> {
  return launch(supervisor, toolchain, kafka.folder);
}

async function launch(supervisor: Supervisor, toolchain: Toolchain, folder: string): Promise<Engine> {
  const logFile = join(folder, 'kafka.log');
  // Of the run before, when there was one.
  rmSync(logFile, { force: true });
  const engine = supervisor.start({
    name: 'Kafka',
    command: javaBinary(toolchain.javaHome),
    args: [
      ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true'],
      ...[`-Dlog4j.configuration=file:${join(folder, LOGGING)}`, '-cp', toolchain.jars.kafka.join(delimiter)],
      ...['kafka.Kafka', join(folder, PROPERTIES)],
    ],
    env: { ...process.env, JAVA_TOOL_OPTIONS: '' },
    cwd: folder,
    logFile,
  });
  await engine.logged(/Kafka Server started/, START_SECONDS);
  return engine;
}

/**
 * What `kafka-storage format` writes for a single node. Written here because it saves the start of a second JVM; the
 * broker's version, and with it the format, is pinned.
 */
function format(data: string): void {
  const id = (): string => randomBytes(16).toString('base64url').replace(/^-/, 'A');
  writeFileSync(
    join(data, 'meta.properties'),
    ['version=1', 'node.id=1', `cluster.id=${id()}`, `directory.id=${id()}`, ''].join('\n'),
  );
}

/** Beside what one node needs, only defaults of Amazon MSK: sizes of messages are those that would be deployed. */
function serverProperties(port: number, controllerPort: number, data: string): string {
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': data,
    'auto.create.topics.enable': false,
    'offsets.topic.num.partitions': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.enable': false,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

const LOG4J = `log4j.rootLogger=INFO, stdout
log4j.appender.stdout=org.apache.log4j.ConsoleAppender
log4j.appender.stdout.layout=org.apache.log4j.PatternLayout
log4j.appender.stdout.layout.ConversionPattern=[%d] %p %m (%c)%n
`;

function brokerVersion(toolchain: Toolchain): string {
  const jar = toolchain.jars.kafka.map((file) => basename(file)).find((file) => /^kafka_2\.13-/.test(file)) ?? '';
  return jar.replace(/^kafka_2\.13-|\.jar$/g, '');
}
