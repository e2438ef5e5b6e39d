import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'fs';
import { dirname } from 'path';

/** How long each stage took, in seconds; stages that ran beside others are left out. */
export interface Timings {
  readonly rows: number;
  readonly stages: { readonly [stage: string]: number };
}

/** The part of a stage's time that grows with the number of rows; the rest is start-up. Measured with 20,000 and 1,000,000 trades. */
const SHARE_BY_ROWS: { readonly [stage: string]: number } = { trades: 0.9, bronze: 0.2, pipeline: 0.2, checks: 0.8 };

/** Estimates a rehearsal from the one before. */
export class Estimate {
  public static read(file: string, rows: number): Estimate {
    try {
      return new Estimate(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Timings) : undefined, rows);
    } catch {
      // An estimate is not worth failing for.
      return new Estimate(undefined, rows);
    }
  }

  private constructor(
    private readonly previous: Timings | undefined,
    private readonly rows: number,
  ) {}

  /** The stages that can be estimated. */
  public get stages(): string[] {
    return Object.keys(this.previous?.stages ?? {});
  }

  /** Seconds that a stage will take, or undefined when there is nothing to go by. */
  public seconds(stage: string): number | undefined {
    const before = this.previous?.stages[stage];
    if (this.previous === undefined || before === undefined) {
      return undefined;
    }
    const share = SHARE_BY_ROWS[stage] ?? 0;
    return before * (1 - share + share * (this.rows / Math.max(1, this.previous.rows)));
  }
}

/** Keeps the timings of a rehearsal for the next one's estimate. */
export function saveTimings(file: string, timings: Timings): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.new`, JSON.stringify(timings));
    renameSync(`${file}.new`, file);
  } catch {
    // The next estimate is missing, nothing else.
  }
}
