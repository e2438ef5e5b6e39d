import type { IcebergType } from '../../../../lib/schema/private/evolution';

/** The parts of Iceberg's table metadata that a change of a table touches: https://iceberg.apache.org/spec/#table-metadata */
export interface Metadata {
  'format-version': number;
  'table-uuid': string;
  location: string;
  'last-sequence-number': number;
  'last-updated-ms': number;
  'last-column-id': number;
  'current-schema-id': number;
  schemas: Schema[];
  'default-spec-id': number;
  'partition-specs': { 'spec-id': number; fields: PartitionField[] }[];
  'last-partition-id': number;
  'default-sort-order-id': number;
  'sort-orders': { 'order-id': number; fields: SortField[] }[];
  properties: Record<string, string>;
  'next-row-id'?: number;
}

export interface Schema {
  type: 'struct';
  'schema-id': number;
  fields: Field[];
  'identifier-field-ids': number[];
}

export interface Field {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
}

export interface PartitionField {
  name: string;
  transform: string;
  'source-id': number;
  'field-id': number;
}

export interface SortField {
  transform: string;
  'source-id': number;
  direction: string;
  'null-order': string;
}

/** What a template says of a table: one schema, one spec, one order. */
export interface Draft {
  formatVersion: number;
  location: string;
  fields: Field[];
  identifierFieldIds: number[];
  partitions: PartitionField[];
  order: SortField[];
  properties: Record<string, string>;
  lastColumnId: number;
  lastPartitionId: number;
}

/** Metadata of a table that was just created. */
export function created(draft: Draft): Metadata {
  return {
    'format-version': draft.formatVersion,
    'table-uuid': '00000000-0000-4000-8000-000000000000',
    location: draft.location,
    'last-sequence-number': 0,
    'last-updated-ms': 0,
    'last-column-id': draft.lastColumnId,
    'current-schema-id': 0,
    schemas: [schemaOf(draft, 0)],
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: draft.partitions }],
    'last-partition-id': draft.lastPartitionId,
    'default-sort-order-id': draft.order.length === 0 ? 0 : 1,
    'sort-orders': [{ 'order-id': draft.order.length === 0 ? 0 : 1, fields: draft.order }],
    properties: draft.properties,
  };
}

/** What a template that describes the table as it is says: a copy to change. */
export function draftOf(metadata: Metadata): Draft {
  const schema = metadata.schemas.find((each) => each['schema-id'] === metadata['current-schema-id'])!;
  const spec = metadata['partition-specs'].find((each) => each['spec-id'] === metadata['default-spec-id'])!;
  const order = metadata['sort-orders'].find((each) => each['order-id'] === metadata['default-sort-order-id'])!;
  return structuredClone({
    formatVersion: metadata['format-version'],
    location: metadata.location,
    fields: schema.fields,
    identifierFieldIds: schema['identifier-field-ids'],
    partitions: spec.fields,
    order: order.fields,
    properties: metadata.properties,
    lastColumnId: metadata['last-column-id'],
    lastPartitionId: metadata['last-partition-id'],
  });
}

/**
 * The metadata after a template was set as a whole, whether that is legal or not: what is new is added beside what was
 * there before, as Glue does it for CloudFormation.
 */
export function setWhole(before: Metadata, draft: Draft): Metadata {
  const after: Metadata = structuredClone({
    ...before,
    'format-version': draft.formatVersion,
    location: draft.location,
    properties: draft.properties,
    'last-column-id': draft.lastColumnId,
    'last-partition-id': draft.lastPartitionId,
    ...(draft.formatVersion > 2 ? { 'next-row-id': 0 } : {}),
  });
  after['current-schema-id'] = upsert(
    after.schemas,
    'schema-id',
    (each) => same([each.fields, each['identifier-field-ids']], [draft.fields, draft.identifierFieldIds]),
    (id) => schemaOf(draft, id),
  );
  after['default-spec-id'] = upsert(
    after['partition-specs'],
    'spec-id',
    (each) => same(each.fields, draft.partitions),
    (id) => ({ 'spec-id': id, fields: draft.partitions }),
  );
  after['default-sort-order-id'] = upsert(
    after['sort-orders'],
    'order-id',
    (each) => same(each.fields, draft.order),
    // Iceberg keeps order id 0 for "unsorted": https://iceberg.apache.org/spec/#sorting
    (id) => ({ 'order-id': draft.order.length === 0 ? 0 : Math.max(id, 1), fields: draft.order }),
  );
  return structuredClone(after);
}

function schemaOf(draft: Draft, id: number): Schema {
  return { type: 'struct', 'schema-id': id, fields: draft.fields, 'identifier-field-ids': draft.identifierFieldIds };
}

function upsert<K extends string, T extends Record<K, number>>(
  known: T[],
  idName: K,
  matches: (each: T) => boolean,
  make: (id: number) => T,
): number {
  const found = known.find(matches);
  if (found !== undefined) return found[idName];
  const added = make(Math.max(...known.map((each) => each[idName])) + 1);
  known.push(added);
  return added[idName];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
