import { spawn } from 'child_process';
import { join } from 'path';
import { createInterface } from 'readline';
import { packageRoot } from '../../../package-root';
import { killGroup } from '../run-process';
import { pythonEnvironment } from '../toolchain/locate';

export interface ProduceOptions {
  readonly python: string;
  readonly bootstrapServers: string;
  readonly topic: string;
  /** One message a line. */
  readonly file: string;
  /** Lines a second; as fast as the brokers take them when left out. */
  readonly rate?: number;
  readonly onRows: (rows: number) => void;
  readonly signal: AbortSignal;
}

/** A line that the topic does not take. */
export interface RefusedLine {
  /** From 1. */
  readonly line: number;
  readonly bytes: number;
}

export interface Produced {
  /** Lines of the file. */
  readonly lines: number;
  /** Messages in the topic. */
  readonly rows: number;
  readonly refused: readonly RefusedLine[];
  /** The largest message that the topic takes, as deployed, in bytes. */
  readonly maxMessageBytes: number;
  /** Version of librdkafka. */
  readonly version: string;
}

/** Sends every line of a file, byte by byte as it stands there, as one Kafka message. */
export async function produce(options: ProduceOptions): Promise<Produced> {
  const script = join(packageRoot(), 'bin', 'commands', 'rehearse', 'engines', 'produce.py');
  const args = [script, '--bootstrap-servers', options.bootstrapServers, '--topic', options.topic, options.file];
  if (options.rate !== undefined) args.push('--rate', String(options.rate));
  const child = spawn(options.python, args, {
    env: pythonEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stop = (): void => killGroup(child.pid, 'SIGKILL');
  options.signal.addEventListener('abort', stop);
  let result: Produced | undefined;
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints = (complaints + chunk.toString()).slice(-4000)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as { rows: number } | Produced;
    if ('refused' in message) {
      result = message;
    }
    options.onRows(message.rows);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve(status ?? 1));
  });
  options.signal.removeEventListener('abort', stop);
  if (code !== 0 || result === undefined) {
    throw new Error(`${options.topic}: the trades could not be sent (exit status ${code}):\n${complaints.trimEnd()}`);
  }
  return result;
}
