import { basename } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ILakeTable } from '../ports';
import type { RecordSchema, SourceMapping } from '../schema';
import { runner, runnerModules } from './private/runtime';
import { fileAsset, grantAssetRead, textAsset } from '../foundation/private/assets';
import { SparkJob, type SparkJobOptions } from './spark-job';

/** Properties of a `SqlJob`. */
export interface SqlJobProps extends SparkJobOptions {
  /** Paths of the SQL files, in the order in which they run. Each becomes an asset. */
  readonly sqlFiles: string[];

  /**
   * What `${name}` stands for in the SQL files, besides `${bronze}`, `${silver}` and `${gold}`, which are the databases of
   * a lake in layers, or the names of the domains that a domain of a mesh reads.
   *
   * @default - none
   */
  readonly variables?: { [name: string]: string };

  /**
   * The record that bronze payloads are conformed to, for SQL that reads bronze.
   *
   * @default - none
   */
  readonly record?: RecordSchema;

  /**
   * How messages of sources that do not speak the record's form become records, tried in order.
   *
   * @default - every message is a record
   */
  readonly mappings?: SourceMapping[];

  /**
   * Tables that the SQL reads. The job may read no other.
   *
   * @default - none
   */
  readonly reads?: ILakeTable[];

  /**
   * Tables that the SQL writes, which it may read as well.
   *
   * @default - none
   */
  readonly writes?: ILakeTable[];
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Runs SQL files on Spark, in order: the transformations of the lake are SQL, this is what runs them.
 *
 * A run for a range of days takes the arguments `--from_date` and `--to_date` (`YYYY-MM-DD`, both included).
 */
export class SqlJob extends SparkJob {
  // eslint-disable-next-line awscdk/no-unused-props -- what is not used here goes on to SparkJob
  constructor(scope: Construct, id: string, props: SqlJobProps) {
    if (props.sqlFiles.length === 0) {
      throw new Error(`${scope.node.path}/${id}: no SQL files; name at least one.`);
    }
    const { sqlFiles, variables, record, mappings, reads, writes, ...options } = props;
    super(scope, id, {
      description: `Runs ${sqlFiles.map((file) => basename(file)).join(', ')}`,
      ...options,
      script: runner('sql_job.py'),
    });
    this.addPythonFile(runnerModules(this));
    this.addSql(sqlFiles);
    this.addVariables(variables ?? {});
    if (record) this.addRecord(record, mappings);
    for (const table of reads ?? []) table.grantRead(this);
    for (const table of writes ?? []) table.grantReadWrite(this);
  }

  private addSql(files: string[]): void {
    const assets = files.map((file, index) => fileAsset(this, `Sql${index + 1}`, file, 'SQL file'));
    for (const asset of assets) grantAssetRead(this, asset);
    this.addArgument('--sql', assets.map((asset) => asset.s3ObjectUrl).join(','));
  }

  private addVariables(own: { [name: string]: string }): void {
    const databases = this.lake.databaseNames;
    for (const name of Object.keys(own)) {
      if (!VARIABLE.test(name)) {
        throw new Error(`${this.node.path}: '\${${name}}' cannot be a variable; use letters, digits and underscores.`);
      }
      if (name in databases) {
        throw new Error(
          `${this.node.path}: '\${${name}}' is the ${name} database of the lake already; rename the variable.`,
        );
      }
    }
    this.addArgument('--variables', Stack.of(this).toJsonString({ ...databases, ...own }));
  }

  private addRecord(record: RecordSchema, mappings?: SourceMapping[]): void {
    const spec = textAsset(this, 'Record', JSON.stringify(record.toConformSpec(mappings), undefined, 2), 'json');
    grantAssetRead(this, spec);
    this.addArgument('--record', spec.s3ObjectUrl);
  }
}
