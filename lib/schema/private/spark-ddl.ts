import { SchemaError } from './errors';
import { FieldNode, PrimitiveNode, TypeNode } from './type-node';

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
  const type = typeDdl(table, field.name, field.type);
  const notNull = field.required ? ' NOT NULL' : '';
  const comment = field.doc === undefined ? '' : ` COMMENT ${literal(field.doc)}`;
  return `${quoted(field.name)}${separator}${type}${notNull}${comment}`;
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
      return `STRUCT<${type.fields.map((field) => columnDdl(table, field, ': ')).join(', ')}>`;
  }
}

function primitiveDdl(table: string, column: string, type: PrimitiveNode): string {
  switch (type.base) {
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'long':
      return 'BIGINT';
    case 'timestamptz':
      return 'TIMESTAMP';
    case 'timestamp':
      return 'TIMESTAMP_NTZ';
    case 'uuid':
      return 'STRING';
    case 'fixed':
      return 'BINARY';
    case 'time':
      throw new SchemaError(
        `${table}: column '${column}' has type time, which Spark does not know; keep it as a string.`,
      );
    default:
      return type.base.toUpperCase();
  }
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
