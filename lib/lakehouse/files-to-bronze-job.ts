import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { HandlerFunction } from '../foundation/private/handler-function';
import type { ILakeTable } from '../ports';
import type { FileDrop } from './file-drop';
import { requireGlueTables } from './private/glue-table';
import { runner, runnerModules } from './private/runtime';
import { rateOf, StartSchedule } from '../foundation/private/start-schedule';
import { SparkJob, type SparkJobOptions } from './spark-job';

/** How CSV files are written. */
export interface CsvFormat {
  /**
   * What stands between two fields: one character.
   *
   * @default ','
   */
  readonly delimiter?: string;

  /**
   * What stands around a field that holds a delimiter or a line end: one character, doubled where it is meant itself.
   *
   * @default '"'
   */
  readonly quote?: string;

  /**
   * Encoding of the text: `utf-8`, `iso-8859-1` or `windows-1252`.
   *
   * @default 'utf-8'
   */
  readonly encoding?: string;
}

/** Properties of a `FilesToBronzeJob`. */
export interface FilesToBronzeJobProps extends SparkJobOptions {
  /** Where the files arrive. */
  readonly drop: FileDrop;

  /** The bronze table to append to: columns `raw_payload`, `source`, `ingested_at`. */
  readonly table: ILakeTable;

  /**
   * How often the inbox is looked at, whole minutes. The job starts only when something waits, so that an idle drop
   * costs nothing.
   *
   * @default Duration.minutes(15)
   */
  readonly lookEvery?: Duration;

  /**
   * Fields that every CSV header and every Parquet schema must have; a file without one of them is set aside.
   *
   * @default - none
   */
  readonly requiredFields?: string[];

  /**
   * How CSV files are written.
   *
   * @default - as RFC 4180 has it, in UTF-8
   */
  readonly csv?: CsvFormat;
}

const CSV_ENCODINGS = ['utf-8', 'iso-8859-1', 'windows-1252'];

/**
 * Reads batch files into a bronze table, each exactly once: CSV and JSON lines (both gzip too) and Parquet. A file that
 * cannot be read is set aside with its reason; a row that is wrong by itself lands as it stands and ends in silver as
 * invalid.
 *
 * A function looks at the inbox and starts the job when something is there. It is asked by a schedule and not by S3:
 * an event for each file would start a job for each file, and those that arrive while a run ends would wait for the next.
 */
export class FilesToBronzeJob extends SparkJob {
  /** Name of the function that starts the job when files wait. */
  public readonly starterFunctionName: string;

  // eslint-disable-next-line awscdk/no-unused-props -- what is not used here goes on to SparkJob
  constructor(scope: Construct, id: string, props: FilesToBronzeJobProps) {
    const { drop, table, lookEvery, requiredFields, csv, ...options } = props;
    super(scope, id, {
      description: `Files dropped at ${drop.prefix}/ into ${table.tableName}`,
      ...options,
      script: runner('files_to_bronze.py'),
    });
    this.validateFormat(csv ?? {}, requiredFields ?? []);
    this.addPythonFile(runnerModules(this));
    requireGlueTables(this, table);
    this.addArgument('--table', `${table.databaseName}.${table.tableName}`);
    this.addArgument('--bucket', drop.bucket.bucket.bucketName);
    this.addArgument('--prefix', drop.prefix);
    if (requiredFields?.length) this.addArgument('--required_fields', requiredFields.join(','));
    if (csv?.delimiter) this.addArgument('--csv_delimiter', csv.delimiter);
    if (csv?.quote) this.addArgument('--csv_quote', csv.quote);
    if (csv?.encoding) this.addArgument('--csv_encoding', csv.encoding);
    table.grantReadWrite(this);
    drop.grantProcess(this);
    this.starterFunctionName = this.createStarter(drop, lookEvery ?? Duration.minutes(15));
  }

  private validateFormat(csv: CsvFormat, requiredFields: string[]): void {
    for (const name of ['delimiter', 'quote'] as const) {
      const character = csv[name];
      if (character !== undefined && (character.length !== 1 || /\s/.test(character) !== (character === '\t'))) {
        throw new Error(`${this.node.path}: csv ${name} '${character}' is not one visible character or a tab.`);
      }
    }
    if (csv.encoding !== undefined && !CSV_ENCODINGS.includes(csv.encoding)) {
      const known = CSV_ENCODINGS.join(', ');
      throw new Error(`${this.node.path}: csv encoding '${csv.encoding}' is not read; use one of: ${known}.`);
    }
    const unusable = requiredFields.find((field) => field.includes(',') || field.trim() === '');
    if (unusable !== undefined) {
      throw new Error(`${this.node.path}: required field '${unusable}' is blank or has a comma; name single fields.`);
    }
  }

  private createStarter(drop: FileDrop, interval: Duration): string {
    const starter = new HandlerFunction(this, 'Starter', {
      handler: 'start-when-files-wait',
      description: `Starts ${this.node.path} when files wait`,
      profile: this.lake.profile,
      key: this.lake.key,
      timeout: Duration.minutes(1),
      caller: {
        withoutQueue: 'The schedule asks again; files that wait are found then.',
        withoutConcurrency: 'Runs for a moment at an interval, and starts nothing while the job runs.',
      },
      environment: {
        BUCKET: drop.bucket.bucket.bucketName,
        PREFIX: `${drop.prefix}/inbox/`,
        JOB_NAME: this.jobName,
      },
    });
    drop.grantList(starter);
    this.grantStart(starter);
    new StartSchedule(this, 'Schedule', {
      description: `Looks for files for ${this.node.path}`,
      expression: rateOf(this.node.path, interval),
      targetArn: starter.function.functionArn,
      input: '{}',
      grantStart: (grantee) => starter.grantInvoke(grantee),
    });
    return starter.function.functionName;
  }
}
