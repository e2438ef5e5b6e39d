/** Where a sorted column's nulls stand. */
export enum NullOrder {
  /** Before every value. */
  FIRST = 'nulls-first',
  /** After every value. */
  LAST = 'nulls-last',
}

/** One step of the order in which engines should write a table's rows. */
export class SortField {
  /**
   * Smallest value first.
   *
   * @param column name, or the dotted path of a struct's field
   * @param nulls where nulls stand; first when omitted, as in Iceberg
   */
  public static asc(column: string, nulls: NullOrder = NullOrder.FIRST): SortField {
    return new SortField(column, 'asc', nulls);
  }

  /**
   * Greatest value first.
   *
   * @param column name, or the dotted path of a struct's field
   * @param nulls where nulls stand; last when omitted, as in Iceberg
   */
  public static desc(column: string, nulls: NullOrder = NullOrder.LAST): SortField {
    return new SortField(column, 'desc', nulls);
  }

  private constructor(
    /** Column, or dotted path of a struct's field. */
    public readonly column: string,
    /** The direction as Iceberg writes it: `asc` or `desc`. */
    public readonly direction: string,
    /** Where nulls stand. */
    public readonly nulls: NullOrder,
  ) {}
}
