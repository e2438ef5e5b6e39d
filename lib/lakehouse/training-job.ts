import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ILakeTable } from '../ports';
import { requireGlueTables } from './private/glue-table';
import { grantPrefixWrite } from '../foundation/private/prefix-access';
import { runner, runnerModules } from './private/runtime';
import { fileAsset, grantAssetRead } from '../foundation/private/assets';
import { SparkJob, type SparkJobOptions } from './spark-job';

/** Properties of a `TrainingJob`. */
export interface TrainingJobProps extends SparkJobOptions {
  /** Name of the model: lower-case letters, digits and underscores. Its files stand under `models/<modelName>` in the lake's bucket. */
  readonly modelName: string;

  /** The table that the model is trained on. */
  readonly table: ILakeTable;

  /**
   * Path of the SQL file whose result is learnt from: a column `label`, columns `key_...` that order the rows, and the
   * features. `${snapshot}` behind the table's name stands for the snapshot that a run names.
   */
  readonly sqlFile: string;
}

/**
 * Trains a linear regression of Spark ML on one snapshot of a table, on demand.
 *
 * A run names the snapshot, `--snapshot_id`, and writes `snapshot-<id>/model` and `snapshot-<id>/metadata.json`. A second
 * run on the same snapshot gives the same coefficients, however much the table has moved on.
 *
 * @see docs/machine-learning.md
 */
export class TrainingJob extends SparkJob {
  /** Where the models stand: an `s3://` URL without a slash at the end. */
  public readonly modelLocation: string;

  // eslint-disable-next-line awscdk/no-unused-props -- what is not used here goes on to SparkJob
  constructor(scope: Construct, id: string, props: TrainingJobProps) {
    const { modelName, table, sqlFile, ...options } = props;
    if (!/^[a-z0-9_]+$/.test(modelName)) {
      throw new Error(
        `${scope.node.path}/${id}: model name '${modelName}' would not do as a folder; use lower-case letters, digits and underscores.`,
      );
    }
    super(scope, id, {
      description: `Trains ${modelName} on a snapshot of ${table.tableName}`,
      ...options,
      script: runner('train_model.py'),
    });
    requireGlueTables(this, table);
    this.addPythonFile(runnerModules(this));
    const sql = fileAsset(this, 'Sql', sqlFile, 'SQL file');
    grantAssetRead(this, sql);
    table.grantRead(this);
    const bucket = this.lake.bucket.bucket;
    const prefix = `models/${modelName}`;
    grantPrefixWrite(this, { bucket, prefix, key: bucket.encryptionKey, content: 'the files of a model' });
    this.modelLocation = bucket.s3UrlForObject(prefix);

    this.addArgument('--sql', sql.s3ObjectUrl);
    this.addArgument('--table', `${table.databaseName}.${table.tableName}`);
    this.addArgument('--variables', Stack.of(this).toJsonString(this.lake.databaseNames));
    this.addArgument('--output', this.modelLocation);
  }
}
