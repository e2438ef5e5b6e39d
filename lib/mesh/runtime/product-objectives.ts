import { gunzipSync } from 'node:zlib';

/** Namespace of the metrics. */
export const NAMESPACE = 'DataPatterns/Mesh';

/** What is looked at, as the schedule says it. */
export interface ProductToMeasure {
  /** `domain.product`, the dimension of its metrics. */
  readonly product: string;
  readonly databaseName: string;
  readonly tableName: string;
  /** Whether rules of Glue Data Quality judge the table. */
  readonly hasRules: boolean;
  /** The test on freshness, in seconds: one rule more. */
  readonly freshnessTestSeconds?: number;
}

/** Results of one evaluation of Glue Data Quality. */
export interface Evaluation {
  /** Outcome of each rule: `PASS`, `FAIL` or `ERROR`. */
  readonly outcomes: readonly string[];
}

/** Where the signals come from. */
export interface ProductSources {
  /** `metadata_location` of the table in the catalog. */
  metadataLocation(databaseName: string, tableName: string): Promise<string | undefined>;
  getObject(bucket: string, key: string): Promise<Uint8Array>;
  /** The newest evaluation of the table; undefined when there was none. */
  newestEvaluation(databaseName: string, tableName: string): Promise<Evaluation | undefined>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What was measured; what could not be is left out. */
export interface Measurement {
  /** 1 when the table could be read, else 0. */
  readonly Available: number;
  /** Seconds since rows were committed last. */
  readonly AgeSeconds?: number;
  /** 100 times the rules met over the rules evaluated. */
  readonly QualityScore?: number;
  /** Why the table could not be read. */
  readonly reason?: string;
}

/**
 * Measures a product as a reader meets it: its catalog entry, the metadata file that this names, the last commit in it,
 * and the newest evaluation of its rules. An evaluation that is missing counts as one whose rules are all broken.
 */
export async function measure(sources: ProductSources, given: ProductToMeasure): Promise<Measurement> {
  try {
    const committed = await lastCommit(sources, given);
    const age = committed === undefined ? undefined : Math.max(0, (sources.now() - committed) / 1000);
    const score = await qualityScore(sources, given, age);
    return {
      Available: 1,
      ...(age === undefined ? {} : { AgeSeconds: age }),
      ...(score === undefined ? {} : { QualityScore: score }),
    };
  } catch (error) {
    return { Available: 0, reason: error instanceof Error ? error.message : String(error) };
  }
}

/** When the current snapshot was committed, in milliseconds since 1970; undefined for a table that never had rows. */
async function lastCommit(sources: ProductSources, { databaseName, tableName }: ProductToMeasure) {
  const location = await sources.metadataLocation(databaseName, tableName);
  const [, bucket, key] = /^s3a?:\/\/([^/]+)\/(.+)$/.exec(location ?? '') ?? [];
  if (bucket === undefined) throw new Error(`${databaseName}.${tableName} names no metadata file: ${location}`);
  const bytes = await sources.getObject(bucket, key);
  // Iceberg compresses them where the table says so: https://iceberg.apache.org/spec/#naming-for-gzip-compressed-metadata-json-files
  const text = Buffer.from(key.endsWith('.gz.metadata.json') ? gunzipSync(bytes) : bytes).toString('utf8');
  const metadata = JSON.parse(text) as IcebergMetadata;
  const current = metadata.snapshots?.find((each) => each['snapshot-id'] === metadata['current-snapshot-id']);
  return current?.['timestamp-ms'];
}

/** As much as is read; ids above 2^53 lose digits, but equal ones lose the same. */
interface IcebergMetadata {
  readonly 'current-snapshot-id'?: number;
  readonly snapshots?: readonly { readonly 'snapshot-id': number; readonly 'timestamp-ms': number }[];
}

async function qualityScore(sources: ProductSources, given: ProductToMeasure, age: number | undefined) {
  const { hasRules, freshnessTestSeconds: bound, databaseName, tableName } = given;
  const evaluation = hasRules ? await sources.newestEvaluation(databaseName, tableName) : undefined;
  if (hasRules && (evaluation === undefined || evaluation.outcomes.length === 0)) return 0;
  const met = [
    ...(evaluation?.outcomes ?? []).map((outcome) => outcome === 'PASS'),
    ...(bound === undefined ? [] : [age !== undefined && age <= bound]),
  ];
  return met.length === 0 ? undefined : (100 * met.filter(Boolean).length) / met.length;
}
