import { Duration, Stack } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { IEventTopic, ILakeTable } from '../ports';
import type { RecordSchema } from '../schema';
import { FlinkVariable, lakeDdl, rawDdl, referenceDdl, sinkDdl, sourceDdl } from './private/flink-tables';

/** A topic that an application reads, as a table. */
export interface FlinkSourceProps {
  /** The topic. */
  readonly topic: IEventTopic;

  /** What its records are; it needs an event time. */
  readonly schema: RecordSchema;

  /**
   * Name of the event-time column in the table.
   *
   * @default - the name that it has in the schema
   */
  readonly eventTimeName?: string;

  /**
   * How much later than others a record may come and still count.
   *
   * @default Duration.seconds(10)
   */
  readonly watermarkDelay?: Duration;

  /**
   * After how long a partition without records no longer holds back the windows of the others.
   *
   * @default Duration.minutes(1)
   */
  readonly idleTimeout?: Duration;

  /**
   * Where reading begins when there is no state to go on from: at the first record of that time. ISO-8601 with a zone.
   *
   * @default - at the first record that the topic has
   */
  readonly from?: string;
}

/** A topic whose messages are read as they stand. */
export interface FlinkRawProps {
  /** The topic. */
  readonly topic: IEventTopic;
}

/** A topic that an application writes, as a table. */
export interface FlinkSinkProps {
  /** The topic. */
  readonly topic: IEventTopic;

  /** What its records are; its key is the key of the messages. */
  readonly schema: RecordSchema;
}

/** A compacted topic of reference data. */
export interface FlinkReferenceProps {
  /** The topic. */
  readonly topic: IEventTopic;

  /** What its records are. */
  readonly schema: RecordSchema;
}

/** A table of the lake that an application writes. */
export interface FlinkLakeProps {
  /** The table; it exists already. */
  readonly table: ILakeTable;

  /** The columns that are written, with the types of the table. */
  readonly schema: RecordSchema;
}

/** @internal */
export interface FlinkTableParts {
  readonly ddl: string;
  readonly variables: { readonly [name: string]: string };
  /** The topic, when it is one. */
  readonly topic?: IEventTopic;
  readonly grant: (grantee: IGrantable, names: { consumerGroup: string; transactionalIds: string }) => void;
  /** Whether it asks the Glue Data Catalog. */
  readonly usesCatalog: boolean;
}

/**
 * A table of a `FlinkSqlApplication`: rendered from its schema, so that scripts hold nothing but the logic.
 */
export class FlinkTable {
  /**
   * A topic that is read. `<name>_received` has every message, with `is_valid`, `validation_errors`, `raw_payload`,
   * `kafka_partition`, `kafka_offset` and `received_at` beside the record's columns; the view `<name>` has the valid
   * records. A message is judged by the rules of docs/data-semantics.md and never stops the application.
   *
   * @param name of the table in the scripts
   * @throws when the schema has no event time, or `from` is no instant
   */
  static source(name: string, props: FlinkSourceProps): FlinkTable {
    const { topic, schema, eventTimeName } = props;
    const timestampMillis = props.from === undefined ? undefined : instant(name, props.from);
    return new FlinkTable(name, (_, bounded) => ({
      ddl: sourceDdl({
        table: name,
        schema,
        clientProperties: Object.keys(topic.kafkaClientProperties),
        eventTimeName,
        watermarkSeconds: (props.watermarkDelay ?? Duration.seconds(10)).toSeconds(),
        idleSeconds: (props.idleTimeout ?? Duration.minutes(1)).toSeconds(),
        start: { mode: timestampMillis === undefined ? 'earliest-offset' : 'timestamp', timestampMillis },
        bounded,
      }),
      variables: topicVariables(name, topic),
      topic,
      grant: (grantee, { consumerGroup }) => topic.grantConsume(grantee, consumerGroup),
      usesCatalog: false,
    }));
  }

  /**
   * A topic that is read as it stands: `raw_payload`, the bytes of each message, with `kafka_partition`, `kafka_offset`
   * and `received_at`.
   */
  static raw(name: string, { topic }: FlinkRawProps): FlinkTable {
    return new FlinkTable(name, (_, bounded) => ({
      ddl: rawDdl({ table: name, clientProperties: Object.keys(topic.kafkaClientProperties), bounded }),
      variables: topicVariables(name, topic),
      topic,
      grant: (grantee, { consumerGroup }) => topic.grantConsume(grantee, consumerGroup),
      usesCatalog: false,
    }));
  }

  /** A topic that rows are added to, exactly once: readers have to be `read_committed`. */
  static append(name: string, props: FlinkSinkProps): FlinkTable {
    return FlinkTable.sink(name, props, false);
  }

  /**
   * A topic in which a row replaces that of the same key. It is written at least once, the same row then, so that nobody
   * waits for the end of a transaction.
   *
   * @throws when the schema has no key
   */
  static upsert(name: string, props: FlinkSinkProps): FlinkTable {
    if (props.schema.key.length === 0) {
      throw new Error(`${name}: ${props.schema.name} has no key to upsert by; give the record a key, or use append.`);
    }
    return FlinkTable.sink(name, props, true);
  }

  /**
   * A compacted topic that every parallel part holds in memory, joined by one column with
   * `JOIN <name> FOR SYSTEM_TIME AS OF <processing time>`; the answer is that of the moment at which it is asked.
   */
  static reference(name: string, props: FlinkReferenceProps): FlinkTable {
    const { topic, schema } = props;
    return new FlinkTable(name, () => ({
      ddl: referenceDdl({ table: name, schema, clientProperties: Object.keys(topic.kafkaClientProperties) }),
      variables: topicVariables(name, topic),
      topic,
      grant: (grantee, { consumerGroup }) => topic.grantConsume(grantee, consumerGroup),
      usesCatalog: false,
    }));
  }

  /** An Iceberg table of the lake that rows are added to, exactly once: with each checkpoint that has completed. */
  static lake(name: string, { table, schema }: FlinkLakeProps): FlinkTable {
    return new FlinkTable(name, (scope) => ({
      ddl: lakeDdl({ table: name, schema }),
      variables: {
        [FlinkVariable.lake(name, 'database')]: table.databaseName,
        [FlinkVariable.lake(name, 'table')]: table.tableName,
        [FlinkVariable.lake(name, 'location')]: table.location,
        [FlinkVariable.REGION]: Stack.of(scope).region,
      },
      grant: (grantee) => table.grantReadWrite(grantee),
      usesCatalog: true,
    }));
  }

  private static sink(name: string, { topic, schema }: FlinkSinkProps, upsert: boolean): FlinkTable {
    return new FlinkTable(name, () => ({
      ddl: sinkDdl({ table: name, schema, upsert, clientProperties: Object.keys(topic.kafkaClientProperties) }),
      variables: topicVariables(name, topic),
      topic,
      grant: (grantee, { transactionalIds }) =>
        upsert ? topic.grantProduce(grantee) : topic.grantProduce(grantee, transactionalIds),
      usesCatalog: false,
    }));
  }

  private constructor(
    /** Name of the table in the scripts. */
    readonly name: string,
    private readonly render: (scope: Construct, bounded: boolean) => FlinkTableParts,
  ) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) {
      throw new Error(`table name '${name}' is not one of ours; use lower-case letters, digits and '_'.`);
    }
  }

  /** @internal */
  _partsIn(scope: Construct, bounded: boolean): FlinkTableParts {
    return this.render(scope, bounded);
  }
}

function topicVariables(table: string, topic: IEventTopic): { [name: string]: string } {
  const client = { 'bootstrap.servers': topic.bootstrapServers, ...topic.kafkaClientProperties };
  return {
    [FlinkVariable.topic(table)]: topic.topicName,
    ...Object.fromEntries(Object.entries(client).map(([property, value]) => [FlinkVariable.kafka(property), value])),
  };
}

function instant(table: string, text: string): number {
  const millis = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(millis)) {
    throw new Error(`${table}: '${text}' is no instant; write it as 2026-01-31T00:00:00Z.`);
  }
  return millis;
}
