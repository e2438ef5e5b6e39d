import { SchemaError } from '../errors';
import { flattenFields } from './columns';
import {
  FIRST_PARTITION_ID,
  PartitionFieldState,
  RetiredColumn,
  SortFieldState,
  TableField,
  TableState,
} from './table-state';

type Json = Record<string, unknown>;

/** One schema of the table's history. */
interface SchemaVersion {
  readonly id: number;
  readonly fields: readonly TableField[];
  readonly identifierFieldIds: readonly number[];
}

/**
 * Reads the content of an Iceberg metadata file, of any format version.
 *
 * Ids of every schema and partition spec of the past count as used.
 *
 * @param json the parsed file
 * @throws SchemaError that names the member that is missing or of another form
 * @see https://iceberg.apache.org/spec/#table-metadata-fields
 */
export function tableStateFromMetadata(json: unknown): TableState {
  const metadata = object(json, 'the metadata');
  const schemas = schemasOf(metadata);
  const current = currentOf(schemas, metadata['current-schema-id'] ?? 0, 'current-schema-id');
  const specs = specsOf(metadata);
  const spec = currentOf(specs, metadata['default-spec-id'] ?? 0, 'default-spec-id');
  const ids = schemas.flatMap(({ fields }) => flattenFields(fields).map(({ id }) => id));
  const fieldIds = specs.flatMap(({ fields }) => fields.map(({ fieldId }) => fieldId));
  return {
    formatVersion: whole(metadata['format-version'], 'format-version'),
    location: text(metadata.location, 'location'),
    fields: current.fields,
    identifierFieldIds: current.identifierFieldIds,
    partitionFields: spec.fields,
    sortFields: sortFieldsOf(metadata),
    properties: propertiesOf(metadata),
    lastColumnId: Math.max(whole(metadata['last-column-id'], 'last-column-id'), ...ids),
    lastPartitionId: Math.max(
      whole(metadata['last-partition-id'] ?? FIRST_PARTITION_ID - 1, 'last-partition-id'),
      ...fieldIds,
    ),
    retiredColumns: retiredColumns(schemas, current),
    retiredPartitions: retiredPartitions(specs, spec),
  };
}

function retiredColumns(schemas: readonly SchemaVersion[], current: SchemaVersion): RetiredColumn[] {
  const live = new Set(flattenFields(current.fields).map(({ id }) => id));
  const retired = new Map<number, RetiredColumn>();
  for (const { fields } of [...schemas].sort((a, b) => a.id - b.id)) {
    for (const { id, path } of flattenFields(fields)) {
      if (!live.has(id)) {
        retired.set(id, { id, path });
      }
    }
  }
  return [...retired.values()].sort((a, b) => a.id - b.id);
}

function retiredPartitions(specs: readonly Spec[], current: Spec): PartitionFieldState[] {
  const live = new Set(current.fields.map(({ fieldId }) => fieldId));
  const retired = new Map<number, PartitionFieldState>();
  for (const field of specs.flatMap(({ fields }) => fields)) {
    // Format version 1 keeps the place of a removed field with the transform void.
    if (!live.has(field.fieldId) && field.transform !== 'void') {
      retired.set(field.fieldId, field);
    }
  }
  return [...retired.values()].sort((a, b) => a.fieldId - b.fieldId);
}

function schemasOf(metadata: Json): SchemaVersion[] {
  // Files of format version 1 may have the current schema alone.
  const schemas = metadata.schemas === undefined ? [metadata.schema] : list(metadata.schemas, 'schemas');
  return schemas.map((value, index) => {
    const schema = object(value, 'a schema');
    return {
      id: whole(schema['schema-id'] ?? index, 'schema-id'),
      fields: fieldsOf(schema.fields),
      identifierFieldIds: list(schema['identifier-field-ids'] ?? [], 'identifier-field-ids').map((id) =>
        whole(id, 'identifier-field-ids'),
      ),
    };
  });
}

function fieldsOf(value: unknown): TableField[] {
  return list(value, 'fields').map((item) => {
    const field = object(item, 'a field');
    const name = text(field.name, "a field's name");
    whole(field.id, `the id of field '${name}'`);
    bool(field.required, `'required' of field '${name}'`);
    checkType(field.type, name);
    return field as unknown as TableField;
  });
}

function checkType(value: unknown, path: string): void {
  if (typeof value === 'string') {
    return;
  }
  const type = object(value, `the type of field '${path}'`);
  switch (type.type) {
    case 'struct':
      fieldsOf(type.fields);
      return;
    case 'list':
      whole(type['element-id'], `'element-id' of field '${path}'`);
      bool(type['element-required'], `'element-required' of field '${path}'`);
      checkType(type.element, `${path}.element`);
      return;
    case 'map':
      whole(type['key-id'], `'key-id' of field '${path}'`);
      whole(type['value-id'], `'value-id' of field '${path}'`);
      bool(type['value-required'], `'value-required' of field '${path}'`);
      checkType(type.key, `${path}.key`);
      checkType(type.value, `${path}.value`);
      return;
    default:
      throw unusable(`the type of field '${path}'`, type.type);
  }
}

interface Spec {
  readonly id: number;
  readonly fields: readonly PartitionFieldState[];
}

function specsOf(metadata: Json): Spec[] {
  const specs =
    metadata['partition-specs'] === undefined
      ? [{ 'spec-id': 0, fields: metadata['partition-spec'] ?? [] }]
      : list(metadata['partition-specs'], 'partition-specs');
  return specs.map((value) => {
    const spec = object(value, 'a partition spec');
    return { id: whole(spec['spec-id'], 'spec-id'), fields: list(spec.fields, 'partition fields').map(partitionField) };
  });
}

function partitionField(value: unknown, index: number): PartitionFieldState {
  const field = object(value, 'a partition field');
  const name = text(field.name, "a partition field's name");
  return {
    sourceId: sourceId(field, `partition field '${name}'`),
    // Format version 1 need not write them and counts from 1000.
    fieldId: whole(field['field-id'] ?? FIRST_PARTITION_ID + index, `'field-id' of partition field '${name}'`),
    name,
    transform: text(field.transform, `'transform' of partition field '${name}'`),
  };
}

function sortFieldsOf(metadata: Json): SortFieldState[] {
  const orders = list(metadata['sort-orders'] ?? [], 'sort-orders').map((order) => object(order, 'a sort order'));
  const current = orders.find((order) => order['order-id'] === (metadata['default-sort-order-id'] ?? 0));
  return list(current?.fields ?? [], 'sort fields').map((value) => {
    const field = object(value, 'a sort field');
    return {
      sourceId: sourceId(field, 'a sort field'),
      transform: text(field.transform, "a sort field's transform"),
      direction: text(field.direction, "a sort field's direction"),
      nullOrder: text(field['null-order'], "a sort field's null-order"),
    };
  });
}

/** Format version 3 has a list of sources where a transform takes several; those that exist take one. */
function sourceId(field: Json, owner: string): number {
  const several = Array.isArray(field['source-ids']) ? field['source-ids'][0] : undefined;
  return whole(field['source-id'] ?? several, `'source-id' of ${owner}`);
}

function propertiesOf(metadata: Json): Record<string, string> {
  const properties = Object.entries(object(metadata.properties ?? {}, 'properties'));
  return Object.fromEntries(properties.map(([name, value]) => [name, text(value, `property '${name}'`)]));
}

function currentOf<T extends { readonly id: number }>(versions: readonly T[], id: unknown, member: string): T {
  const current = versions.find((version) => version.id === id);
  if (current === undefined) {
    throw unusable(member, id);
  }
  return current;
}

function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw unusable(what, value);
  }
  return value as Json;
}

function list(value: unknown, what: string): unknown[] {
  if (!Array.isArray(value)) {
    throw unusable(what, value);
  }
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') {
    throw unusable(what, value);
  }
  return value;
}

function whole(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw unusable(what, value);
  }
  return value;
}

function bool(value: unknown, what: string): void {
  if (typeof value !== 'boolean') {
    throw unusable(what, value);
  }
}

function unusable(what: string, value: unknown): SchemaError {
  const shown = value === undefined ? 'missing' : `${JSON.stringify(value)?.slice(0, 60)}, which cannot be`;
  return new SchemaError(`Iceberg metadata: ${what} is ${shown}; give the metadata file of an Iceberg table.`);
}
