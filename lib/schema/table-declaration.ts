import { PartitionTransform } from './partition-transform';
import { RecordSchema } from './record-schema';
import { SortField } from './sort-field';

/** A table as code declares it; the ledger adds the ids. */
export interface TableDeclaration {
  /**
   * The table's name in the ledger, `layer.table` in lower case, e.g. `silver.trades`. It does not change with the
   * physical database's name or prefix.
   */
  readonly name: string;

  /** Columns of the table. */
  readonly schema: RecordSchema;

  /**
   * Partition transforms in order.
   * @default - not partitioned
   */
  readonly partitionedBy?: PartitionTransform[];

  /**
   * Order in which engines should write rows.
   * @default - no order
   */
  readonly sortedBy?: SortField[];

  /**
   * Version of the Iceberg table format.
   * @default 2
   */
  readonly formatVersion?: number;
}

/** A table's shape with every id filled in, ready to be rendered for Iceberg. */
export interface IcebergTableShape {
  /** The columns. */
  readonly schema: IcebergSchema;
  /** Ids of the key columns; empty unless all of them are required, which Iceberg demands. */
  readonly identifierFieldIds: number[];
  /** Partition fields in order; empty when not partitioned. */
  readonly partitionSpec: IcebergPartitionField[];
  /** Sort fields in order; empty when not sorted. */
  readonly sortOrder: IcebergSortField[];
  /** Highest column id ever given in this table, retired and nested ones included. */
  readonly lastColumnId: number;
  /** Highest partition-field id ever given in this table; 999 when there was none. */
  readonly lastPartitionId: number;
  /** Columns that were given up; nobody gets their ids again. */
  readonly retiredColumns: IcebergRetiredColumn[];
  /** Partition fields that were given up; their ids go to no other field. */
  readonly retiredPartitions: IcebergPartitionField[];
}

/** A column that was given up. */
export interface IcebergRetiredColumn {
  /** The id by which old data files still know it. */
  readonly id: number;
  /** Where it stood last, e.g. `price` or `tags.element`. */
  readonly path: string;
}

/** Iceberg's schema struct. */
export interface IcebergSchema {
  /** Always `struct`. */
  readonly type: string;
  /** Columns in the declaration's order. */
  readonly fields: IcebergField[];
}

/** One column, or a field of a nested struct. */
export interface IcebergField {
  /** The id by which data files know the column. */
  readonly id: number;
  /** Name of the column. */
  readonly name: string;
  /** Whether the value must be present. */
  readonly required: boolean;
  /**
   * Iceberg's JSON of the type: a string such as `decimal(18, 8)`, or an object
   * `{"type":"list","element-id":9,"element-required":false,"element":"string"}` with the nested ids.
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- how jsii spells a JSON document
  readonly type: any;
  /**
   * What the column means.
   * @default - no description
   */
  readonly doc?: string;
}

/** One field of the partition spec. */
export interface IcebergPartitionField {
  /** Name of the partition field, e.g. `traded_at_day`. */
  readonly name: string;
  /** The transform as Iceberg writes it, e.g. `day`. */
  readonly transform: string;
  /** Id of the column that the transform reads. */
  readonly sourceId: number;
  /** Id of the partition field, 1000 or more. */
  readonly fieldId: number;
}

/** One field of the sort order. */
export interface IcebergSortField {
  /** Id of the sorted column. */
  readonly sourceId: number;
  /** Always `identity`. */
  readonly transform: string;
  /** `asc` or `desc`. */
  readonly direction: string;
  /** `nulls-first` or `nulls-last`. */
  readonly nullOrder: string;
}
