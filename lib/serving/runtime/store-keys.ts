/**
 * The keys of the store. A generation's begin with its number, so that another one is computed beside the one that is
 * served; those of a symbol share a hash tag, so that one script changes them together.
 */
export class StoreKeys {
  /** Number of the generation that is served. */
  public static readonly SERVED = 'served';

  /** Ids of live connections by the time at which each expires, in milliseconds. */
  public static readonly CONNECTIONS = 'connections';

  public constructor(private readonly generation: number) {}

  /** Every symbol that has a window. */
  public get symbols(): string {
    return `g${this.generation}:symbols`;
  }

  /** When the log was read whole, and how far it was read before; gone when the store has lost what it held. */
  public get rebuilt(): string {
    return `g${this.generation}:rebuilt`;
  }

  /** Held by whoever reads the log. */
  public get rebuilding(): string {
    return `g${this.generation}:rebuilding`;
  }

  /** Windows of a symbol, by their start: guard and message. */
  public windows(symbol: string): string {
    return `g${this.generation}:{${symbol}}:windows`;
  }

  /** Starts of the windows of a symbol, in order. */
  public order(symbol: string): string {
    return `g${this.generation}:{${symbol}}:order`;
  }
}
