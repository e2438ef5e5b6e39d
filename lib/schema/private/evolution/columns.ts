import type { IcebergType, TableField, TableState } from './table-state';

/** A column, a struct's field, a list's element, or a map's key or value: everything that has an id. */
export interface FlatColumn {
  readonly id: number;
  /** `price`, `tags.element`, `m.key`, `s.field`. */
  readonly path: string;
  /** Last step of the path. */
  readonly name: string;
  /** What it is nested in; undefined for a top-level column. */
  readonly parent?: FlatColumn;
  /** A primitive type as Iceberg writes it, or `list`, `map` or `struct`. */
  readonly type: string;
  readonly required: boolean;
  readonly doc?: string;
  readonly initialDefault?: unknown;
}

/** A table's state with its columns flattened, as the rules read it. */
export interface FlatTable extends Omit<TableState, 'fields'> {
  /** Each behind its parent. */
  readonly columns: readonly FlatColumn[];
}

export function flatten({ fields, ...rest }: TableState): FlatTable {
  return { ...rest, columns: flattenFields(fields) };
}

/** All columns with what is nested in them, each behind its parent. */
export function flattenFields(fields: readonly TableField[]): FlatColumn[] {
  const flat: FlatColumn[] = [];
  addFields(flat, fields, undefined);
  return flat;
}

/** The same for columns that are known by their paths; no name has a dot in it. */
export function flatColumnsOf(columns: readonly Pick<FlatColumn, 'id' | 'path' | 'type' | 'required'>[]): FlatColumn[] {
  const flat = new Map<string, FlatColumn>();
  const depths = columns.map((column) => ({ column, depth: column.path.split('.').length }));
  for (const { column } of depths.sort((a, b) => a.depth - b.depth)) {
    const dot = column.path.lastIndexOf('.');
    flat.set(column.path, {
      id: column.id,
      path: column.path,
      name: column.path.slice(dot + 1),
      parent: dot < 0 ? undefined : flat.get(column.path.slice(0, dot)),
      type: column.type,
      required: column.required,
    });
  }
  return [...flat.values()];
}

/** Whether the column is a map's key, or stands inside one. */
export function isInMapKey(column: FlatColumn): boolean {
  for (let each: FlatColumn | undefined = column; each !== undefined; each = each.parent) {
    if (each.parent?.type === 'map' && each.name === 'key') {
      return true;
    }
  }
  return false;
}

export function isPrimitive({ type }: FlatColumn): boolean {
  return type !== 'struct' && type !== 'list' && type !== 'map';
}

function addFields(flat: FlatColumn[], fields: readonly TableField[], parent: FlatColumn | undefined): void {
  for (const field of fields) {
    const { id, name, required, doc, type } = field;
    addColumn(flat, { id, name, required, doc, initialDefault: field['initial-default'] }, type, parent);
  }
}

type Named = Pick<FlatColumn, 'id' | 'name' | 'required' | 'doc' | 'initialDefault'>;

function addColumn(flat: FlatColumn[], named: Named, type: IcebergType, parent: FlatColumn | undefined): void {
  const path = parent === undefined ? named.name : `${parent.path}.${named.name}`;
  const column: FlatColumn = { ...named, path, parent, type: typeof type === 'string' ? type : type.type };
  flat.push(column);
  if (typeof type === 'string') {
    return;
  }
  switch (type.type) {
    case 'struct':
      addFields(flat, type.fields, column);
      return;
    case 'list':
      addColumn(
        flat,
        { id: type['element-id'], name: 'element', required: type['element-required'] },
        type.element,
        column,
      );
      return;
    case 'map':
      addColumn(flat, { id: type['key-id'], name: 'key', required: true }, type.key, column);
      addColumn(flat, { id: type['value-id'], name: 'value', required: type['value-required'] }, type.value, column);
  }
}
