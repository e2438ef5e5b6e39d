import { ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import type { Metadata } from './metadata';

/** What Iceberg's Java library says of a change; see java/IcebergJudge.java. */
export interface Judgement {
  readonly key: string;
  /** The API brought the table into the wished state; false: into another one. */
  readonly reached?: boolean;
  /** Ids of the partition fields that the API gave, by name. */
  readonly partitionIds?: Record<string, number>;
  /** The request that the API refused, and why. */
  readonly refused?: string;
  /** What the API has no request for. */
  readonly inexpressible?: string;
  /** Whether the table opens when the change is set as a whole. */
  readonly opened: boolean;
  readonly whyNot?: string;
  /** Why rows that were written earlier cannot be read. */
  readonly unreadable?: string[];
}

/** Where the engines are: a part of `data-patterns toolchain --json`. */
export interface Toolchain {
  readonly python: string;
  readonly javaHome: string;
  readonly jars: { readonly spark: string[] };
}

// Of the jars that pyspark brings: what compiles the judge, and what Iceberg's core leans on.
const PYSPARK_JARS = /^(janino|commons-compiler|jackson-(core|databind|annotations)|slf4j-api|hadoop-client-api)-\d/;

/** One long-lived Java process that answers questions in the order in which they come. */
export class IcebergJudge {
  private readonly process: ChildProcessWithoutNullStreams;
  private readonly waiting: { resolve(answer: Judgement): void; reject(error: Error): void }[] = [];
  private errors = '';
  private asked = 0;

  public constructor(toolchain: Toolchain) {
    this.process = spawn(path.join(toolchain.javaHome, 'bin', 'java'), [
      // Short-lived and cheap: the second compiler would only take the other core from the one who asks.
      '-XX:TieredStopAtLevel=1',
      '-Xmx512m',
      '-cp',
      classPath(toolchain),
      'org.codehaus.janino.SimpleCompiler',
      path.join(__dirname, 'java', 'IcebergJudge.java'),
      'IcebergJudge',
    ]);
    this.process.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.process.on('close', () => {
      for (const { reject } of this.waiting.splice(0)) reject(new Error(`Iceberg's judge has ended: ${this.errors}`));
    });
    readline.createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.waiting.shift()?.resolve(JSON.parse(line) as Judgement);
    });
  }

  public ask(before: Metadata, after: Metadata): Promise<Judgement> {
    this.asked += 1;
    const question = JSON.stringify({ key: String(this.asked), before, after });
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.process.stdin.write(`${question}\n`);
    });
  }

  public close(): Promise<void> {
    return new Promise((resolve) => {
      this.process.on('close', () => resolve());
      this.process.stdin.end();
    });
  }
}

function classPath({ python, jars }: Toolchain): string {
  const lib = path.join(path.dirname(path.dirname(python)), 'lib');
  const version = readdirSync(lib).find((name) => name.startsWith('python'))!;
  const pyspark = path.join(lib, version, 'site-packages', 'pyspark', 'jars');
  const needed = readdirSync(pyspark).filter((name) => PYSPARK_JARS.test(name));
  const iceberg = jars.spark.find((jar) => path.basename(jar).startsWith('iceberg-spark-runtime'))!;
  return [iceberg, ...needed.map((name) => path.join(pyspark, name))].join(path.delimiter);
}
