/**
 * The machine that one worker of a Glue job is.
 *
 * @see https://docs.aws.amazon.com/glue/latest/dg/worker-types.html
 */
export class SparkWorker {
  /** 2 vCPU, 4 GB of memory; for streaming jobs with little traffic only. */
  public static readonly G_025X = new SparkWorker('G.025X');
  /** 4 vCPU, 16 GB of memory. */
  public static readonly G_1X = new SparkWorker('G.1X');
  /** 8 vCPU, 32 GB of memory. */
  public static readonly G_2X = new SparkWorker('G.2X');
  /** 16 vCPU, 64 GB of memory. */
  public static readonly G_4X = new SparkWorker('G.4X');
  /** 32 vCPU, 128 GB of memory. */
  public static readonly G_8X = new SparkWorker('G.8X');
  /** 4 vCPU, 32 GB of memory. */
  public static readonly R_1X = new SparkWorker('R.1X');
  /** 8 vCPU, 64 GB of memory. */
  public static readonly R_2X = new SparkWorker('R.2X');

  /** A worker type that this library does not name yet. */
  public static of(name: string): SparkWorker {
    return new SparkWorker(name);
  }

  private constructor(
    /** The name that Glue has for it, such as `G.1X`. */
    public readonly name: string,
  ) {}
}
