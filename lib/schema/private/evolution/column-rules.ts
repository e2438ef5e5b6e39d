import { FlatColumn, isInMapKey, isPrimitive } from './columns';
import type { RetiredColumn } from './table-state';
import { isSameType, isWidening } from './types';
import { Permissions, Verdict, illegal, legal } from './verdict';

/** The columns of a table at one time, and what is known of those before. */
export interface ColumnHistory {
  readonly columns: readonly FlatColumn[];
  readonly formatVersion: number;
  readonly lastColumnId: number;
  readonly retired: readonly RetiredColumn[];
  readonly identifierIds: ReadonlySet<number>;
}

/**
 * Columns by their ids, as Iceberg sees them: https://iceberg.apache.org/spec/#schema-evolution
 *
 * What is nested in a column that is refused says nothing more.
 */
export function judgeColumns(before: ColumnHistory, after: ColumnHistory, permissions: Permissions): Verdict[] {
  const known = byId(before.columns);
  const remaining = byId(after.columns);
  const settled = new Set<number>();
  const isSettled = (column: FlatColumn) => column.parent !== undefined && settled.has(column.parent.id);

  const verdicts: Verdict[] = [];
  const note = (column: FlatColumn, judged: readonly Verdict[], settles: boolean) => {
    // One that stands in a settled column settles what stands in it in turn.
    if (settles || isSettled(column)) {
      settled.add(column.id);
    }
    verdicts.push(...(isSettled(column) ? [] : judged));
  };
  for (const column of before.columns.filter(({ id }) => !remaining.has(id))) {
    note(column, [judgeDrop(column, before, remaining, permissions)], true);
  }
  for (const column of after.columns) {
    const earlier = known.get(column.id);
    if (earlier === undefined) {
      note(column, [judgeAddition(column, before, known)], true);
    } else {
      const judged = judgeChange(earlier, column, permissions);
      note(
        column,
        judged,
        judged.some((verdict) => !verdict.legal),
      );
    }
  }
  return [...duplicates(after.columns), ...verdicts, ...judgeOrder(before.columns, after.columns)];
}

function byId(columns: readonly FlatColumn[]): Map<number, FlatColumn> {
  return new Map(columns.map((column) => [column.id, column]));
}

function duplicates(columns: readonly FlatColumn[]): Verdict[] {
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

function judgeDrop(
  column: FlatColumn,
  before: ColumnHistory,
  remaining: ReadonlyMap<number, FlatColumn>,
  permissions: Permissions,
): Verdict {
  const { path, id, parent } = column;
  if (parent !== undefined && remaining.has(parent.id) && parent.type !== 'struct') {
    return illegal(
      'change-type',
      path,
      `'${path}' (id ${id}) gets another id, which takes its values away`,
      'keep its id; add a new column for values of another kind.',
    );
  }
  if (isInMapKey(column) && remaining.has(keyOf(column).id)) {
    return mapKey(column, `'${path}' (id ${id}) is gone`);
  }
  if (before.identifierIds.has(id)) {
    return illegal(
      'drop-identifier-field',
      path,
      `column '${path}' (id ${id}) is gone, and rows are identified by it`,
      'declare it again; take it out of the key and deploy that before you drop it.',
    );
  }
  if (permissions.drops.some((drop) => isWithin(path, drop))) {
    return legal('drop-column', path, `column '${path}' (id ${id}) is dropped, and its id retired`);
  }
  return illegal(
    'drop-column',
    path,
    `column '${path}' (id ${id}) is no longer declared, and a rename that is not declared would lose its data`,
    `declare it again, declare its new name with renamedFrom: ['${column.name}'], or give it up for good with --allow-drop.`,
  );
}

/** Whether a path is the other, or nested in it. */
export function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}

function judgeAddition(column: FlatColumn, before: ColumnHistory, known: ReadonlyMap<number, FlatColumn>): Verdict {
  const { path, id, parent } = column;
  const retired = before.retired.find((each) => each.id === id);
  if (retired !== undefined || id <= before.lastColumnId) {
    const owner = retired === undefined ? 'was given before' : `belonged to '${retired.path}'`;
    return illegal(
      'reuse-column-id',
      path,
      `column '${path}' has id ${id}, which ${owner}, so that old files would show old values in it`,
      `give it an id above ${before.lastColumnId}.`,
    );
  }
  const isKnownParent = parent === undefined || known.has(parent.id);
  if (parent !== undefined && isKnownParent && isInMapKey(column)) {
    return mapKey(column, `'${path}' is new`);
  }
  if (column.required && isKnownParent && !hasInitialDefault(column, before.formatVersion)) {
    return illegal(
      'add-required-column',
      path,
      `column '${path}' is new and required, but rows written before have no value for it`,
      "declare it without 'required'.",
    );
  }
  if (column.initialDefault !== undefined && before.formatVersion < 3) {
    return illegal(
      'default-value',
      path,
      `column '${path}' has a default for older rows, which format version ${before.formatVersion} does not know`,
      'leave the default out and fill the value in where the table is read or written.',
    );
  }
  return legal('add-column', path, `column '${path}' is new (id ${id}); rows written before read as null`);
}

/** https://iceberg.apache.org/spec/#default-values */
function hasInitialDefault({ initialDefault }: FlatColumn, formatVersion: number): boolean {
  return formatVersion >= 3 && initialDefault !== undefined && initialDefault !== null;
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
      `put ${before.type} back and add a new column, or give up the old values for good with --allow-drop.`,
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

/** The map key that a column is, or stands in. */
function keyOf(column: FlatColumn): FlatColumn {
  let key = column;
  while (key.parent !== undefined && !(key.parent.type === 'map' && key.name === 'key')) {
    key = key.parent;
  }
  return key;
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
