import { SchemaError } from './errors';
import type { FieldNode, PrimitiveNode, TypeNode } from './type-node';

/** What differs between the SQL of two engines where they write types. */
export interface TypeDialect {
  /** Names of primitive types; what is not named is called as it is here, in capitals. */
  readonly names: Partial<Readonly<Record<PrimitiveNode['base'], string>>>;
  /** Why the engine has no type for a time of day. */
  readonly noTime: string;
  /** A record in a column, and each of its fields. */
  readonly struct: 'ROW' | 'STRUCT';
  readonly field: (table: string, field: FieldNode) => string;
}

/**
 * A type as an engine writes it.
 *
 * @throws SchemaError when the engine has none
 */
export function typeDdl(dialect: TypeDialect, table: string, column: string, type: TypeNode): string {
  const inner = (name: string, each: TypeNode): string => typeDdl(dialect, table, name, each);
  switch (type.kind) {
    case 'primitive':
      return primitiveDdl(dialect, table, column, type);
    case 'list':
      return `ARRAY<${inner(column, type.element)}>`;
    case 'map':
      return `MAP<${inner(column, type.key)}, ${inner(column, type.value)}>`;
    case 'struct':
      return `${dialect.struct}<${type.fields.map((field) => dialect.field(table, field)).join(', ')}>`;
  }
}

function primitiveDdl({ names, noTime }: TypeDialect, table: string, column: string, type: PrimitiveNode): string {
  if (type.base === 'decimal') return `DECIMAL(${type.precision}, ${type.scale})`;
  if (type.base === 'time') {
    throw new SchemaError(`${table}: column '${column}' has type time, ${noTime}; keep it as a string.`);
  }
  return names[type.base] ?? type.base.toUpperCase();
}
