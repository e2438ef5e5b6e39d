import { SchemaError } from './errors';
import { FieldNode, PrimitiveBase, TypeNode, typeText } from './type-node';

interface Partition {
  readonly column: string;
  readonly transform: string;
  readonly fieldName: string;
}

const DATES: PrimitiveBase[] = ['date', 'timestamp', 'timestamptz'];

/** Source types of each transform: https://iceberg.apache.org/spec/#partition-transforms (identity takes any primitive). */
const SOURCE_TYPES: Record<string, PrimitiveBase[]> = {
  bucket: ['int', 'long', 'decimal', 'date', 'time', 'timestamp', 'timestamptz', 'string', 'uuid', 'fixed', 'binary'],
  truncate: ['int', 'long', 'decimal', 'string', 'binary'],
  year: DATES,
  month: DATES,
  day: DATES,
  hour: ['timestamp', 'timestamptz'],
};

const TIME_TRANSFORMS = new Set(['year', 'month', 'day', 'hour']);

/** Throws unless the name can be a ledger key: `layer.table`, lower case. */
export function checkTableName(name: string): void {
  if (!/^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name)) {
    throw new SchemaError(
      `Table ${JSON.stringify(name)}: a name in the ledger is 'layer.table' in lower-case letters, digits, '_' and '-', such as 'silver.trades'; rename it.`,
    );
  }
}

/** Throws unless every transform fits its column's type and no two partition fields clash. */
export function checkPartitions(table: string, fields: FieldNode[], partitions: readonly Partition[]): void {
  const names = new Set<string>();
  const timed = new Set<string>();
  for (const partition of partitions) {
    const kind = partition.transform.replace(/\[.*/, '');
    checkSourceType(table, partition, kind, primitiveAt(table, fields, partition.column, 'partitionedBy'));

    if (names.has(partition.fieldName)) {
      throw new SchemaError(`${table}: two partition fields are named '${partition.fieldName}'; keep one of them.`);
    }
    names.add(partition.fieldName);
    if (partition.transform !== 'identity' && fields.some((field) => field.name === partition.fieldName)) {
      throw new SchemaError(
        `${table}: partition field '${partition.fieldName}' has the name of a column, which Iceberg refuses; rename the column.`,
      );
    }
    if (TIME_TRANSFORMS.has(kind)) {
      // Iceberg's builder counts year, month, day and hour of one column as one and the same.
      if (timed.has(partition.column)) {
        throw new SchemaError(
          `${table}: column '${partition.column}' is partitioned by time twice, which Iceberg calls redundant; keep the finer transform.`,
        );
      }
      timed.add(partition.column);
    }
  }
}

/** Throws unless every sorted column exists, is primitive and is named once. */
export function checkSortOrder(table: string, fields: FieldNode[], columns: readonly string[]): void {
  const seen = new Set<string>();
  for (const column of columns) {
    primitiveAt(table, fields, column, 'sortedBy');
    if (seen.has(column)) {
      throw new SchemaError(`${table}: sortedBy names column '${column}' twice; name it once.`);
    }
    seen.add(column);
  }
}

function checkSourceType(table: string, partition: Partition, kind: string, base: PrimitiveBase): void {
  const allowed = SOURCE_TYPES[kind];
  if (allowed !== undefined && !allowed.includes(base)) {
    throw new SchemaError(
      `${table}: partition transform ${partition.transform} does not take column '${partition.column}' of type ${base}; it takes ${allowed.join(', ')}. Choose another transform or column.`,
    );
  }
}

function primitiveAt(table: string, fields: FieldNode[], path: string, option: string): PrimitiveBase {
  let within: FieldNode[] = fields;
  let type: TypeNode | undefined;
  for (const step of path.split('.')) {
    type = within.find((field) => field.name === step)?.type;
    if (type === undefined) {
      throw new SchemaError(
        `${table}: ${option} names '${path}', which is no column; name one of: ${fields.map((field) => field.name).join(', ')}.`,
      );
    }
    within = type.kind === 'struct' ? type.fields : [];
  }
  if (type?.kind !== 'primitive') {
    throw new SchemaError(
      `${table}: ${option} names '${path}', a ${type === undefined ? 'nothing' : typeText(type)}; only a primitive column can be used.`,
    );
  }
  return type.base;
}
