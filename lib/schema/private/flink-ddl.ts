import { typeDdl, type TypeDialect } from './type-ddl';
import { FieldNode } from './type-node';

const FLINK: TypeDialect = {
  names: {
    long: 'BIGINT',
    timestamp: 'TIMESTAMP',
    timestamptz: 'TIMESTAMP_LTZ',
    uuid: 'STRING',
    binary: 'BYTES',
    fixed: 'BYTES',
  },
  noTime: 'of which Flink keeps no microseconds',
  struct: 'ROW',
  field: (table, { name, type }) => `${quoted(name)} ${typeDdl(FLINK, table, name, type)}`,
};

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
  const type = isRowtime ? 'TIMESTAMP(3)' : typeDdl(FLINK, table, field.name, field.type);
  return `${quoted(flinkColumnName(field.name, settings))} ${type}`;
}

function watermarkDdl({ eventTime, eventTimeName, watermarkSeconds }: FlinkDdlSettings): string[] {
  if (eventTime === undefined || watermarkSeconds === undefined) {
    return [];
  }
  const column = quoted(eventTimeName ?? eventTime);
  return [`WATERMARK FOR ${column} AS ${column} - INTERVAL '${watermarkSeconds}' SECOND`];
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function indented(lines: readonly string[]): string {
  return lines.map((line) => `    ${line}`).join(',\n');
}
