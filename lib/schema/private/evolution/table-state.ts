/** Iceberg's JSON of a type, nested ids included: https://iceberg.apache.org/spec/#schemas */
export type IcebergType = string | IcebergListType | IcebergMapType | IcebergStructType;

export interface IcebergListType {
  readonly type: 'list';
  readonly 'element-id': number;
  readonly 'element-required': boolean;
  readonly element: IcebergType;
}

export interface IcebergMapType {
  readonly type: 'map';
  readonly 'key-id': number;
  readonly key: IcebergType;
  readonly 'value-id': number;
  readonly 'value-required': boolean;
  readonly value: IcebergType;
}

export interface IcebergStructType {
  readonly type: 'struct';
  readonly fields: readonly TableField[];
}

/** A column, or a field of a struct, as Iceberg's JSON has it. */
export interface TableField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: IcebergType;
  readonly doc?: string;
  /** What readers see for rows written before the column was there; format version 3. */
  readonly 'initial-default'?: unknown;
  /** What writers fill in; format version 3. */
  readonly 'write-default'?: unknown;
}

/** One field of a partition spec. */
export interface PartitionFieldState {
  /** Id of the column that the transform reads. */
  readonly sourceId: number;
  /** Id of the field itself, 1000 or more. */
  readonly fieldId: number;
  readonly name: string;
  /** As Iceberg writes it: `identity`, `day`, `bucket[16]`. */
  readonly transform: string;
}

/** One field of a write order. */
export interface SortFieldState {
  readonly sourceId: number;
  readonly transform: string;
  /** `asc` or `desc`. */
  readonly direction: string;
  /** `nulls-first` or `nulls-last`. */
  readonly nullOrder: string;
}

/** A column id that is taken although no column has it now. */
export interface RetiredColumn {
  readonly id: number;
  /** Where it stood last, e.g. `price` or `tags.element`. */
  readonly path: string;
}

/** All of a table that an evolution can change or must respect, whatever it was read from. */
export interface TableState {
  readonly formatVersion: number;
  /** `s3://bucket/prefix`; left out where it is not known, and then not judged. */
  readonly location?: string;
  /** Columns of the current schema, in order. */
  readonly fields: readonly TableField[];
  /** Ids of the columns that identify a row. */
  readonly identifierFieldIds: readonly number[];
  /** Fields of the partition spec that writers use now. */
  readonly partitionFields: readonly PartitionFieldState[];
  /** The order in which writers should write; empty when there is none. */
  readonly sortFields: readonly SortFieldState[];
  readonly properties: Readonly<Record<string, string>>;
  /** Highest column id ever given, nested and retired ones included. */
  readonly lastColumnId: number;
  /** Highest partition-field id ever given; 999 when there was none. */
  readonly lastPartitionId: number;
  /** Columns of the past; nobody gets their ids again. */
  readonly retiredColumns: readonly RetiredColumn[];
  /** Partition fields of the past; their ids go to no other field. */
  readonly retiredPartitions: readonly PartitionFieldState[];
}

/** Iceberg counts partition fields from 1000. */
export const FIRST_PARTITION_ID = 1000;
