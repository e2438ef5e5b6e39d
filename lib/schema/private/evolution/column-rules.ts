import { FlatColumn, FlatTable, isInMapKey, isPrimitive } from './columns';
import { isSameType, isWidening } from './types';
import { Permissions, Verdict, illegal, legal } from './verdict';

/** Columns by their ids, as Iceberg sees them: https://iceberg.apache.org/spec/#schema-evolution */
export function judgeColumns(before: FlatTable, after: FlatTable, permissions: Permissions): Verdict[] {
  const known = byId(before.columns);
  const remaining = byId(after.columns);
  return [
    ...duplicateIds(after.columns),
    ...duplicateNames(after.columns),
    ...before.columns
      .filter(({ id, parent }) => !remaining.has(id) && !isSettled(parent, remaining))
      .map((column) => judgeDrop(column, permissions)),
    ...before.columns
      .filter(({ id }) => !remaining.has(id) && before.identifierFieldIds.includes(id))
      .map(identifierDrop),
    ...after.columns.flatMap((column) => {
      const earlier = known.get(column.id);
      return earlier === undefined ? judgeAddition(column, before, known) : judgeChange(earlier, column, permissions);
    }),
    ...judgeOrder(before.columns, after.columns),
  ];
}

/** Whether what a column is nested in is not there, or another kind of thing: that says all there is to say. */
function isSettled(parent: FlatColumn | undefined, others: ReadonlyMap<number, FlatColumn>): boolean {
  return parent !== undefined && others.get(parent.id)?.type !== parent.type;
}

function byId(columns: readonly FlatColumn[]): Map<number, FlatColumn> {
  return new Map(columns.map((column) => [column.id, column]));
}

function duplicateIds(columns: readonly FlatColumn[]): Verdict[] {
  const owners = new Map<number, FlatColumn>();
  return columns.flatMap((column) => {
    const owner = owners.get(column.id);
    owners.set(column.id, column);
    return owner === undefined
      ? []
      : [
          illegal(
            'duplicate-column-id',
            column.path,
            `columns '${owner.path}' and '${column.path}' both have id ${column.id}, so that one would show the other's data`,
            'give the newer one an id of its own.',
          ),
        ];
  });
}

/** Iceberg refuses a schema with two fields of one name; Glue and Athena do not tell apart names that differ by case. */
function duplicateNames(columns: readonly FlatColumn[]): Verdict[] {
  const owners = new Map<string, FlatColumn>();
  return columns.flatMap((column) => {
    const key = `${column.parent?.id ?? 0} ${column.name.toLowerCase()}`;
    const owner = owners.get(key);
    owners.set(key, column);
    return owner === undefined
      ? []
      : [
          illegal(
            'duplicate-column-name',
            column.path,
            `columns '${owner.path}' (id ${owner.id}) and '${column.path}' (id ${column.id}) have one name, apart from case, and Glue and Athena ignore case`,
            'rename the newer one.',
          ),
        ];
  });
}

function judgeDrop(column: FlatColumn, permissions: Permissions): Verdict {
  const { path, id, parent } = column;
  if (isInMapKey(column)) {
    return mapKey(column, `'${path}' (id ${id}) is gone`);
  }
  if (parent !== undefined && parent.type !== 'struct') {
    return illegal(
      'change-type',
      path,
      `'${path}' gives up its id ${id}, and with it its values`,
      'keep its id; add a new column for values of another kind.',
    );
  }
  if (permissions.drops.some((drop) => isWithin(path, drop))) {
    return legal('drop-column', path, `column '${path}' (id ${id}) is dropped, and its id retired`);
  }
  return illegal(
    'drop-column',
    path,
    `column '${path}' (id ${id}) is no longer declared, and a rename that is not declared would lose its data`,
    `declare it again, declare its new name with renamedFrom: ['${column.name}'], or give it up for good: ${dropCommand(path)}.`,
  );
}

function identifierDrop({ path, id }: FlatColumn): Verdict {
  return illegal(
    'drop-identifier-field',
    path,
    `column '${path}' (id ${id}) is no longer declared, and rows are identified by it`,
    'declare it again; take it out of the key and deploy that before you drop it.',
  );
}

/** The list or map around an element, key or value, which cannot go by itself. */
function droppable(column: FlatColumn): FlatColumn {
  const { parent } = column;
  return parent === undefined || parent.type === 'struct' ? column : droppable(parent);
}

/** The command that permits a drop; whoever knows the table's name puts it in for TABLE. */
function dropCommand(path: string): string {
  return `npx data-patterns schema lock --allow-drop TABLE.${path}`;
}

/** Whether a path is the other, or nested in it. */
function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}

function judgeAddition(column: FlatColumn, before: FlatTable, known: ReadonlyMap<number, FlatColumn>): Verdict[] {
  const { path, id, parent } = column;
  const retired = before.retiredColumns.find((each) => each.id === id);
  if (retired !== undefined || id <= before.lastColumnId) {
    const owner = retired === undefined ? 'was given before' : `belonged to '${retired.path}'`;
    return [
      illegal(
        'reuse-column-id',
        path,
        `column '${path}' has id ${id}, which ${owner}, so that old files would show old values in it`,
        `give it an id above ${before.lastColumnId}.`,
      ),
    ];
  }
  if (column.initialDefault !== undefined && before.formatVersion < 3) {
    return [
      illegal(
        'default-value',
        path,
        `column '${path}' has a default for older rows, which format version ${before.formatVersion} does not know`,
        'leave the default out and fill the value in where the table is read or written.',
      ),
    ];
  }
  if (isSettled(parent, known) || (parent !== undefined && parent.type !== 'struct')) {
    return [];
  }
  if (isInMapKey(column)) {
    return [mapKey(column, `'${path}' is new`)];
  }
  if (column.required && !hasInitialDefault(column)) {
    return [
      illegal(
        'add-required-column',
        path,
        `column '${path}' is new and required, but rows written before have no value for it`,
        "declare it without 'required'.",
      ),
    ];
  }
  return [legal('add-column', path, `column '${path}' is new (id ${id})`)];
}

/** https://iceberg.apache.org/spec/#default-values */
function hasInitialDefault({ initialDefault }: FlatColumn): boolean {
  return initialDefault !== undefined && initialDefault !== null;
}

function judgeChange(before: FlatColumn, after: FlatColumn, permissions: Permissions): Verdict[] {
  if (before.parent?.id !== after.parent?.id) {
    return [
      illegal(
        'move-column',
        after.path,
        `column '${before.path}' (id ${before.id}) moves to '${after.path}', and Iceberg looks for it where it was`,
        'put it back; add a new column at the new place.',
      ),
    ];
  }
  return [
    ...judgeName(before, after, permissions),
    ...judgeType(before, after),
    ...judgeRequired(before, after),
    ...judgeDescription(before, after),
    ...judgeInitialDefault(before, after),
  ];
}

function judgeName(before: FlatColumn, after: FlatColumn, { renames }: Permissions): Verdict[] {
  if (before.name === after.name) {
    return [];
  }
  const message = `column '${before.path}' (id ${before.id}) is renamed to '${after.name}'`;
  if (isInMapKey(after)) {
    return [mapKey(after, message)];
  }
  if (renames.some(({ from, to }) => from === before.path && to === after.path)) {
    return [legal('rename-column', after.path, message)];
  }
  return [
    illegal(
      'rename-column',
      after.path,
      `${message}, and no one has declared it, so that one column may show another's data`,
      `declare it with renamedFrom: ['${before.name}'], or give '${after.name}' an id of its own.`,
    ),
  ];
}

function judgeType(before: FlatColumn, after: FlatColumn): Verdict[] {
  if (isSameType(before.type, after.type)) {
    return [];
  }
  const message = `column '${after.path}' (id ${after.id}) changes from ${before.type} to ${after.type}`;
  if (isInMapKey(after)) {
    return [mapKey(after, message)];
  }
  if (isWidening(before.type, after.type)) {
    return [legal('widen-type', after.path, message)];
  }
  const why =
    isPrimitive(before) && isPrimitive(after) ? 'cannot read the old files with it' : 'keeps no values for it';
  return [
    illegal(
      'change-type',
      after.path,
      `${message}, and Iceberg ${why}`,
      `put ${before.type} back and add a new column, or give up the old values for good: ${dropCommand(droppable(before).path)}.`,
    ),
  ];
}

function judgeRequired(before: FlatColumn, after: FlatColumn): Verdict[] {
  if (before.required === after.required) {
    return [];
  }
  const change = `column '${after.path}' (id ${after.id}) becomes ${after.required ? 'required' : 'optional'}`;
  if (isInMapKey(after)) {
    return [mapKey(after, change)];
  }
  return after.required
    ? [
        illegal(
          'require-column',
          after.path,
          `${change}, but rows written before may lack its value`,
          "declare it without 'required', and refuse nulls where the table is written.",
        ),
      ]
    : [legal('make-optional', after.path, change)];
}

function judgeDescription(before: FlatColumn, after: FlatColumn): Verdict[] {
  return (before.doc ?? '') === (after.doc ?? '')
    ? []
    : [legal('describe-column', after.path, `column '${after.path}' (id ${after.id}) is described anew`)];
}

function judgeInitialDefault(before: FlatColumn, after: FlatColumn): Verdict[] {
  if (JSON.stringify(before.initialDefault) === JSON.stringify(after.initialDefault)) {
    return [];
  }
  return [
    illegal(
      'default-value',
      after.path,
      `column '${after.path}' (id ${after.id}) gets another default for older rows, which would change them`,
      'put it back as it was.',
    ),
  ];
}

function mapKey(column: FlatColumn, message: string): Verdict {
  return illegal(
    'map-key',
    column.path,
    `${message}, and Iceberg lets no part of a map's key change, because equal keys would no longer be equal`,
    'put the key back as it was; add a new map for other keys.',
  );
}

/** One verdict for each struct (or the table) whose columns stand in another order. */
function judgeOrder(before: readonly FlatColumn[], after: readonly FlatColumn[]): Verdict[] {
  const earlier = childrenOf(before);
  return [...childrenOf(after)].flatMap(([parent, columns]) => {
    const survivors = new Set(columns.map(({ id }) => id));
    const then = (earlier.get(parent) ?? []).filter(({ id }) => survivors.has(id)).map(({ id }) => id);
    const known = new Set(then);
    const now = columns.filter(({ id }) => known.has(id)).map(({ id }) => id);
    if (now.every((id, index) => id === then[index])) {
      return [];
    }
    const owner = columns[0]?.parent;
    const subject = owner?.path ?? columns.map(({ name }) => name).join(', ');
    const where = owner === undefined ? 'columns stand' : `fields of '${owner.path}' stand`;
    if (owner !== undefined && isInMapKey(owner)) {
      return [mapKey(owner, `${where} in another order`)];
    }
    return [legal('reorder-columns', subject, `${where} in another order; files are read by id`)];
  });
}

function childrenOf(columns: readonly FlatColumn[]): Map<number, FlatColumn[]> {
  const children = new Map<number, FlatColumn[]>();
  for (const column of columns) {
    const parent = column.parent?.id ?? 0;
    const siblings = children.get(parent);
    if (siblings === undefined) {
      children.set(parent, [column]);
    } else {
      siblings.push(column);
    }
  }
  return children;
}
