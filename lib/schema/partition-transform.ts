import { SchemaError } from './private/errors';

/**
 * How a table's rows are put into partitions by one column's value. Whether the transform fits the column's type is
 * checked where both meet, at the table.
 *
 * @see https://iceberg.apache.org/spec/#partition-transforms
 */
export class PartitionTransform {
  /**
   * One partition a value.
   *
   * @param column name, or the dotted path of a struct's field
   */
  public static identity(column: string): PartitionTransform {
    return new PartitionTransform(column, 'identity', column, column);
  }

  /**
   * One partition a year of a date or timestamp.
   *
   * @param column name, or the dotted path of a struct's field
   */
  public static year(column: string): PartitionTransform {
    return new PartitionTransform(column, 'year', `${column}_year`, 'years');
  }

  /**
   * One partition a month of a date or timestamp.
   *
   * @param column name, or the dotted path of a struct's field
   */
  public static month(column: string): PartitionTransform {
    return new PartitionTransform(column, 'month', `${column}_month`, 'months');
  }

  /**
   * One partition a day (UTC) of a date or timestamp.
   *
   * @param column name, or the dotted path of a struct's field
   */
  public static day(column: string): PartitionTransform {
    return new PartitionTransform(column, 'day', `${column}_day`, 'days');
  }

  /**
   * One partition an hour (UTC) of a timestamp.
   *
   * @param column name, or the dotted path of a struct's field
   */
  public static hour(column: string): PartitionTransform {
    return new PartitionTransform(column, 'hour', `${column}_hour`, 'hours');
  }

  /**
   * A fixed number of partitions by the value's hash.
   *
   * @param column name, or the dotted path of a struct's field
   * @param buckets number of partitions, at least 1
   */
  public static bucket(column: string, buckets: number): PartitionTransform {
    checkWidth('bucket', column, buckets);
    return new PartitionTransform(column, `bucket[${buckets}]`, `${column}_bucket`, 'bucket', buckets);
  }

  /**
   * One partition a prefix of text or bytes, or a range of numbers.
   *
   * @param column name, or the dotted path of a struct's field
   * @param width length of the prefix, or size of the range in units of the last digit, at least 1
   */
  public static truncate(column: string, width: number): PartitionTransform {
    checkWidth('truncate', column, width);
    return new PartitionTransform(column, `truncate[${width}]`, `${column}_trunc`, 'truncate', width);
  }

  /** Column, or dotted path of a struct's field, that the transform reads. */
  public readonly column: string;
  /** The transform as Iceberg writes it: `identity`, `day`, `bucket[16]`. */
  public readonly transform: string;
  /** Name of the partition field, as Iceberg's own libraries derive it: `traded_at_day`, `symbol_bucket`. */
  public readonly fieldName: string;

  /** @internal Spark's function, or the column itself for identity. */
  public readonly _sparkName: string;
  /** @internal */
  public readonly _width?: number;

  private constructor(column: string, transform: string, fieldName: string, sparkName: string, width?: number) {
    if (column.trim() === '') {
      throw new SchemaError(`Partition transform ${transform}: the column's name is empty; name a column.`);
    }
    this.column = column;
    this.transform = transform;
    this.fieldName = fieldName;
    this._sparkName = sparkName;
    this._width = width;
  }
}

function checkWidth(transform: string, column: string, width: number): void {
  if (!Number.isInteger(width) || width < 1 || width > 0x7fffffff) {
    throw new SchemaError(`${transform}(${column}, ${width}): the second argument must be a whole number, at least 1.`);
  }
}
