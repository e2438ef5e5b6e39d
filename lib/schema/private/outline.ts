import type { TableDeclaration } from '../table-declaration';
import { FieldNode, TypeNode } from './type-node';
import { checkPartitions, checkSortOrder, checkTableName } from './table-rules';

/** One column or nested element: what the ledger pins an id to. */
export interface OutlineColumn {
  /** `price`, `validation_errors.element`, `m.key`, `s.field`. */
  readonly path: string;
  /** Iceberg's text of a primitive type; `list`, `map` or `struct` of a nested one. */
  readonly type: string;
  readonly required: boolean;
}

export interface OutlinePartition {
  readonly name: string;
  readonly transform: string;
  /** Path of the column that the transform reads. */
  readonly source: string;
}

/** A declared table flattened to what has an id. Plain JSON, so that it can travel through a cloud assembly. */
export interface TableOutline {
  readonly name: string;
  readonly columns: OutlineColumn[];
  readonly partitions: OutlinePartition[];
}

/** Checks a declaration (name, partitions, sort order) and flattens it. */
export function outlineOf(table: TableDeclaration): TableOutline {
  const fields = table.schema._fields;
  const partitions = table.partitionedBy ?? [];
  checkTableName(table.name);
  checkPartitions(table.name, fields, partitions);
  checkSortOrder(
    table.name,
    fields,
    (table.sortedBy ?? []).map((field) => field.column),
  );
  const columns: OutlineColumn[] = [];
  addFields(columns, '', fields);
  return {
    name: table.name,
    columns,
    partitions: partitions.map((partition) => ({
      name: partition.fieldName,
      transform: partition.transform,
      source: partition.column,
    })),
  };
}

/** All of a struct's fields before what is nested in them: the order in which Iceberg itself gives fresh ids. */
function addFields(columns: OutlineColumn[], prefix: string, fields: FieldNode[]): void {
  for (const field of fields) {
    columns.push({ path: prefix + field.name, type: kindText(field.type), required: field.required });
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
