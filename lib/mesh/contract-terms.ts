import type { PartitionTransform, RecordSchema, Sensitivity } from '../schema';

/** A table of a product: rows of the newest state, by SQL. */
export interface ProductTable {
  /** Glue database, which is named as the domain. */
  readonly databaseName: string;
  /** Name of the table in it. */
  readonly tableName: string;
}

/** A stream of a product: its events, by Kafka. */
export interface ProductStream {
  /** Name of the interface. */
  readonly name: string;
  /** The topic. */
  readonly topicName: string;
}

/** An API of a product: its rows, by HTTP. */
export interface ProductApi {
  /** Name of the interface. */
  readonly name: string;
  /** Path of the resource, from the slash on. */
  readonly endpoint: string;
}

/** What is promised, and measured. */
export interface ProductObjectives {
  /**
   * How old the newest data may be, in seconds.
   * @default - nothing is promised
   */
  readonly freshnessSeconds?: number;
  /**
   * Share of the time in which the product can be read, in percent.
   * @default - nothing is promised
   */
  readonly availabilityPercent?: number;
  /**
   * 100 times the rules that are met over the rules that are evaluated, in the newest evaluation.
   * @default - nothing is promised
   */
  readonly qualityScorePercent?: number;
}

/** How the data is judged before it is published. */
export interface ProductTests {
  /** Columns of which no two rows have the same: each entry is one rule over one or several columns. */
  readonly unique: string[][];
  /** Columns that every row has a value in. */
  readonly notNull: string[];
  /**
   * How long ago rows may last have arrived, in seconds.
   * @default - not judged
   */
  readonly freshnessSeconds?: number;
}

/** A product that this one is made of. */
export interface ProductInput {
  /** `domain.product`. */
  readonly product: string;
  /** Its major version. */
  readonly majorVersion: number;
}

/** Where a column comes from. */
export interface ColumnOrigin {
  /** Name of the column. */
  readonly column: string;
  /** Columns of inputs, as `domain.product.column`. */
  readonly origins: string[];
}

/** What consumers agree to. */
export interface ProductTerms {
  /**
   * What the product is good for.
   * @default - not said
   */
  readonly usage?: string;
  /**
   * What it is not good for.
   * @default - not said
   */
  readonly limitations?: string;
  /** The only purposes that it may be asked for; empty for any. */
  readonly purposes: string[];
  /**
   * How long an old major version stays beside a new one, in seconds.
   * @default - not promised
   */
  readonly noticeSeconds?: number;
}

/** A subscription that the owner has approved. */
export interface ProductConsumer {
  /** The domain that reads. */
  readonly domain: string;
  /**
   * The product that is made of this one, as `domain.product`.
   * @default - none: people or applications of the domain read it
   */
  readonly product?: string;
  /** The major version that is read. */
  readonly majorVersion: number;
  /** What for. */
  readonly purpose: string;
  /** `table`, `stream`, `api`: what is used. */
  readonly interfaces: string[];
  /**
   * Columns that are read.
   * @default - all
   */
  readonly columns?: string[];
  /**
   * Rows that are read, as a PartiQL predicate such as `symbol = 'AAPL'`.
   * @default - all
   * @see https://docs.aws.amazon.com/lake-formation/latest/dg/data-filters-about.html
   */
  readonly rows?: string;
}

/** What changed with a version, in the owner's words. */
export interface ProductChange {
  /** The version. */
  readonly version: string;
  /**
   * The day on which it was published, as `2026-11-28`.
   * @default - not said
   */
  readonly date?: string;
  /** What changed, for those who read the product. */
  readonly changes: string;
}

/** What the contract holds, without the file around it. */
export interface ContractTerms {
  /** `domain.product`. */
  readonly name: string;
  /** Semantic version, `1.0.0` where the file has none. */
  readonly version: string;
  /** The team that answers for the product. */
  readonly owner: string;
  /** What the product is. */
  readonly description: string;
  /** How carefully the product must be handled. */
  readonly classification: Sensitivity;
  /**
   * What one record is.
   * @default - the file does not say, or refers to a record that was not given
   */
  readonly schema?: RecordSchema;
  /**
   * The record that the file refers to.
   * @default - none
   */
  readonly recordName?: string;
  /** How the table is put into partitions. */
  readonly partitionedBy: PartitionTransform[];
  /** Tables in the file's order. */
  readonly tables: ProductTable[];
  /** Streams in the file's order. */
  readonly streams: ProductStream[];
  /** APIs in the file's order. */
  readonly apis: ProductApi[];
  /** What is promised. */
  readonly objectives: ProductObjectives;
  /** How the data is judged. */
  readonly tests: ProductTests;
  /** Products that it is made of. */
  readonly inputs: ProductInput[];
  /** Where columns come from, as far as the file says. */
  readonly columnOrigins: ColumnOrigin[];
  /**
   * How long rows and messages are kept, in seconds.
   * @default - for ever
   */
  readonly retentionSeconds?: number;
  /** What consumers agree to. */
  readonly terms: ProductTerms;
  /** Approved subscriptions. */
  readonly consumers: ProductConsumer[];
  /** What changed, the newest version first. */
  readonly changelog: ProductChange[];
  /**
   * Page with documentation.
   * @default - none
   */
  readonly documentationUrl?: string;
  /**
   * Whom to ask.
   * @default - nobody is named
   */
  readonly contact?: string;
}
