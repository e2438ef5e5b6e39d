import { SchemaError } from './errors';
import { FieldNode, PrimitiveNode, TypeNode } from './type-node';

/** A column whose value comes from beside the record, such as a message's offset. */
export interface FlinkMetadataNode {
  readonly name: string;
  readonly type: string;
  readonly key: string;
}

export interface FlinkDdlSettings {
  readonly options: { readonly [option: string]: string };
  readonly eventTime?: string;
  readonly eventTimeName?: string;
  readonly watermarkSeconds?: number;
  readonly primaryKey: readonly string[];
  readonly metadata: readonly FlinkMetadataNode[];
}

/** Renders Flink's `CREATE TABLE`, one column a line. */
export function flinkDdlOf(table: string, fields: FieldNode[], settings: FlinkDdlSettings): string {
  const lines = [
    ...fields.map((field) => columnDdl(table, field, settings)),
    ...settings.metadata.map(
      ({ name, type, key }) => `${quoted(name)} ${type} METADATA FROM ${flinkLiteral(key)} VIRTUAL`,
    ),
    ...watermarkDdl(settings),
    ...(settings.primaryKey.length === 0
      ? []
      : [`PRIMARY KEY (${settings.primaryKey.map(quoted).join(', ')}) NOT ENFORCED`]),
  ];
  const options = Object.entries(settings.options).map(
    ([option, value]) => `${flinkLiteral(option)} = ${flinkLiteral(value)}`,
  );
  return `CREATE TABLE ${quoted(table)} (\n${indented(lines)}\n) WITH (\n${indented(options)}\n);`;
}

/** Name of the event-time column in the table. */
export function flinkColumnName(
  column: string,
  settings: Pick<FlinkDdlSettings, 'eventTime' | 'eventTimeName'>,
): string {
  return column === settings.eventTime ? (settings.eventTimeName ?? column) : column;
}

export function flinkLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function columnDdl(table: string, field: FieldNode, settings: FlinkDdlSettings): string {
  const isRowtime = field.name === settings.eventTime && settings.watermarkSeconds !== undefined;
  // Flink's event time has milliseconds; it is read as UTC, as the session's zone is.
  const type = isRowtime ? 'TIMESTAMP(3)' : typeDdl(table, field.name, field.type);
  return `${quoted(flinkColumnName(field.name, settings))} ${type}`;
}

function watermarkDdl({ eventTime, eventTimeName, watermarkSeconds }: FlinkDdlSettings): string[] {
  if (eventTime === undefined || watermarkSeconds === undefined) {
    return [];
  }
  const column = quoted(eventTimeName ?? eventTime);
  return [`WATERMARK FOR ${column} AS ${column} - INTERVAL '${watermarkSeconds}' SECOND`];
}

function typeDdl(table: string, column: string, type: TypeNode): string {
  switch (type.kind) {
    case 'primitive':
      return primitiveDdl(table, column, type);
    case 'list':
      return `ARRAY<${typeDdl(table, column, type.element)}>`;
    case 'map':
      return `MAP<${typeDdl(table, column, type.key)}, ${typeDdl(table, column, type.value)}>`;
    case 'struct':
      return `ROW<${type.fields.map((field) => `${quoted(field.name)} ${typeDdl(table, field.name, field.type)}`).join(', ')}>`;
  }
}

function primitiveDdl(table: string, column: string, type: PrimitiveNode): string {
  switch (type.base) {
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'long':
      return 'BIGINT';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'timestamptz':
      return 'TIMESTAMP_LTZ';
    case 'uuid':
      return 'STRING';
    case 'binary':
    case 'fixed':
      return 'BYTES';
    case 'time':
      throw new SchemaError(
        `${table}: column '${column}' has type time, of which Flink keeps no microseconds; keep it as a string.`,
      );
    default:
      return type.base.toUpperCase();
  }
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join(',\n');
}
