import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ILakeTable } from '../ports';
import type { RecordSchema, SourceMapping } from '../schema';
import { requireGlueTables } from './private/glue-table';
import {
  grantPrefixPurge,
  grantPrefixRead,
  grantPrefixWrite,
  type BucketPrefix,
} from '../foundation/private/prefix-access';
import { runner, runnerModules } from './private/runtime';
import { fileAsset, grantAssetRead, textAsset } from '../foundation/private/assets';
import { SparkJob, type SparkJobOptions } from './spark-job';

/** A table of raw messages, from which rows are erased by what they conform to. */
export interface ErasedMessages {
  /** The table: columns `raw_payload` and `source`, append-only. */
  readonly table: ILakeTable;

  /** The record that the messages conform to. */
  readonly record: RecordSchema;

  /**
   * How messages of sources that do not speak the record's form become records.
   *
   * @default - every message is a record
   */
  readonly mappings?: SourceMapping[];

  /** Tables that are fed from this one with `@consume`. */
  readonly consumers: ILakeTable[];

  /**
   * How the SQL of the consumers calls this table in its `@consume`.
   *
   * @default bronze
   */
  readonly consumedAs?: string;
}

/** A table that is computed from others, and is computed anew when rows of theirs are erased. */
export interface DerivedTable {
  /** The table. */
  readonly table: ILakeTable;

  /** Paths of the SQL files that bring it up to date, in order. */
  readonly sqlFiles: string[];
}

/** Properties of an `ErasureJob`. */
export interface ErasureJobProps extends SparkJobOptions {
  /** Columns by whose values rows can be erased, such as an id of a person. */
  readonly columns: string[];

  /**
   * The column that makes several rows versions of one thing: with one version go all of them.
   *
   * @default - rows are erased one by one
   */
  readonly identity?: string;

  /** Tables that have these columns themselves. */
  readonly tables: ILakeTable[];

  /**
   * The table of raw messages.
   *
   * @default - none
   */
  readonly messages?: ErasedMessages;

  /**
   * Tables that are computed from the others.
   *
   * @default - none
   */
  readonly derived?: DerivedTable[];

  /**
   * Where in the lake's bucket copies of rows stand that can be removed altogether, without slashes at the ends.
   *
   * @default - `query-results`
   */
  readonly disposablePrefixes?: string[];

  /**
   * How old a file must be that no table knows, to be taken for a leftover of a failed commit and not for a part of one
   * under way. Longer than any job of the lake runs.
   *
   * @default Duration.hours(24)
   */
  readonly leftoverAge?: Duration;
}

const REQUESTS = 'erasure-requests';
const RECORDS = 'erasures';

/**
 * Erases the rows of a key or a person from every layer of the lake and from its past: old snapshots, old files, old
 * versions of objects in the bucket. It runs when somebody starts it.
 *
 * A request is a file under `erasure-requests/` in the lake's bucket, because the arguments of a job are kept and shown
 * to many: `{"column": "trader_id", "values": ["T-17"], "requestedBy": "...", "reason": "..."}`. Its address is the
 * argument `--request` of the run. What was erased, when and for whom is written below `erasures/`, without the values.
 *
 * Pipelines must not run meanwhile, and must have read all of the messages; else the job says so and changes nothing that
 * a second run would miss. What Kafka still keeps is gone when its retention is over.
 */
export class ErasureJob extends SparkJob {
  /** Where requests are put: an `s3://` URL with a slash at the end. */
  public readonly requestLocation: string;

  /** Where records of what was erased stand: an `s3://` URL with a slash at the end. */
  public readonly recordLocation: string;

  // eslint-disable-next-line awscdk/no-unused-props -- what is not used here goes on to SparkJob
  constructor(scope: Construct, id: string, props: ErasureJobProps) {
    const { columns, identity, tables, messages, derived, disposablePrefixes, leftoverAge, ...options } = props;
    if (columns.length === 0) {
      throw new Error(`${scope.node.path}/${id}: no columns; name at least one by which rows are erased.`);
    }
    super(scope, id, {
      description: 'Erases the rows of a key or a person from every layer and from the past',
      ...options,
      script: runner('erase.py'),
    });
    this.addPythonFile(runnerModules(this));
    const { bucket } = this.lake.bucket;
    this.requestLocation = `${bucket.s3UrlForObject(REQUESTS)}/`;
    this.recordLocation = `${bucket.s3UrlForObject(RECORDS)}/`;
    const disposable = disposablePrefixes ?? ['query-results'];
    this.addArgument('--records', bucket.s3UrlForObject(RECORDS));
    this.addArgument(
      '--plan',
      Stack.of(this).toJsonString({
        columns,
        identity,
        tables: tables.map((table) => ({ table: nameOf(table) })),
        payloads: messages ? [payloadsOf(messages)] : [],
        derived: (derived ?? []).map((each, index) => this.derivedOf(each, index)),
        record: messages && this.specOf(messages),
        variables: this.lake.databaseNames,
        disposable: disposable.map((prefix) => bucket.s3UrlForObject(prefix)),
        orphanHours: (leftoverAge ?? Duration.hours(24)).toHours({ integral: false }),
      }),
    );

    const all = [...tables, ...(derived ?? []).map(({ table }) => table), ...(messages ? [messages.table] : [])];
    requireGlueTables(this, ...all);
    for (const table of all) {
      table.grantReadWrite(this);
      grantPrefixPurge(this, this.prefix(this.prefixOf(table), `the files of table ${table.tableName}`));
    }
    for (const prefix of disposable) grantPrefixPurge(this, this.prefix(prefix, 'copies of rows'));
    const requests = this.prefix(REQUESTS, 'requests for erasure');
    grantPrefixRead(this, requests);
    grantPrefixPurge(this, requests);
    grantPrefixWrite(this, this.prefix(RECORDS, 'records of erasures'));
  }

  private derivedOf({ table, sqlFiles }: DerivedTable, index: number): object {
    const assets = sqlFiles.map((file, step) => fileAsset(this, `Derived${index + 1}Sql${step + 1}`, file, 'SQL file'));
    for (const asset of assets) grantAssetRead(this, asset);
    return { table: nameOf(table), sql: assets.map((asset) => asset.s3ObjectUrl) };
  }

  private specOf({ record, mappings }: ErasedMessages): string {
    const spec = textAsset(this, 'Record', JSON.stringify(record.toConformSpec(mappings), undefined, 2), 'json');
    grantAssetRead(this, spec);
    return spec.s3ObjectUrl;
  }

  private prefix(prefix: string, content: string): BucketPrefix {
    const { bucket } = this.lake.bucket;
    return { bucket, prefix, key: bucket.encryptionKey, content };
  }

  private prefixOf({ location, tableName }: ILakeTable): string {
    const root = `${this.lake.bucket.bucket.s3UrlForObject()}/`;
    if (!location.startsWith(root)) {
      throw new Error(
        `${this.node.path}: table '${tableName}' stands in another bucket than the lake; give its own lake an ErasureJob.`,
      );
    }
    return location.slice(root.length);
  }
}

function nameOf({ databaseName, tableName }: ILakeTable): string {
  return `${databaseName}.${tableName}`;
}

function payloadsOf({ table, consumers, consumedAs }: ErasedMessages): object {
  return {
    table: nameOf(table),
    consumers: consumers.map((consumer) => ({ table: nameOf(consumer), name: consumedAs ?? 'bronze' })),
  };
}
