// A change of a table as a user makes it: written in code, locked in the ledger, looked at by the guard.
import {
  Column,
  ColumnType,
  NullOrder,
  PartitionTransform,
  RecordSchema,
  SortField,
  TableDeclaration,
} from '../../../../lib/schema';
import { refusalsOf } from '../../../../lib/lakehouse/runtime/guard-decision';
import { pastColumns } from '../../../../lib/lakehouse/runtime/table-guard';
import { outlineOf } from '../../../../lib/schema/private/declaration';
import { SchemaError } from '../../../../lib/schema/private/errors';
import {
  IcebergType,
  TableField,
  TableState,
  Verdict,
  tableStateFromMetadata,
} from '../../../../lib/schema/private/evolution';
import { shapeOf } from '../../../../lib/schema/private/iceberg';
import { adoptTable } from '../../../../lib/schema/private/ledger-adopt';
import { lockTable } from '../../../../lib/schema/private/ledger-lock';
import { Draft, Metadata, draftOf, setWhole } from './metadata';
import type { Proposal } from './proof';
import { slotsOf } from './slots';

/** What becomes of a change on its way to the table. */
export type Deployment =
  /** Code cannot say it, or refuses it where it is written. */
  | { readonly by: 'code'; readonly reason: string }
  | {
      /** Who refused it; `nobody` when it is deployed. */
      readonly by: 'ledger' | 'guard' | 'nobody';
      readonly refusals: readonly Verdict[];
      /** The table as who decided knows it: the ledger does not see what writers did. */
      readonly before: Metadata;
      /** The same as the deployment makes it, or would have made it. */
      readonly after: Metadata;
    };

/**
 * Takes a change through code, ledger and guard.
 *
 * @param proposal the change, on the table as it was deployed last
 * @param current the table as its writers have left it; as it was deployed unless told otherwise
 */
export function deploy({ before, after, permissions }: Proposal, current: Metadata = before): Deployment {
  try {
    const wished = draftOf(after);
    const declaration = declarationOf(wished, permissions.renames);
    const deployed = tableStateFromMetadata(before);
    const { entry, verdicts } = lockTable(outlineOf(declaration), adoptTable(deployed), permissions.drops);
    const shape = shapeOf(declaration, entry);
    const desired: TableState = {
      formatVersion: wished.formatVersion,
      location: wished.location,
      fields: shape.schema.fields,
      identifierFieldIds: shape.identifierFieldIds,
      partitionFields: shape.partitionSpec,
      sortFields: shape.sortOrder,
      properties: wished.properties,
      lastColumnId: shape.lastColumnId,
      lastPartitionId: shape.lastPartitionId,
      retiredColumns: shape.retiredColumns,
      retiredPartitions: shape.retiredPartitions,
    };
    const applied = (to: Metadata) => ({ before: to, after: setWhole(to, templateOf(desired, before, to)) });
    const refusedByLedger = verdicts.filter(({ legal }) => !legal);
    if (refusedByLedger.length > 0) return { by: 'ledger', refusals: refusedByLedger, ...applied(before) };
    const now = tableStateFromMetadata(current);
    const refusals = refusalsOf({ deployed, current: now, desired }, pastColumns(current));
    return { by: refusals.length > 0 ? 'guard' : 'nobody', refusals, ...applied(current) };
  } catch (error) {
    if (error instanceof SchemaError) return { by: 'code', reason: error.message };
    throw error;
  }
}

/**
 * What a deployment would take away of what writers did to columns and partitions since the last one: by ids and names
 * alone, without the rules.
 */
export function undone(deployed: Metadata, current: Metadata, after: Metadata): string[] {
  const columnsOf = (metadata: Metadata) =>
    new Map(slotsOf(draftOf(metadata).fields).map(({ id, path }): [number, string] => [id, path]));
  const partitionsOf = (metadata: Metadata) =>
    new Map(draftOf(metadata).partitions.map((field): [number, string] => [field['field-id'], field.transform]));
  return [columnsOf, partitionsOf].flatMap((read) => {
    const [then, now, next] = [read(deployed), read(current), read(after)];
    const ids = [...new Set([...then.keys(), ...now.keys()])];
    const byWriters = ids.filter((id) => then.get(id) !== now.get(id));
    return byWriters.filter((id) => next.get(id) !== now.get(id)).map((id) => `${id} ${now.get(id) ?? 'dropped'}`);
  });
}

/** What the template says of the table; properties that only writers have set stay. */
function templateOf(desired: TableState, deployed: Metadata, current: Metadata): Draft {
  const kept = Object.entries(current.properties).filter(([name]) => !(name in deployed.properties));
  return {
    formatVersion: desired.formatVersion,
    location: desired.location!,
    fields: structuredClone(desired.fields) as Draft['fields'],
    identifierFieldIds: [...desired.identifierFieldIds],
    partitions: desired.partitionFields.map(({ sourceId, fieldId, name, transform }) => ({
      name,
      transform,
      'source-id': sourceId,
      'field-id': fieldId,
    })),
    order: desired.sortFields.map(({ sourceId, transform, direction, nullOrder }) => ({
      transform,
      'source-id': sourceId,
      direction,
      'null-order': nullOrder,
    })),
    properties: { ...Object.fromEntries(kept), ...desired.properties },
    lastColumnId: Math.max(desired.lastColumnId, current['last-column-id']),
    lastPartitionId: Math.max(desired.lastPartitionId, current['last-partition-id']),
  };
}

/** The wished table in the words of the public API. */
function declarationOf(wished: Draft, renames: Proposal['permissions']['renames']): TableDeclaration {
  const former = new Map(renames.map(({ from, to }) => [to, from.slice(from.lastIndexOf('.') + 1)]));
  const paths = new Map(slotsOf(wished.fields).map(({ id, path }) => [id, path]));
  const pathOf = (id: number) => {
    const path = paths.get(id);
    if (path === undefined) throw new SchemaError(`no column has the id ${id}`);
    return path;
  };
  const column = (field: TableField, prefix: string): Column => {
    if ('initial-default' in field) throw new SchemaError('code knows no defaults for older rows');
    const path = prefix + field.name;
    const renamedFrom = former.has(path) ? { renamedFrom: [former.get(path)!] } : {};
    const { name, required, doc } = field;
    return { name, required, doc, type: typeOf(field.type, path), ...renamedFrom };
  };
  const typeOf = (type: IcebergType, path: string): ColumnType => {
    if (typeof type === 'string') return primitiveOf(type);
    switch (type.type) {
      case 'list':
        return ColumnType.list(typeOf(type.element, `${path}.element`), { elementRequired: type['element-required'] });
      case 'map':
        return ColumnType.map(typeOf(type.key, `${path}.key`), typeOf(type.value, `${path}.value`), {
          valueRequired: type['value-required'],
        });
      case 'struct':
        return ColumnType.struct(type.fields.map((field) => column(field, `${path}.`)));
    }
  };
  return {
    name: 'silver.t',
    formatVersion: wished.formatVersion,
    schema: new RecordSchema({
      name: 't',
      columns: wished.fields.map((field) => column(field, '')),
      key: wished.identifierFieldIds.map(pathOf),
    }),
    partitionedBy: wished.partitions.map((field) => transformOf(field.transform, pathOf(field['source-id']))),
    sortedBy: wished.order.map((field) => sortOf(field, pathOf(field['source-id']))),
  };
}

function primitiveOf(type: string): ColumnType {
  const [base, ...numbers] = type.split(/[(),[\] ]+/);
  if (base === 'decimal') return ColumnType.decimal(Number(numbers[0]), Number(numbers[1]));
  if (base === 'fixed') return ColumnType.fixed(Number(numbers[0]));
  return ColumnType[type.toUpperCase() as 'STRING'];
}

function transformOf(transform: string, column: string): PartitionTransform {
  const [, name, width] = /^(\w+)(?:\[(\d+)])?$/.exec(transform) as unknown as [string, string, string?];
  return width === undefined
    ? PartitionTransform[name as 'day'](column)
    : PartitionTransform[name as 'bucket'](column, Number(width));
}

function sortOf(field: Draft['order'][number], column: string): SortField {
  return SortField[field.direction as 'asc'](column, field['null-order'] as NullOrder);
}
