import { SchemaError } from './errors';
import { FlatTable, flatColumnsOf } from './evolution/columns';
import { faultsOf } from './evolution/judge';
import { FIRST_PARTITION_ID } from './evolution/table-state';
import { FieldNode, TypeNode } from './type-node';

/** One column or nested element: what the ledger pins an id to. */
export interface OutlineColumn {
  /** `price`, `validation_errors.element`, `m.key`, `s.field`. */
  readonly path: string;
  /** Iceberg's text of a primitive type; `list`, `map` or `struct` of a nested one. */
  readonly type: string;
  readonly required: boolean;
  /** Names that the column had before, without what it is nested in. */
  readonly renamedFrom?: readonly string[];
}

export interface OutlinePartition {
  /** The name that Iceberg's own libraries would give it. */
  readonly name: string;
  readonly transform: string;
  /** Path of the column that the transform reads. */
  readonly source: string;
}

/** A declared table flattened to what the ledger keeps. Plain JSON, so that it can travel through a cloud assembly. */
export interface TableOutline {
  readonly name: string;
  readonly formatVersion: number;
  readonly columns: OutlineColumn[];
  readonly partitions: OutlinePartition[];
  /** Paths of the columns that identify a row. */
  readonly identifierFields: string[];
}

interface Partition {
  readonly column: string;
  readonly transform: string;
  readonly fieldName: string;
}

/** Throws unless every transform fits its column and no two partition fields clash. */
export function checkPartitions(table: string, fields: FieldNode[], partitions: readonly Partition[]): void {
  checkOutline(
    {
      name: table,
      formatVersion: 2,
      columns: outlineColumns(fields),
      partitions: partitions.map(({ fieldName, transform, column }) => ({
        name: fieldName,
        transform,
        source: column,
      })),
      identifierFields: [],
    },
    [],
  );
}

/**
 * Throws unless key, partitions and write order fit the columns.
 *
 * @param sortedBy paths of the sorted columns
 */
export function checkOutline(outline: TableOutline, sortedBy: readonly string[]): void {
  const { name, columns, partitions, identifierFields: identifiers, formatVersion } = outline;
  const ids = new Map(columns.map(({ path }, index) => [path, index + 1]));
  const idFor = (path: string, option: string): number => {
    const id = ids.get(path);
    if (id === undefined) {
      const names = columns.map((column) => column.path).filter((each) => !each.includes('.'));
      throw new SchemaError(
        `${name}: ${option} names '${path}', which is no column; name one of: ${names.join(', ')}.`,
      );
    }
    return id;
  };
  const table: FlatTable = {
    formatVersion,
    columns: flatColumnsOf(columns.map(({ path, type, required }, index) => ({ id: index + 1, path, type, required }))),
    identifierFieldIds: identifiers.map((path) => idFor(path, 'key')),
    partitionFields: partitions.map(({ source, transform, ...field }, index) => ({
      sourceId: idFor(source, 'partitionedBy'),
      fieldId: FIRST_PARTITION_ID + index,
      name: field.name,
      transform,
    })),
    sortFields: sortedBy.map((path) => ({
      sourceId: idFor(path, 'sortedBy'),
      transform: 'identity',
      direction: 'asc',
      nullOrder: 'nulls-first',
    })),
    properties: {},
    lastColumnId: columns.length,
    lastPartitionId: FIRST_PARTITION_ID - 1 + partitions.length,
    retiredColumns: [],
    retiredPartitions: [],
  };
  const [fault] = faultsOf(table);
  if (fault !== undefined) {
    throw new SchemaError(`${name}: ${fault.message}; ${fault.remedy}`);
  }
}

/** Columns with all that is nested in them, each behind its parent. */
export function outlineColumns(fields: FieldNode[]): OutlineColumn[] {
  const columns: OutlineColumn[] = [];
  addFields(columns, '', fields);
  return columns;
}

/** All of a struct's fields before what is nested in them: the order in which Iceberg itself gives fresh ids. */
function addFields(columns: OutlineColumn[], prefix: string, fields: FieldNode[]): void {
  for (const { name, type, required, renamedFrom } of fields) {
    const column = { path: prefix + name, type: kindText(type), required };
    columns.push(renamedFrom === undefined ? column : { ...column, renamedFrom });
  }
  for (const field of fields) {
    addNested(columns, prefix + field.name, field.type);
  }
}

function addNested(columns: OutlineColumn[], path: string, type: TypeNode): void {
  switch (type.kind) {
    case 'primitive':
      return;
    case 'list':
      columns.push({ path: `${path}.element`, type: kindText(type.element), required: type.elementRequired });
      addNested(columns, `${path}.element`, type.element);
      return;
    case 'map':
      columns.push({ path: `${path}.key`, type: kindText(type.key), required: true });
      columns.push({ path: `${path}.value`, type: kindText(type.value), required: type.valueRequired });
      addNested(columns, `${path}.key`, type.key);
      addNested(columns, `${path}.value`, type.value);
      return;
    case 'struct':
      addFields(columns, `${path}.`, type.fields);
  }
}

function kindText(type: TypeNode): string {
  return type.kind === 'primitive' ? type.text : type.kind;
}
