import { ColumnType, type FlinkMetadataColumn, RecordSchema } from '../../schema';
import { flinkColumnName } from '../../schema/private/flink-ddl';

/** Names of the variables that an application gives a value to; the runner fills them in where it runs. */
export const FlinkVariable = {
  CONSUMER_GROUP: 'consumer.group',
  TRANSACTIONAL_ID_PREFIX: 'transactional.id.prefix',
  /** Set by the runner itself: `unbounded`, or `latest-offset` in bounded mode. */
  BOUNDED_MODE: 'scan.bounded.mode',
  REGION: 'aws.region',
  topic: (table: string) => `topic.${table}`,
  lake: (table: string, part: 'database' | 'table' | 'location') => `lake.${table}.${part}`,
  kafka: (property: string) => `kafka.${property}`,
} as const;

/** Where a source begins when there is no state to go on from: by Flink's own names. */
export interface FlinkStart {
  readonly mode: 'earliest-offset' | 'latest-offset' | 'timestamp';
  /** Milliseconds since 1970, for `timestamp`. */
  readonly timestampMillis?: number;
}

export interface FlinkSourceTable {
  readonly table: string;
  readonly schema: RecordSchema;
  /** Names of Kafka's client properties beside `bootstrap.servers`. */
  readonly clientProperties: readonly string[];
  readonly eventTimeName?: string;
  readonly watermarkSeconds: number;
  readonly idleSeconds: number;
  readonly start: FlinkStart;
  /** Whether it is read as it stands, by a batch. */
  readonly bounded: boolean;
}

export interface FlinkRawTable {
  readonly table: string;
  readonly clientProperties: readonly string[];
  /** Whether it is read as it stands, by a batch. */
  readonly bounded: boolean;
}

export interface FlinkSinkTable {
  readonly table: string;
  readonly schema: RecordSchema;
  readonly clientProperties: readonly string[];
  /** Whether a row replaces that of the same key, or is added. */
  readonly upsert: boolean;
}

export interface FlinkReferenceTable {
  readonly table: string;
  readonly schema: RecordSchema;
  readonly clientProperties: readonly string[];
}

/** Where a message stands, and when the broker took it. */
const WHERE_IT_STOOD: FlinkMetadataColumn[] = [
  { name: 'kafka_partition', type: 'INT NOT NULL', key: 'partition' },
  { name: 'kafka_offset', type: 'BIGINT NOT NULL', key: 'offset' },
  { name: 'received_at', type: 'TIMESTAMP_LTZ(3) NOT NULL', key: 'timestamp' },
];

/** What is told of each message beside the record. */
const RECEIVED: FlinkMetadataColumn[] = [
  { name: 'is_valid', type: 'BOOLEAN NOT NULL', key: 'value.is-valid' },
  { name: 'validation_errors', type: 'ARRAY<STRING NOT NULL> NOT NULL', key: 'value.validation-errors' },
  { name: 'raw_payload', type: 'STRING', key: 'value.payload' },
  ...WHERE_IT_STOOD,
];

/** A message as it stands. */
const RAW = new RecordSchema({
  name: 'raw_messages',
  columns: [{ name: 'raw_payload', type: ColumnType.STRING }],
});

/** How JSON is written: instants as ISO-8601, decimals with all of their digits and without an exponent. */
const JSON_OPTIONS = {
  'json.timestamp-format.standard': 'ISO-8601',
  'json.encode.decimal-as-plain-number': 'true',
};

/** A broker keeps a transaction open for 15 minutes at most, unless it is set otherwise. */
const TRANSACTION_TIMEOUT_MILLIS = '900000';

/**
 * `<table>_received`, every message of the topic with what is wrong with it, and the view `<table>`, the valid records.
 */
export function sourceDdl(source: FlinkSourceTable): string {
  const { table, schema, eventTimeName } = source;
  const received = `${table}_received`;
  const columns = schema.columns.map(({ name }) =>
    flinkColumnName(name, { eventTime: schema.eventTime, eventTimeName }),
  );
  const ddl = schema.toFlinkDdl(received, {
    eventTimeName,
    watermarkSeconds: source.watermarkSeconds,
    metadata: RECEIVED,
    options: {
      connector: 'kafka',
      topic: reference(FlinkVariable.topic(table)),
      ...clientOptions(source.clientProperties),
      ...readOptions(source.start, source.bounded),
      'scan.watermark.idle-timeout': `${source.idleSeconds} s`,
      'value.format': 'record',
      'value.record.conform': schema.toFlinkConformSpec(eventTimeName),
    },
  });
  const view = `CREATE TEMPORARY VIEW ${quoted(table)} AS\nSELECT ${columns.map(quoted).join(', ')}\nFROM ${quoted(received)}\nWHERE is_valid;`;
  return `${ddl}\n\n${view}`;
}

/** The messages of a topic as they stand. Flink keeps the bytes of a STRING that is `raw`, be they UTF-8 or not. */
export function rawDdl({ table, clientProperties, bounded }: FlinkRawTable): string {
  return RAW.toFlinkDdl(table, {
    metadata: WHERE_IT_STOOD,
    options: {
      connector: 'kafka',
      topic: reference(FlinkVariable.topic(table)),
      ...clientOptions(clientProperties),
      ...readOptions({ mode: 'earliest-offset' }, bounded),
      'value.format': 'raw',
    },
  });
}

export function sinkDdl(sink: FlinkSinkTable): string {
  const { table, schema, upsert } = sink;
  const keyed = schema.key.length > 0;
  return schema.toFlinkDdl(table, {
    primaryKey: upsert ? schema.key : [],
    options: {
      connector: upsert ? 'upsert-kafka' : 'kafka',
      topic: reference(FlinkVariable.topic(table)),
      ...clientOptions(sink.clientProperties),
      ...(keyed ? prefixed('key.', { format: 'json', ...JSON_OPTIONS }) : {}),
      ...(keyed && !upsert ? { 'key.fields': schema.key.join(';') } : {}),
      ...prefixed('value.', { format: 'json', ...JSON_OPTIONS }),
      ...(upsert ? AT_LEAST_ONCE : exactlyOnce(table)),
    },
  });
}

/** A compacted topic that is held in memory and joined by its key. */
export function referenceDdl({ table, schema, clientProperties }: FlinkReferenceTable): string {
  return schema.toFlinkDdl(table, {
    options: {
      connector: 'reference',
      topic: reference(FlinkVariable.topic(table)),
      ...clientOptions(clientProperties),
      conform: schema.toFlinkConformSpec(),
    },
  });
}

/** An existing table of the lake. */
export function lakeDdl({ table, schema }: { readonly table: string; readonly schema: RecordSchema }): string {
  return schema.toFlinkDdl(table, {
    options: {
      connector: 'lake',
      region: reference(FlinkVariable.REGION),
      database: reference(FlinkVariable.lake(table, 'database')),
      table: reference(FlinkVariable.lake(table, 'table')),
      warehouse: reference(FlinkVariable.lake(table, 'location')),
    },
  });
}

/** A row that is sent twice replaces itself; nobody has to wait for the end of a transaction. */
const AT_LEAST_ONCE = { 'sink.delivery-guarantee': 'at-least-once' };

function exactlyOnce(table: string): { readonly [option: string]: string } {
  return {
    'sink.delivery-guarantee': 'exactly-once',
    'sink.transactional-id-prefix': `${reference(FlinkVariable.TRANSACTIONAL_ID_PREFIX)}-${table}`,
    'properties.transaction.timeout.ms': TRANSACTION_TIMEOUT_MILLIS,
  };
}

/**
 * A source's own thread fetches messages and hands them to the task in portions. Kafka's own 500 messages and Flink's own
 * two portions have the task wait for the thread again and again; larger ones make nobody wait longer for a message.
 */
const PORTIONS = {
  'properties.max.poll.records': '5000',
  'properties.source.reader.element.queue.capacity': '8',
};

function readOptions({ mode, timestampMillis }: FlinkStart, bounded: boolean): { readonly [option: string]: string } {
  return {
    'properties.group.id': reference(FlinkVariable.CONSUMER_GROUP),
    'properties.isolation.level': 'read_committed',
    ...PORTIONS,
    'scan.startup.mode': mode,
    ...(timestampMillis === undefined ? {} : { 'scan.startup.timestamp-millis': String(timestampMillis) }),
    'scan.bounded.mode': reference(FlinkVariable.BOUNDED_MODE),
    // A batch has no checkpoints with which it would tell the brokers how far it has read.
    ...(bounded ? { 'properties.enable.auto.commit': 'true' } : {}),
  };
}

function clientOptions(properties: readonly string[]): { readonly [option: string]: string } {
  const names = ['bootstrap.servers', ...properties];
  return Object.fromEntries(names.map((name) => [`properties.${name}`, reference(FlinkVariable.kafka(name))]));
}

function prefixed(
  prefix: string,
  options: { readonly [option: string]: string },
): { readonly [option: string]: string } {
  return Object.fromEntries(Object.entries(options).map(([option, value]) => [`${prefix}${option}`, value]));
}

function reference(variable: string): string {
  return `\${${variable}}`;
}

function quoted(name: string): string {
  return `\`${name}\``;
}
