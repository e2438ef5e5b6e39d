import { FIRST_PARTITION_ID } from './evolution/table-state';

export interface LedgerColumn {
  readonly id: number;
  readonly path: string;
  readonly type: string;
  readonly required: boolean;
}

export interface LedgerPartition {
  readonly id: number;
  readonly name: string;
  readonly transform: string;
  /** Id of the column that the transform reads. */
  readonly source: number;
}

/** What the ledger knows of one table. */
export interface LedgerTable {
  /** Which nested stack of its domain a table stands in, from 1 on; none where it stands in no nested one. */
  readonly stack?: number;
  /** Version of the Iceberg table format. */
  readonly formatVersion: number;
  /** Highest column id ever given, so that not even a line deleted by hand brings one back. */
  readonly lastColumnId: number;
  /** Highest partition-field id ever given; 999 when there was none. */
  readonly lastPartitionId: number;
  /** Columns in the order of their ids. */
  readonly columns: LedgerColumn[];
  /** Ids of the columns that identify a row, in order. */
  readonly identifierFields: number[];
  readonly partitions: LedgerPartition[];
  /** Columns given up; their ids are never given again. */
  readonly retiredColumns: LedgerColumn[];
  /** Partition fields given up; their ids are never given again. */
  readonly retiredPartitions: LedgerPartition[];
}

/** The file's content: tables by name. */
export type LedgerContent = Map<string, LedgerTable>;

export const EMPTY_TABLE: LedgerTable = {
  formatVersion: 2,
  lastColumnId: 0,
  lastPartitionId: FIRST_PARTITION_ID - 1,
  columns: [],
  identifierFields: [],
  partitions: [],
  retiredColumns: [],
  retiredPartitions: [],
};
