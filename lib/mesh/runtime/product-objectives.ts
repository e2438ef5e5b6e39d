import { objectOf, parseMetadata } from '../../lakehouse/runtime/table-metadata';

/** Namespace of the metrics. */
export const NAMESPACE = 'DataPatterns/Mesh';

/** What is looked at, as the schedule says it. */
export interface ProductToMeasure {
  /** `domain.product` and major version, the dimension of its metrics. */
  readonly product: string;
  readonly tables: readonly TableToMeasure[];
  /** Its topics, on brokers that CloudWatch hears of. */
  readonly streams?: StreamsToMeasure;
  /** Its paths of an HTTP API. */
  readonly apis?: ApisToMeasure;
  /** The test on freshness, in seconds: one rule more. */
  readonly freshnessTestSeconds?: number;
  /** How old it may be at most, by its contract. */
  readonly promisedSeconds?: number;
  /** The quality score that its contract promises at least. */
  readonly promisedScore?: number;
}

export interface TableToMeasure {
  readonly databaseName: string;
  readonly tableName: string;
  /** Whether rules of Glue Data Quality judge the table. */
  readonly hasRules: boolean;
}

export interface StreamsToMeasure {
  readonly clusterArn: string;
  readonly topics: readonly string[];
  /** How far back messages are looked for, in seconds: what is older is too old whatever its age. */
  readonly lookBackSeconds: number;
}

export interface ApisToMeasure {
  readonly apiId: string;
  readonly paths: readonly string[];
}

/** Results of one evaluation of Glue Data Quality. */
export interface Evaluation {
  /** Outcome of each rule: `PASS`, `FAIL` or `ERROR`. */
  readonly outcomes: readonly string[];
}

/** What CloudWatch knows of the topics; what it does not is left out. */
export interface StreamSignals {
  /** Partitions of the cluster that nobody can read, at the worst moment since the last measurement. */
  readonly offlinePartitions?: number;
  /** For each topic when messages came in last, in milliseconds since 1970; undefined when none did as far as was looked. */
  readonly lastMessages: readonly (number | undefined)[];
}

/** Requests since the last measurement. */
export interface ApiSignals {
  readonly requests: number;
  /** Those that were answered with 500 and above. */
  readonly failed: number;
}

/** Where the signals come from. */
export interface ProductSources {
  /** `metadata_location` of the table in the catalog. */
  metadataLocation(databaseName: string, tableName: string): Promise<string | undefined>;
  getObject(bucket: string, key: string): Promise<Uint8Array>;
  /** The newest evaluation of the table; undefined when there was none. */
  newestEvaluation(databaseName: string, tableName: string): Promise<Evaluation | undefined>;
  streamSignals(streams: StreamsToMeasure): Promise<StreamSignals>;
  apiSignals(apis: ApisToMeasure): Promise<ApiSignals>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** What was measured; what could not be is left out. */
export interface Measurement {
  /** How much of what was asked of the worst of its interfaces was answered, from 0 to 1; a table counts as 1 or 0. */
  readonly Available?: number;
  /** Seconds since rows were committed, or messages came in, last: of the oldest of its tables and streams. */
  readonly AgeSeconds?: number;
  /** 100 times the rules met over the rules evaluated, of all its tables. */
  readonly QualityScore?: number;
  /** 1 when it is as fresh as promised, else 0; left out where nothing is promised. */
  readonly Fresh?: number;
  /** 1 when its score is as promised, else 0; left out where nothing is promised. */
  readonly Sound?: number;
  /** Why it is not wholly available. */
  readonly reason?: string;
}

/** What one interface shows. */
interface Signal {
  readonly available?: number;
  readonly ageSeconds?: number;
  readonly reason?: string;
}

/**
 * Measures a product as a reader meets it. A table: its catalog entry, the metadata file that this names, the last
 * commit in it, and the newest evaluation of its rules; one that is missing counts as one whose rules are all broken. A
 * stream: partitions that are offline, and when messages came in. An API: the share of requests that were answered.
 */
export async function measure(sources: ProductSources, given: ProductToMeasure): Promise<Measurement> {
  const { promisedSeconds, promisedScore } = given;
  const tables = await Promise.all(given.tables.map((table) => tableSignal(sources, table)));
  const signals = [
    ...tables,
    ...(await orReason(async () => (given.streams ? streamSignals(sources, given.streams) : []))),
    ...(await orReason(async () => (given.apis ? [await apiSignal(sources, given.apis)] : []))),
  ];
  const available = known(signals, ({ available }) => available);
  const ages = known(signals, ({ ageSeconds }) => ageSeconds);
  const reason = signals.find((each) => each.reason !== undefined)?.reason;
  const isReadable = tables.length > 0 && tables.every(({ available }) => available === 1);
  const score = isReadable ? await qualityScore(sources, given, ages) : undefined;
  return {
    ...(available.length === 0 ? {} : { Available: Math.min(...available) }),
    ...(ages.length === 0 ? {} : { AgeSeconds: Math.max(...ages) }),
    ...(score === undefined ? {} : { QualityScore: score }),
    ...(promisedSeconds === undefined ? {} : { Fresh: Number(isWithin(ages, promisedSeconds)) }),
    // Nobody knows whether a promise is kept that cannot be measured.
    ...(promisedScore === undefined ? {} : { Sound: Number(score !== undefined && score >= promisedScore) }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Whether the oldest is as young as it should be; of what age nothing is known is not. */
function isWithin(ages: readonly number[], seconds: number): boolean {
  return ages.length > 0 && Math.max(...ages) <= seconds;
}

function known(signals: readonly Signal[], valueOf: (signal: Signal) => number | undefined): number[] {
  return signals.map(valueOf).filter((each) => each !== undefined);
}

/** A signal that cannot be had takes none of the others away. */
async function orReason(work: () => Promise<Signal[]>): Promise<Signal[]> {
  try {
    return await work();
  } catch (error) {
    return [{ reason: reasonOf(error) }];
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function tableSignal(sources: ProductSources, table: TableToMeasure): Promise<Signal> {
  try {
    const committed = await lastCommit(sources, table);
    return { available: 1, ageSeconds: committed === undefined ? undefined : ageOf(sources, committed) };
  } catch (error) {
    return { available: 0, reason: reasonOf(error) };
  }
}

async function streamSignals(sources: ProductSources, streams: StreamsToMeasure): Promise<Signal[]> {
  const { offlinePartitions, lastMessages } = await sources.streamSignals(streams);
  const isOffline = offlinePartitions !== undefined && offlinePartitions > 0;
  return [
    {
      available: offlinePartitions === undefined ? undefined : Number(!isOffline),
      reason: isOffline ? `${offlinePartitions} partitions of its cluster are offline` : undefined,
    },
    ...lastMessages.map((last) => ({
      ageSeconds: last === undefined ? streams.lookBackSeconds : ageOf(sources, last),
    })),
  ];
}

async function apiSignal(sources: ProductSources, apis: ApisToMeasure): Promise<Signal> {
  const { requests, failed } = await sources.apiSignals(apis);
  // Where nobody has asked nobody was disappointed.
  if (failed === 0) return { available: 1 };
  return { available: 1 - failed / requests, reason: `${failed} of ${requests} requests were not answered` };
}

function ageOf(sources: ProductSources, moment: number): number {
  return Math.max(0, (sources.now() - moment) / 1000);
}

/** When the current snapshot was committed, in milliseconds since 1970; undefined for a table that never had rows. */
async function lastCommit(sources: ProductSources, { databaseName, tableName }: TableToMeasure) {
  const location = await sources.metadataLocation(databaseName, tableName);
  if (location === undefined) throw new Error(`${databaseName}.${tableName} names no metadata file`);
  const { bucket, key } = objectOf(location);
  const metadata = parseMetadata(await sources.getObject(bucket, key), location) as IcebergMetadata;
  const current = metadata.snapshots?.find((each) => each['snapshot-id'] === metadata['current-snapshot-id']);
  return current?.['timestamp-ms'];
}

/** As much as is read; ids above 2^53 lose digits, but equal ones lose the same. */
interface IcebergMetadata {
  readonly 'current-snapshot-id'?: number;
  readonly snapshots?: readonly { readonly 'snapshot-id': number; readonly 'timestamp-ms': number }[];
}

async function qualityScore(sources: ProductSources, given: ProductToMeasure, ages: readonly number[]) {
  const { freshnessTestSeconds: bound, tables } = given;
  const judged = tables.filter(({ hasRules }) => hasRules);
  const evaluations = await Promise.all(
    judged.map(({ databaseName, tableName }) => sources.newestEvaluation(databaseName, tableName)),
  );
  if (evaluations.some((each) => each === undefined || each.outcomes.length === 0)) return 0;
  const met = [
    ...evaluations.flatMap((each) => each?.outcomes ?? []).map((outcome) => outcome === 'PASS'),
    ...(bound === undefined ? [] : [isWithin(ages, bound)]),
  ];
  return met.length === 0 ? undefined : (100 * met.filter(Boolean).length) / met.length;
}
