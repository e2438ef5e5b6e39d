import { toGlueTypeString, toIcebergSchemaJson } from '../../../lib/schema/private/iceberg';
import { IcebergTableShape, SchemaLedger } from '../../../lib/schema';
import { BRONZE, EVERYTHING, GOLD, SILVER } from './tables';

/** What Iceberg itself is shown of each table: see test_iceberg_accepts.py. */
export function renderedShapes(): string {
  const shapes = [BRONZE, SILVER, GOLD, EVERYTHING].map((table) => {
    const shape = SchemaLedger.provisional(table);
    return { table: table.name, metadata: tableMetadata(shape), glueTypes: glueTypes(shape) };
  });
  return `${JSON.stringify(shapes, undefined, 2)}\n`;
}

/** Table metadata of format version 2 for an empty table: https://iceberg.apache.org/spec/#table-metadata-fields */
function tableMetadata(shape: IcebergTableShape): object {
  return {
    'format-version': 2,
    'table-uuid': '00000000-0000-4000-8000-000000000000',
    location: 's3://bucket/table',
    'last-sequence-number': 0,
    'last-updated-ms': 0,
    'last-column-id': shape.lastColumnId,
    'current-schema-id': 0,
    schemas: [toIcebergSchemaJson(shape)],
    'default-spec-id': 0,
    'partition-specs': [
      {
        'spec-id': 0,
        fields: shape.partitionSpec.map(({ name, transform, sourceId, fieldId }) => ({
          name,
          transform,
          'source-id': sourceId,
          'field-id': fieldId,
        })),
      },
    ],
    'last-partition-id': shape.lastPartitionId,
    'default-sort-order-id': shape.sortOrder.length === 0 ? 0 : 1,
    'sort-orders': [
      {
        'order-id': shape.sortOrder.length === 0 ? 0 : 1,
        fields: shape.sortOrder.map(({ sourceId, transform, direction, nullOrder }) => ({
          'source-id': sourceId,
          transform,
          direction,
          'null-order': nullOrder,
        })),
      },
    ],
  };
}

function glueTypes(shape: IcebergTableShape): Record<string, string> {
  return Object.fromEntries(shape.schema.fields.map(({ name, type }) => [name, toGlueTypeString(type)]));
}
