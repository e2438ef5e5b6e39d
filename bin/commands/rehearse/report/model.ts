/**
 * What a rehearsal found. `report.json` holds exactly these fields.
 */
export interface RehearsalReport {
  /** Name of the deployed stack. */
  readonly stack: string;
  /** Seed of the generated trades; null when they came from a file. */
  readonly seed: number | null;
  /** Number of events that went in. */
  readonly rows: number;
  readonly resources: readonly ReportedResource[];
  /** What ran, in order. */
  readonly stages: readonly ReportedStage[];
  readonly checks: readonly ReportedCheck[];
  /** Greatest memory of all processes together, in MiB. */
  readonly peakMemoryMiB: number;
  /** Wall time of the whole rehearsal. */
  readonly seconds: number;
  /**
   * When the rehearsal ended, ISO-8601.
   * @default - not told
   */
  readonly finishedAt?: string;
  /**
   * The way of the data, as the page draws it.
   * @default - not drawn
   */
  readonly pipeline?: ReportedPipeline;
  /**
   * A chart a symbol, from the gold table.
   * @default - no charts of symbols
   */
  readonly figures?: ReportedFigures;
  /**
   * Other charts.
   * @default - none
   */
  readonly charts?: readonly ReportedChart[];
  /**
   * What each place on the way of the data holds, each after the one that it follows from.
   * @default - not told
   */
  readonly totals?: readonly ReportedTotal[];
  /**
   * What the deployed roles may do, and what of it was done.
   * @default - not told
   */
  readonly permissions?: readonly ReportedPermissions[];
  /**
   * What was broken on purpose, in order.
   * @default - nothing was
   */
  readonly faults?: readonly ReportedFault[];
  /**
   * What differed from a deployment to AWS.
   * @default - nothing is listed
   */
  readonly environment?: readonly EnvironmentDifference[];
  /**
   * What a rehearsal cannot enforce, a sentence each.
   * @default - nothing is listed
   */
  readonly notes?: readonly string[];
}

/** How much of a deployed resource is real. `recorded` is accepted and kept by the emulator, and never counts as checked. */
export type ResourceLabel = 'executed' | 'recorded' | 'unsupported';

export interface ReportedResource {
  readonly logicalId: string;
  /** CloudFormation type, such as `AWS::Glue::Table`. */
  readonly type: string;
  readonly label: ResourceLabel;
  /**
   * What stands behind the resource.
   * @default - nothing is said
   */
  readonly note?: string;
}

export interface ReportedStage {
  readonly name: string;
  readonly engine: string;
  readonly version: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsRejected: number;
  readonly seconds: number;
  /**
   * Seconds beside the start of the engine, as a job tells them itself.
   * @default - not told
   */
  readonly workSeconds?: number;
}

export interface ReportedCheck {
  readonly name: string;
  readonly expected: string;
  readonly actual: string;
  readonly passed: boolean;
}

/** The steps that the data takes through a stack. */
export interface ReportedPipeline {
  /** What the figures of the steps mean, a sentence or two. */
  readonly lead: string;
  readonly steps: readonly ReportedStep[];
}

export interface ReportedStep {
  readonly title: string;
  /** Which part of the platform it is; gives its colour. */
  readonly kind: StepKind;
  /** Name of the stage that played it; null when it did not run. */
  readonly stage: string | null;
}

export type StepKind = 'source' | 'bronze' | 'silver' | 'gate' | 'gold' | 'stream' | 'store' | 'warehouse' | 'serving';

/** A chart of its own, with an axis below and one or more series above it. */
export interface ReportedChart {
  readonly title: string;
  /** What is to be seen, a sentence or two. */
  readonly lead: string;
  readonly kind: 'line' | 'bar';
  /** What stands below: instants in milliseconds since 1970, numbers, or names. */
  readonly x: { readonly kind: 'time' | 'value' | 'category'; readonly name: string };
  /** What the values are, with their unit: `rows a second`. */
  readonly y: { readonly name: string; readonly logarithmic?: boolean };
  readonly series: readonly ReportedSeries[];
}

export interface ReportedSeries {
  readonly name: string;
  /** In the order of the axis below; null leaves a gap. */
  readonly points: readonly (readonly [x: number | string, y: number | null])[];
}

/** What one place on the way of the data holds. */
export interface ReportedTotal {
  /** Such as `silver`. */
  readonly place: string;
  readonly rows: number;
  /** Sum of price times quantity of all valid trades, an exact decimal; null where there are no trades yet. */
  readonly turnover: string | null;
  /** How its rows follow from the place before. */
  readonly follows: string;
}

/** Something that was broken on purpose while it worked. It counts when it struck after a commit and before the last. */
export interface ReportedFault {
  /** Such as `silver job killed`. */
  readonly name: string;
  /** What was done, and what came of it. */
  readonly effect: string;
  /** `database.table` of what was being written. */
  readonly table: string;
  /** Versions of the table's metadata, as Iceberg counts them: when it struck, and at the end of the rehearsal. */
  readonly versionBefore: number;
  readonly versionAfter: number;
}

/** Decimals are exact texts, null where gold has no row for that day and symbol. */
export interface ReportedFigures {
  /** ISO dates, ascending. */
  readonly days: readonly string[];
  readonly symbols: readonly SymbolFigures[];
  readonly validationCodes: readonly { readonly code: string; readonly rows: number }[];
  readonly duplicates?: number;
  readonly revisions?: number;
  /** Days and symbols whose sum does not fit its DECIMAL. */
  readonly leftOut?: readonly { readonly date: string; readonly symbol: string }[];
}

export interface SymbolFigures {
  readonly symbol: string;
  /** One entry a day. */
  readonly vwap: readonly (string | null)[];
  readonly volume: readonly (string | null)[];
  readonly trades: readonly (number | null)[];
}

/** What one deployed role may do. */
export interface ReportedPermissions {
  /** Logical id of the role. */
  readonly role: string;
  /** How many pairs of action and resource its policies allow. */
  readonly granted: number;
  /** How many of them allowed a request. */
  readonly used: number;
  readonly unused: readonly ReportedGrant[];
  /** What the role was refused. */
  readonly denied: readonly ReportedGrant[];
}

/** An action on a resource, as a policy has it or as it was asked for. */
export interface ReportedGrant {
  readonly action: string;
  readonly resource: string;
  /**
   * What makes use of it on AWS alone.
   * @default - nothing that is known: it may be too much
   */
  readonly reason?: string;
}

/** One thing that a rehearsal does otherwise than AWS. */
export interface EnvironmentDifference {
  /** Such as `Kafka`. */
  readonly what: string;
  readonly onAws: string;
  readonly here: string;
}
