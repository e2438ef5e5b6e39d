import { ChildProcess, spawn } from 'child_process';
import { openSync } from 'fs';
import { join } from 'path';
import { createInterface, Interface } from 'readline';
import type { Emulator } from '../../bin/commands/rehearse/engines/emulator';
import { withoutAws } from '../../bin/commands/rehearse/engines/emulator';
import { accountOwner } from '../../bin/commands/rehearse/principals';
import type { Toolchain } from '../../bin/commands/rehearse/toolchain/toolchain';
import { lakeSparkConf } from '../../lib/lakehouse/private/spark-conf';

/** A Spark session on the emulated account's lake: somebody who reads and writes beside the deployed jobs. */
export class SparkConsole {
  private readonly answers: AsyncIterator<string>;
  private readonly lines: Interface;

  private constructor(private readonly child: ChildProcess) {
    this.lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  static start(toolchain: Toolchain, emulator: Emulator, folder: string): SparkConsole {
    const settings = {
      ...lakeSparkConf('s3://unused'),
      ...emulator.sparkOverrides,
      'spark.driver.bindAddress': '127.0.0.1',
      'spark.driver.host': '127.0.0.1',
      'spark.driver.memory': '1g',
      'spark.driver.extraClassPath': toolchain.jars.spark.join(':'),
      'spark.ui.enabled': 'false',
    };
    const owner = accountOwner(emulator.account);
    const child = spawn(toolchain.python, [join(__dirname, 'spark_console.py'), JSON.stringify(settings)], {
      cwd: folder,
      env: {
        ...withoutAws(process.env),
        AWS_ACCESS_KEY_ID: owner.accessKeyId,
        AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
        AWS_REGION: emulator.region,
        JAVA_HOME: toolchain.javaHome,
        PYSPARK_PYTHON: toolchain.python,
        PYSPARK_DRIVER_PYTHON: toolchain.python,
        SPARK_LOCAL_IP: '127.0.0.1',
      },
      stdio: ['pipe', 'pipe', openSync(join(folder, 'spark-console.log'), 'a')],
    });
    return new SparkConsole(child);
  }

  /**
   * Runs a statement.
   *
   * @returns its rows, every value as Spark writes it as text
   * @throws with Spark's message
   */
  async sql(statement: string): Promise<(string | null)[][]> {
    this.child.stdin?.write(`${JSON.stringify(statement)}\n`);
    const { value, done } = await this.answers.next();
    if (done) throw new Error('the Spark session has ended; see spark-console.log');
    const { rows, error } = JSON.parse(String(value)) as { rows?: (string | null)[][]; error?: string };
    if (rows === undefined) throw new Error(`${error} (${statement})`);
    return rows;
  }

  /** The only value of the only row. */
  async value(statement: string): Promise<string | null> {
    const [[value]] = await this.sql(statement);
    return value;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin?.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
    this.lines.close();
  }
}
