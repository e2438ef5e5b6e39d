import { typeDdl, type TypeDialect } from './type-ddl';
import { FieldNode } from './type-node';

const SPARK: TypeDialect = {
  names: { long: 'BIGINT', timestamptz: 'TIMESTAMP', timestamp: 'TIMESTAMP_NTZ', uuid: 'STRING', fixed: 'BINARY' },
  noTime: 'which Spark does not know',
  struct: 'STRUCT',
  field: (table, field) => columnDdl(table, field, ': '),
};

interface Partition {
  readonly column: string;
  readonly transform: string;
  readonly _sparkName: string;
  readonly _width?: number;
}

/** Renders `CREATE TABLE ... USING iceberg`, one column a line. */
export function sparkDdlOf(table: string, fields: FieldNode[], partitions: readonly Partition[]): string {
  const columns = fields.map((field) => `    ${columnDdl(table, field, ' ')}`).join(',\n');
  const partitioned = partitions.length === 0 ? '' : `\nPARTITIONED BY (${partitions.map(partitionDdl).join(', ')})`;
  return `CREATE TABLE ${quotedPath(table)} (\n${columns}\n) USING iceberg${partitioned};`;
}

function columnDdl(table: string, field: FieldNode, separator: ' ' | ': '): string {
  const type = typeDdl(SPARK, table, field.name, field.type);
  const notNull = field.required ? ' NOT NULL' : '';
  const comment = field.doc === undefined ? '' : ` COMMENT ${literal(field.doc)}`;
  return `${quoted(field.name)}${separator}${type}${notNull}${comment}`;
}

function partitionDdl(partition: Partition): string {
  const column = quotedPath(partition.column);
  if (partition.transform === 'identity') {
    return column;
  }
  return partition._width === undefined
    ? `${partition._sparkName}(${column})`
    : `${partition._sparkName}(${partition._width}, ${column})`;
}

function quotedPath(path: string): string {
  return path.split('.').map(quoted).join('.');
}

function quoted(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
