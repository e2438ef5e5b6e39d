import type { IcebergField, IcebergTableShape, TableDeclaration } from '../table-declaration';
import type { IcebergType } from './evolution';
import { idOf } from './ledger-diff';
import { LedgerTable } from './ledger-file';
import { FieldNode, TypeNode } from './type-node';

/** Fills a declaration's ids in from an entry that agrees with it. */
export function shapeOf(table: TableDeclaration, entry: LedgerTable): IcebergTableShape {
  const ids = new Map(entry.columns.map((column) => [column.path, column.id]));
  const partitionIds = new Map(entry.partitions.map((partition) => [partition.name, partition.id]));
  return {
    schema: { type: 'struct', fields: icebergFields(table.schema._fields, '', ids) },
    identifierFieldIds: identifierIds(table, ids),
    partitionSpec: (table.partitionedBy ?? []).map(({ fieldName, transform, column }) => ({
      name: fieldName,
      transform,
      sourceId: idOf(ids, column),
      fieldId: idOf(partitionIds, fieldName),
    })),
    sortOrder: (table.sortedBy ?? []).map(({ column, direction, nulls }) => ({
      sourceId: idOf(ids, column),
      transform: 'identity',
      direction,
      nullOrder: nulls,
    })),
    lastColumnId: entry.lastColumnId,
    lastPartitionId: entry.lastPartitionId,
    retiredColumns: entry.retiredColumns.map(({ id, path }) => ({ id, path })),
    retiredPartitions: entry.retiredPartitions.map(({ id, name, transform, source }) => ({
      name,
      transform,
      sourceId: source,
      fieldId: id,
    })),
  };
}

/** The schema as Iceberg's table metadata has it: https://iceberg.apache.org/spec/#schemas */
export function toIcebergSchemaJson(shape: IcebergTableShape, schemaId = 0): object {
  return {
    type: 'struct',
    'schema-id': schemaId,
    fields: shape.schema.fields,
    'identifier-field-ids': shape.identifierFieldIds,
  };
}

/** A type as Glue stores it in a field's `Type`: plain text, or Iceberg's JSON in a string where it is nested. */
export function toGlueTypeString(type: IcebergType): string {
  return typeof type === 'string' ? type : JSON.stringify(type);
}

/** Iceberg takes only required columns as identifiers; a nullable business key is the writer's affair. */
function identifierIds(table: TableDeclaration, ids: ReadonlyMap<string, number>): number[] {
  const required = new Set(table.schema._fields.filter((field) => field.required).map((field) => field.name));
  const { key } = table.schema;
  return key.every((name) => required.has(name)) ? key.map((name) => idOf(ids, name)) : [];
}

function icebergFields(fields: FieldNode[], prefix: string, ids: ReadonlyMap<string, number>): IcebergField[] {
  return fields.map((field) => {
    const path = prefix + field.name;
    return {
      id: idOf(ids, path),
      name: field.name,
      required: field.required,
      type: icebergType(field.type, path, ids),
      ...(field.doc === undefined ? {} : { doc: field.doc }),
    };
  });
}

function icebergType(type: TypeNode, path: string, ids: ReadonlyMap<string, number>): IcebergType {
  switch (type.kind) {
    case 'primitive':
      return type.text;
    case 'list':
      return {
        type: 'list',
        'element-id': idOf(ids, `${path}.element`),
        'element-required': type.elementRequired,
        element: icebergType(type.element, `${path}.element`, ids),
      };
    case 'map':
      return {
        type: 'map',
        'key-id': idOf(ids, `${path}.key`),
        key: icebergType(type.key, `${path}.key`, ids),
        'value-id': idOf(ids, `${path}.value`),
        'value-required': type.valueRequired,
        value: icebergType(type.value, `${path}.value`, ids),
      };
    case 'struct':
      return { type: 'struct', fields: icebergFields(type.fields, `${path}.`, ids) };
  }
}
