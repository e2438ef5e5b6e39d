import { mkdirSync, writeFileSync } from 'fs';
import { join } from 'path';
import type { FlinkToolchain } from '../toolchain/flink';
import { javaBinary } from '../toolchain/locate';
import type { Toolchain } from '../toolchain/toolchain';

/** Two processors for a minute: neither a collector nor a compiler that takes them from the job. */
const SMALL_MACHINE = ['-Xmx1g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/**
 * Writes what the emulator needs to start Flink behind a deployed application.
 *
 * @returns the file, which is announced as the engine `flink`
 */
export function writeFlinkEngine(flink: FlinkToolchain, { javaHome }: Toolchain, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'flink.json');
  const { classPath, hostClass } = flink;
  const javaOptions = [...SMALL_MACHINE, ...flink.javaOptions];
  writeFileSync(file, JSON.stringify({ java: javaBinary(javaHome), javaOptions, classPath, hostClass }));
  return file;
}
