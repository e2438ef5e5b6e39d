import type { GetTableCommandOutput } from '@aws-sdk/client-glue';
import type { GuardSources } from '../../../../lib/lakehouse/runtime/table-guard';
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

/** AWS with one table in it, or none. */
export class FakeAws implements GuardSources {
  status = 'UPDATE_IN_PROGRESS';
  parameters?: Record<string, string> = { table_type: 'ICEBERG', metadata_location: METADATA_FILE };
  readonly files = new Map<string, Uint8Array>();
  readonly pauses: number[] = [];
  /** How often each call is denied before it is answered. */
  deniedTables = 0;
  deniedObjects = 0;

  constructor(metadata?: object) {
    if (metadata === undefined) this.parameters = undefined;
    else this.files.set(METADATA_FILE, Buffer.from(JSON.stringify(metadata)));
  }

  async getTable(): Promise<GetTableCommandOutput> {
    if (this.deniedTables-- > 0) throw awsError('AccessDeniedException', 'User is not authorized');
    if (!this.parameters) throw awsError('EntityNotFoundException', 'Table trades not found');
    return { $metadata: {}, Table: { Name: 'trades', Parameters: this.parameters } };
  }

  async getS3TableMetadataLocation(): Promise<string | undefined> {
    if (this.deniedTables-- > 0) throw awsError('ForbiddenException', 'not authorized');
    if (!this.parameters) throw awsError('NotFoundException', 'The specified table does not exist.');
    return this.parameters.metadata_location;
  }

  async getObject(bucket: string, key: string): Promise<Uint8Array> {
    if (this.deniedObjects-- > 0) throw awsError('AccessDenied', 'Access Denied');
    const content = this.files.get(`s3://${bucket}/${key}`);
    if (!content) throw awsError('NoSuchKey', 'The specified key does not exist.');
    return content;
  }

  async stackStatus(): Promise<string> {
    if (this.status === '') throw awsError('AccessDenied', 'not authorized to perform: cloudformation:DescribeStacks');
    return this.status;
  }

  async pause(milliseconds: number): Promise<void> {
    this.pauses.push(milliseconds);
  }
}

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
