import { Column, ColumnType } from './column';
import { PartitionTransform } from './partition-transform';
import { conformSpecOf } from './private/conform-spec';
import { SchemaError } from './private/errors';
import { fieldsOf } from './private/fields';
import { flinkColumnName, flinkDdlOf } from './private/flink-ddl';
import { jsonSchemaOf } from './private/json-schema';
import { mappingSpecOf } from './private/mapping-spec';
import { sparkDdlOf } from './private/spark-ddl';
import { checkPartitions } from './private/outline';
import { FieldNode } from './private/type-node';
import { SourceMapping } from './source-mapping';

/** What a record is made of. */
export interface RecordSchemaProps {
  /** Name of the record, e.g. `trade`; messages and rendered schemas carry it. */
  readonly name: string;

  /** Columns in the order in which tables show them; at least one. */
  readonly columns: Column[];

  /**
   * Names of the columns that identify a record in business terms. Primitive, and neither float nor double.
   * @default - no business key
   */
  readonly key?: string[];

  /**
   * Name of the column that says when the record's event happened: a timestamp, with or without zone.
   * @default - no event time
   */
  readonly eventTime?: string;

  /**
   * What one record stands for.
   * @default - no description
   */
  readonly doc?: string;
}

/** A column of a Flink table whose value comes from beside the record. */
export interface FlinkMetadataColumn {
  /** Name of the column. */
  readonly name: string;

  /** Its type in Flink's SQL, e.g. `BIGINT`. */
  readonly type: string;

  /** What connector or format calls the value, e.g. `offset`. */
  readonly key: string;
}

/** How a record becomes a table of Flink. */
export interface FlinkTableProps {
  /** Connector, format and their settings, by Flink's own names; the table's `WITH`. */
  readonly options: { [option: string]: string };

  /**
   * Name of the event-time column in the table.
   * @default - the column's own name
   */
  readonly eventTimeName?: string;

  /**
   * How long the watermark stays behind the event time, in seconds. With it the event time is a `TIMESTAMP(3)`, the
   * most exact that Flink takes, in UTC.
   * @default - no watermark
   */
  readonly watermarkSeconds?: number;

  /**
   * Names of the columns that identify a row.
   * @default - none: rows are only added
   */
  readonly primaryKey?: string[];

  /**
   * Columns whose values come from beside the record.
   * @default - none
   */
  readonly metadata?: FlinkMetadataColumn[];
}

/**
 * The one definition of a record, from which every engine's own schema is rendered.
 *
 * Throws an error that names record, column and remedy when names clash (case does not tell them apart), a type's
 * arguments are impossible, or key and event time do not fit their columns.
 */
export class RecordSchema {
  /** Name of the record. */
  public readonly name: string;
  /** Columns in order. */
  public readonly columns: Column[];
  /** Names of the key columns; empty without a business key. */
  public readonly key: string[];
  /** Name of the event-time column, if there is one. */
  public readonly eventTime?: string;
  /** What one record stands for. */
  public readonly doc?: string;

  /** @internal */
  public readonly _fields: FieldNode[];

  public constructor(props: RecordSchemaProps) {
    if (props.name.trim() === '') {
      throw new SchemaError('A record has an empty name; give it one.');
    }
    const fields = fieldsOf(props.name, props.columns);
    checkKey(props.name, fields, props.key ?? []);
    checkEventTime(props.name, fields, props.eventTime);

    this.name = props.name;
    this.columns = [...props.columns];
    this.key = [...(props.key ?? [])];
    this.eventTime = props.eventTime;
    this.doc = props.doc;
    this._fields = fields;
  }

  /**
   * The record as silver keeps it: the same columns, none of them required, then `is_valid` and `validation_errors`,
   * so that an invalid record stands beside the valid ones with its reasons.
   */
  public conformed(): RecordSchema {
    return new RecordSchema({
      name: this.name,
      columns: [
        ...this.columns.map((column) => ({ ...column, required: false })),
        { name: 'is_valid', type: ColumnType.BOOLEAN, doc: 'Whether the record passed every rule' },
        {
          name: 'validation_errors',
          type: ColumnType.list(ColumnType.STRING),
          doc: 'Code of every rule that the record broke; empty when valid',
        },
      ],
      key: this.key,
      eventTime: this.eventTime,
      doc: this.doc,
    });
  }

  /**
   * The `CREATE TABLE` statement by which Spark would make the table, with Spark's names of the types: `uuid` shows as
   * STRING and `fixed` as BINARY. Throws for a `time` column, which Spark does not know.
   *
   * @param table name in the statement, e.g. `silver.trades`
   * @param partitionedBy transforms in order; none when omitted
   */
  public toSparkDdl(table: string, partitionedBy: PartitionTransform[] = []): string {
    checkPartitions(table, this._fields, partitionedBy);
    return sparkDdlOf(table, this._fields, partitionedBy);
  }

  /**
   * The `CREATE TABLE` statement of Flink's SQL. Throws when a watermark is asked for and the record has no event time,
   * when the primary key names no column, or for a `time` column.
   *
   * @param table name in the statement
   */
  public toFlinkDdl(table: string, props: FlinkTableProps): string {
    if (props.watermarkSeconds !== undefined && this.eventTime === undefined) {
      throw new SchemaError(`${table}: ${this.name} has no event time for a watermark; give the record an eventTime.`);
    }
    const primaryKey = props.primaryKey ?? [];
    const unknown = primaryKey.find((name) => !this._fields.some((field) => field.name === name));
    if (unknown !== undefined) {
      throw new SchemaError(
        `${table}: primary key names '${unknown}', which is no column; name one of: ${namesOf(this._fields)}.`,
      );
    }
    return flinkDdlOf(table, this._fields, {
      ...props,
      eventTime: this.eventTime,
      primaryKey,
      metadata: props.metadata ?? [],
    });
  }

  /**
   * The conform spec that Flink's format `record` takes, as JSON: as `toConformSpec`, with the event time under its name
   * in the table.
   *
   * @param eventTimeName name of the event-time column in the table; its own when left out
   */
  public toFlinkConformSpec(eventTimeName?: string): string {
    const { fields } = conformSpecOf(this._fields, this.eventTime);
    const renamed = fields.map((field) => ({
      ...field,
      name: flinkColumnName(field.name, { eventTime: this.eventTime, eventTimeName }),
    }));
    return JSON.stringify({ fields: renamed });
  }

  /**
   * JSON Schema (draft 2020-12) of the record on the wire, by its wire names; other fields are allowed. It refuses no
   * record that conforming accepts; scale and overflow of decimals need exact arithmetic and are judged there.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- how jsii spells a JSON document
  public toJsonSchema(): any {
    return jsonSchemaOf(this._fields, { title: this.name, doc: this.doc });
  }

  /**
   * What the Spark runner needs to conform raw records: per column its name, wire name, type (`decimal(18,8)`, no
   * blank), whether it is required, positive or the event time; and how messages of sources that do not speak this
   * record's form become records.
   *
   * Throws when a mapping does not fit the record.
   *
   * @param mappings tried in order
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- how jsii spells a JSON document
  public toConformSpec(mappings: SourceMapping[] = []): any {
    const spec = conformSpecOf(this._fields, this.eventTime);
    if (mappings.length === 0) return spec;
    return { ...spec, mappings: mappings.map((mapping) => mappingSpecOf(this.name, this._fields, mapping)) };
  }
}

function checkKey(record: string, fields: FieldNode[], key: string[]): void {
  const seen = new Set<string>();
  for (const name of key) {
    const field = fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      throw new SchemaError(`${record}: key names '${name}', which is no column; name one of: ${namesOf(fields)}.`);
    }
    if (seen.has(name)) {
      throw new SchemaError(`${record}: key names column '${name}' twice; name it once.`);
    }
    seen.add(name);
    if (field.type.kind !== 'primitive' || field.type.base === 'float' || field.type.base === 'double') {
      throw new SchemaError(
        `${record}: key column '${name}' is a ${field.type.kind === 'primitive' ? field.type.text : field.type.kind}; ` +
          'Iceberg identifies rows only by primitive values that compare exactly. Choose another column.',
      );
    }
  }
}

function checkEventTime(record: string, fields: FieldNode[], eventTime: string | undefined): void {
  if (eventTime === undefined) {
    return;
  }
  const field = fields.find((candidate) => candidate.name === eventTime);
  if (field === undefined) {
    throw new SchemaError(
      `${record}: eventTime names '${eventTime}', which is no column; name one of: ${namesOf(fields)}.`,
    );
  }
  if (field.type.kind !== 'primitive' || !field.type.base.startsWith('timestamp')) {
    throw new SchemaError(
      `${record}: eventTime column '${eventTime}' is not a timestamp; use ColumnType.TIMESTAMPTZ or TIMESTAMP.`,
    );
  }
}

function namesOf(fields: FieldNode[]): string {
  return fields.map((field) => field.name).join(', ');
}
