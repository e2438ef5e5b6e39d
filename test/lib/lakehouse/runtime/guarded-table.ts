import type { PartitionFieldState, TableField, TableState } from '../../../../lib/schema/private/evolution';

export const LOCATION = 's3://lake/silver/trades';
export const METADATA_FILE = `${LOCATION}/metadata/00007-0a1b.metadata.json`;

/** A column of a primitive type. */
export function column(id: number, name: string, type = 'string', required = false): TableField {
  return { id, name, type, required };
}

/** What a deployment says of the table; three columns and a partition by day unless told otherwise. */
export function declared(changes: Partial<TableState> = {}): TableState {
  return {
    formatVersion: 2,
    location: LOCATION,
    fields: [column(1, 'trade_id'), column(2, 'quantity', 'int'), column(3, 'traded_at', 'timestamptz')],
    identifierFieldIds: [],
    partitionFields: [partition(1000, 'traded_at_day', 'day', 3)],
    sortFields: [],
    properties: { 'write.format.default': 'parquet' },
    lastColumnId: 3,
    lastPartitionId: 1000,
    retiredColumns: [],
    retiredPartitions: [],
    ...changes,
  };
}

export function partition(fieldId: number, name: string, transform: string, sourceId: number): PartitionFieldState {
  return { fieldId, name, transform, sourceId };
}

/**
 * An Iceberg metadata file whose current schema and spec are the last of those given.
 *
 * @see https://iceberg.apache.org/spec/#table-metadata-fields
 */
export function metadataFile(
  schemas: TableField[][],
  specs: PartitionFieldState[][] = [[partition(1000, 'traded_at_day', 'day', 3)]],
  changes: object = {},
): object {
  return {
    'format-version': 2,
    'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
    location: LOCATION,
    'last-updated-ms': 1764000000000,
    'last-column-id': Math.max(...schemas.flat().map(({ id }) => id)),
    schemas: schemas.map((fields, index) => ({ type: 'struct', 'schema-id': index, fields })),
    'current-schema-id': schemas.length - 1,
    'partition-specs': specs.map((fields, index) => ({
      'spec-id': index,
      fields: fields.map(({ fieldId, name, transform, sourceId }) => ({
        'field-id': fieldId,
        name,
        transform,
        'source-id': sourceId,
      })),
    })),
    'default-spec-id': specs.length - 1,
    'last-partition-id': Math.max(999, ...specs.flat().map(({ fieldId }) => fieldId)),
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': 0,
    properties: { 'write.format.default': 'parquet' },
    ...changes,
  };
}
