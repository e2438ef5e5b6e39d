import type { IcebergType, Permissions, TableField, TableState } from '../../../../lib/schema/private/evolution';

/** One kind of change, an example of it, and what the specification makes of it. */
export interface Change {
  /** As the documentation says it. */
  readonly change: string;
  readonly before: TableState;
  readonly after: TableState;
  readonly permissions?: Permissions;
  readonly rule: string;
  readonly legal: boolean;
}

type Part = Partial<TableState>;

const optional = (id: number, name: string, type: IcebergType): TableField => ({ id, name, required: false, type });
const required = (id: number, name: string, type: IcebergType): TableField => ({ id, name, required: true, type });
const struct = (...fields: TableField[]): IcebergType => ({ type: 'struct', fields });
const list = (id: number, element: IcebergType, elementRequired = false): IcebergType => ({
  type: 'list',
  'element-id': id,
  'element-required': elementRequired,
  element,
});
const map = (key: IcebergType, value: IcebergType, valueRequired = false): IcebergType => ({
  type: 'map',
  'key-id': 11,
  key,
  'value-id': 12,
  'value-required': valueRequired,
  value,
});
const partition = (fieldId: number, sourceId: number, transform: string, name: string) => ({
  fieldId,
  sourceId,
  transform,
  name,
});

const ID = required(1, 'id', 'string');
const PRICE = optional(2, 'price', 'decimal(18, 8)');
const AT = optional(3, 'at', 'timestamptz');
const DAY = partition(1000, 3, 'day', 'at_day');
const HOUR = partition(1001, 3, 'hour', 'at_hour');
const BY_PRICE = { sourceId: 2, transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' };

/** A table after ten columns, of which `venue` (4) is gone, and one partition field. */
const TABLE: TableState = {
  formatVersion: 2,
  location: 's3://lake/silver/t',
  fields: [ID, PRICE, AT],
  identifierFieldIds: [],
  partitionFields: [],
  sortFields: [],
  properties: {},
  lastColumnId: 30,
  lastPartitionId: 1000,
  retiredColumns: [{ id: 4, path: 'venue' }],
  retiredPartitions: [],
};

function change(text: string, before: Part, after: Part, [rule, verdict]: [string, 'legal' | 'refused']): Change {
  const start = { ...TABLE, ...before };
  return { change: text, before: start, after: { ...start, ...after }, rule, legal: verdict === 'legal' };
}

/** A change of one column alone. */
function column(text: string, before: TableField, after: TableField, verdict: [string, 'legal' | 'refused']): Change {
  return change(text, { fields: [ID, before] }, { fields: [ID, after] }, verdict);
}

const inStruct = (...fields: TableField[]) => optional(10, 's', struct(...fields));

const COLUMNS: Change[] = [
  change('add an optional column', {}, { fields: [ID, PRICE, AT, optional(31, 'side', 'string')] }, [
    'add-column',
    'legal',
  ]),
  change('add an optional column in front', {}, { fields: [optional(31, 'side', 'string'), ID, PRICE, AT] }, [
    'add-column',
    'legal',
  ]),
  change('add a required column', {}, { fields: [ID, PRICE, AT, required(31, 'side', 'string')] }, [
    'add-required-column',
    'refused',
  ]),
  change(
    'add a column with a default for older rows (format version 2)',
    {},
    { fields: [ID, PRICE, AT, { ...optional(31, 'side', 'string'), 'initial-default': 'buy' }] },
    ['default-value', 'refused'],
  ),
  change('give a new column the id of a retired one', {}, { fields: [ID, PRICE, AT, optional(4, 'side', 'string')] }, [
    'reuse-column-id',
    'refused',
  ]),
  change(
    'give a new column an id that was given before',
    {},
    { fields: [ID, PRICE, AT, optional(30, 'side', 'string')] },
    ['reuse-column-id', 'refused'],
  ),
  change('give two columns one id', {}, { fields: [ID, PRICE, AT, optional(3, 'seen', 'timestamptz')] }, [
    'duplicate-column-id',
    'refused',
  ]),
  change(
    'add a column whose name differs by case alone',
    {},
    { fields: [ID, PRICE, AT, optional(31, 'Price', 'double')] },
    ['duplicate-column-name', 'refused'],
  ),
  {
    ...column('rename a column, declared with `renamedFrom`', PRICE, { ...PRICE, name: 'cost' }, [
      'rename-column',
      'legal',
    ]),
    permissions: { drops: [], renames: [{ from: 'price', to: 'cost' }] },
  },
  column('rename a column, not declared', PRICE, { ...PRICE, name: 'cost' }, ['rename-column', 'refused']),
  change('put columns in another order', {}, { fields: [AT, ID, PRICE] }, ['reorder-columns', 'legal']),
  {
    ...change('drop a column with `--allow-drop`', {}, { fields: [ID, AT] }, ['drop-column', 'legal']),
    permissions: { drops: ['price'], renames: [] },
  },
  change('drop a column', {}, { fields: [ID, AT] }, ['drop-column', 'refused']),
  {
    ...change('drop a column that partitions', { partitionFields: [DAY] }, { fields: [ID, PRICE] }, [
      'drop-partition-source',
      'refused',
    ]),
    permissions: { drops: ['at'], renames: [] },
  },
  {
    ...change('drop a column that partitioned once', { retiredPartitions: [DAY] }, { fields: [ID, PRICE] }, [
      'drop-partition-source',
      'refused',
    ]),
    permissions: { drops: ['at'], renames: [] },
  },
  {
    ...change('drop a column that rows are sorted by', { sortFields: [BY_PRICE] }, { fields: [ID, AT] }, [
      'drop-sort-source',
      'refused',
    ]),
    permissions: { drops: ['price'], renames: [] },
  },
  {
    ...change(
      'drop a column that identifies rows',
      { identifierFieldIds: [1] },
      { fields: [PRICE, AT], identifierFieldIds: [] },
      ['drop-identifier-field', 'refused'],
    ),
    permissions: { drops: ['id'], renames: [] },
  },
  column('required to optional', required(2, 'price', 'long'), optional(2, 'price', 'long'), [
    'make-optional',
    'legal',
  ]),
  column('optional to required', optional(2, 'price', 'long'), required(2, 'price', 'long'), [
    'require-column',
    'refused',
  ]),
  column('describe a column anew', PRICE, { ...PRICE, doc: 'In US dollars' }, ['describe-column', 'legal']),
];

const TYPES: Change[] = [
  ...[
    ['int', 'long'],
    ['float', 'double'],
    ['decimal(18, 8)', 'decimal(38, 8)'],
  ].map(([from, to]) =>
    column(`${from} to ${to}`, optional(2, 'x', from as string), optional(2, 'x', to as string), [
      'widen-type',
      'legal',
    ]),
  ),
  ...[
    ['long', 'int'],
    ['double', 'float'],
    ['decimal(18, 8)', 'decimal(10, 8)'],
    ['decimal(18, 8)', 'decimal(18, 9)'],
    ['int', 'double'],
    ['int', 'decimal(10, 0)'],
    ['string', 'binary'],
    ['date', 'timestamp'],
    ['timestamp', 'timestamptz'],
    ['fixed[8]', 'fixed[16]'],
  ].map(([from, to]) =>
    column(`${from} to ${to}`, optional(2, 'x', from as string), optional(2, 'x', to as string), [
      'change-type',
      'refused',
    ]),
  ),
  column('a primitive to a struct', optional(2, 'x', 'int'), optional(2, 'x', struct(optional(31, 'y', 'int'))), [
    'change-type',
    'refused',
  ]),
  column(
    'a list to a map',
    optional(2, 'x', list(11, 'int')),
    optional(2, 'x', { ...(map('string', 'int') as object), 'key-id': 31, 'value-id': 32 } as IcebergType),
    ['change-type', 'refused'],
  ),
];

const NESTED: Change[] = [
  column(
    'add an optional field to a struct',
    inStruct(optional(11, 'a', 'int')),
    inStruct(optional(11, 'a', 'int'), optional(31, 'b', 'int')),
    ['add-column', 'legal'],
  ),
  column(
    'add a required field to a struct',
    inStruct(optional(11, 'a', 'int')),
    inStruct(optional(11, 'a', 'int'), required(31, 'b', 'int')),
    ['add-required-column', 'refused'],
  ),
  change(
    'add an optional struct with a required field',
    {},
    { fields: [ID, PRICE, AT, optional(31, 's', struct(required(32, 'a', 'int')))] },
    ['add-column', 'legal'],
  ),
  change(
    'give a field of a new struct a retired id',
    {},
    { fields: [ID, PRICE, AT, optional(31, 's', struct(optional(4, 'a', 'int')))] },
    ['reuse-column-id', 'refused'],
  ),
  column("widen a struct's field", inStruct(optional(11, 'a', 'int')), inStruct(optional(11, 'a', 'long')), [
    'widen-type',
    'legal',
  ]),
  column(
    "drop a struct's field",
    inStruct(optional(11, 'a', 'int'), optional(12, 'b', 'int')),
    inStruct(optional(11, 'a', 'int')),
    ['drop-column', 'refused'],
  ),
  change(
    'move a column into a struct',
    { fields: [ID, inStruct(optional(11, 'a', 'int')), PRICE] },
    { fields: [ID, inStruct(optional(11, 'a', 'int'), PRICE)] },
    ['move-column', 'refused'],
  ),
  column("widen a list's element", optional(2, 'l', list(11, 'int')), optional(2, 'l', list(11, 'long')), [
    'widen-type',
    'legal',
  ]),
  column("change a list's element otherwise", optional(2, 'l', list(11, 'int')), optional(2, 'l', list(11, 'string')), [
    'change-type',
    'refused',
  ]),
  column("give a list's element another id", optional(2, 'l', list(11, 'int')), optional(2, 'l', list(31, 'int')), [
    'change-type',
    'refused',
  ]),
  column('elements required to optional', optional(2, 'l', list(11, 'int', true)), optional(2, 'l', list(11, 'int')), [
    'make-optional',
    'legal',
  ]),
  column('elements optional to required', optional(2, 'l', list(11, 'int')), optional(2, 'l', list(11, 'int', true)), [
    'require-column',
    'refused',
  ]),
  column("widen a map's value", optional(2, 'm', map('string', 'int')), optional(2, 'm', map('string', 'long')), [
    'widen-type',
    'legal',
  ]),
  column(
    "add a field to a map's struct value",
    optional(2, 'm', map('string', struct(optional(13, 'a', 'int')))),
    optional(2, 'm', map('string', struct(optional(13, 'a', 'int'), optional(31, 'b', 'int')))),
    ['add-column', 'legal'],
  ),
  column("widen a map's key", optional(2, 'm', map('int', 'int')), optional(2, 'm', map('long', 'int')), [
    'map-key',
    'refused',
  ]),
  column(
    "add a field to a map's struct key",
    optional(2, 'm', map(struct(optional(13, 'a', 'int')), 'int')),
    optional(2, 'm', map(struct(optional(13, 'a', 'int'), optional(31, 'b', 'int')), 'int')),
    ['map-key', 'refused'],
  ),
];

const IDENTIFIERS: Change[] = [
  change('identify rows by a required column', {}, { identifierFieldIds: [1] }, ['identifier-fields', 'legal']),
  change('identify rows no longer', { identifierFieldIds: [1] }, { identifierFieldIds: [] }, [
    'identifier-fields',
    'legal',
  ]),
  change('identify rows by an optional column', {}, { identifierFieldIds: [2] }, ['identifier-fields', 'refused']),
  change('identify rows by a double', { fields: [ID, required(5, 'x', 'double')] }, { identifierFieldIds: [5] }, [
    'identifier-fields',
    'refused',
  ]),
  change(
    'identify rows by a field of an optional struct',
    { fields: [ID, inStruct(required(11, 'a', 'int'))] },
    { identifierFieldIds: [11] },
    ['identifier-fields', 'refused'],
  ),
  change(
    "identify rows by a list's element",
    { fields: [ID, required(5, 'l', list(11, 'int', true))] },
    { identifierFieldIds: [11] },
    ['identifier-fields', 'refused'],
  ),
];

const PARTITIONS: Change[] = [
  change('add a partition field', {}, { partitionFields: [partition(1001, 3, 'day', 'at_day')] }, [
    'add-partition-field',
    'legal',
  ]),
  change('remove a partition field', { partitionFields: [DAY] }, { partitionFields: [] }, [
    'remove-partition-field',
    'legal',
  ]),
  change(
    'remove a partition field (format version 1)',
    { formatVersion: 1, partitionFields: [DAY] },
    { partitionFields: [] },
    ['remove-partition-field', 'refused'],
  ),
  change(
    'replace a partition field by one with an id and a name of its own',
    { partitionFields: [DAY] },
    { partitionFields: [HOUR] },
    ['add-partition-field', 'legal'],
  ),
  change(
    'bring back a partition field as it was, with its id',
    { retiredPartitions: [DAY] },
    { partitionFields: [DAY] },
    ['restore-partition-field', 'legal'],
  ),
  change(
    'bring back a partition field with another id',
    { retiredPartitions: [DAY] },
    { partitionFields: [{ ...DAY, fieldId: 1001 }] },
    ['restore-partition-field', 'refused'],
  ),
  change(
    'change what a partition field id means',
    { partitionFields: [DAY] },
    { partitionFields: [{ ...DAY, transform: 'hour' }] },
    ['change-partition-field', 'refused'],
  ),
  change(
    'give a partition field the id of a retired one',
    { retiredPartitions: [DAY] },
    { partitionFields: [{ ...HOUR, fieldId: 1000 }] },
    ['reuse-partition-field-id', 'refused'],
  ),
  change(
    'give a partition field the name of another one of the past',
    { retiredPartitions: [DAY] },
    { partitionFields: [{ ...HOUR, name: 'at_day' }] },
    ['reuse-partition-name', 'refused'],
  ),
  change(
    'replace a partition field by its equal under another name and id',
    { partitionFields: [DAY] },
    { partitionFields: [partition(1001, 3, 'day', 'day_of_trade')] },
    ['restore-partition-field', 'refused'],
  ),
  change('rename a partition field', { partitionFields: [DAY] }, { partitionFields: [{ ...DAY, name: 'day' }] }, [
    'rename-partition-field',
    'legal',
  ]),
  change(
    'put partition fields in another order',
    { partitionFields: [DAY, partition(1001, 1, 'bucket[4]', 'id_bucket')], lastPartitionId: 1001 },
    { partitionFields: [partition(1001, 1, 'bucket[4]', 'id_bucket'), DAY] },
    ['reorder-partition-fields', 'legal'],
  ),
  change(
    'partition by a transform that the type does not have',
    {},
    { partitionFields: [partition(1001, 1, 'day', 'id_day')] },
    ['partition-transform', 'refused'],
  ),
  change(
    'partition by a list',
    { fields: [ID, optional(5, 'l', list(11, 'int'))] },
    { partitionFields: [partition(1001, 5, 'identity', 'l')] },
    ['partition-transform', 'refused'],
  ),
  change('name a partition field like a column', {}, { partitionFields: [partition(1001, 3, 'day', 'price')] }, [
    'partition-name',
    'refused',
  ]),
  change(
    'give a column the name of a partition field of the past',
    { retiredPartitions: [partition(1000, 3, 'day', 'at_day')] },
    { fields: [ID, PRICE, AT, optional(31, 'at_day', 'date')] },
    ['former-partition-name', 'refused'],
  ),
  change('partition by time twice', { partitionFields: [DAY] }, { partitionFields: [DAY, HOUR] }, [
    'redundant-partition',
    'refused',
  ]),
];

const REST: Change[] = [
  change('write rows in another order', {}, { sortFields: [BY_PRICE] }, ['sort-order', 'legal']),
  change(
    'sort rows by a list',
    { fields: [ID, optional(5, 'l', list(11, 'int'))] },
    { sortFields: [{ ...BY_PRICE, sourceId: 5 }] },
    ['sort-order', 'refused'],
  ),
  change('set, change or remove a property such as write.*', {}, { properties: { 'write.format.default': 'orc' } }, [
    'property',
    'legal',
  ]),
  change('set a property that Iceberg keeps for itself', {}, { properties: { 'format-version': '3' } }, [
    'reserved-property',
    'refused',
  ]),
  change(
    'change the name mapping of files without ids',
    { properties: { 'schema.name-mapping.default': '[1]' } },
    { properties: {} },
    ['name-mapping', 'refused'],
  ),
  change('format version 2 to 3', {}, { formatVersion: 3 }, ['format-version', 'refused']),
  change('format version 3 to 2', { formatVersion: 3 }, { formatVersion: 2 }, ['format-version', 'refused']),
  change('format version 1 to 2', { formatVersion: 1 }, { formatVersion: 2 }, ['format-version', 'refused']),
  change('another location', {}, { location: 's3://lake/gold/t' }, ['location', 'refused']),
];

/** Every kind of change, by the headings of the documentation. */
export const CHANGES: Readonly<Record<string, Change[]>> = {
  Columns: COLUMNS,
  Types: TYPES,
  'Structs, lists and maps': NESTED,
  'Identifier fields': IDENTIFIERS,
  Partitions: PARTITIONS,
  'Write order, properties, format and location': REST,
};
