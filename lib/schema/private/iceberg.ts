import type { IcebergField, IcebergPartitionField, IcebergTableShape, TableDeclaration } from '../table-declaration';
import type { IcebergType } from './evolution';
import { LedgerTable } from './ledger-entry';
import { FieldNode, TypeNode } from './type-node';

/** Fills a declaration's ids in from an entry that agrees with it. */
export function shapeOf(table: TableDeclaration, entry: LedgerTable): IcebergTableShape {
  const ids = new Map(entry.columns.map((column) => [column.path, column.id]));
  return {
    schema: { type: 'struct', fields: icebergFields(table.schema._fields, '', ids) },
    identifierFieldIds: entry.identifierFields,
    partitionSpec: (table.partitionedBy ?? []).map(({ transform, column }) =>
      partitionField(entry, transform, idOf(ids, column)),
    ),
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

/** A partition field keeps the name that it was given first, even when its column is renamed. */
function partitionField({ partitions }: LedgerTable, transform: string, sourceId: number): IcebergPartitionField {
  const field = partitions.find((each) => each.source === sourceId && each.transform === transform);
  if (field === undefined) {
    throw new Error(`no partition field for ${transform} of column id ${sourceId}`);
  }
  return { name: field.name, transform, sourceId, fieldId: field.id };
}

/** The id of a path that is known to have one. */
function idOf(ids: ReadonlyMap<string, number>, path: string): number {
  const id = ids.get(path);
  if (id === undefined) {
    throw new Error(`no id for '${path}'`);
  }
  return id;
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
