import { PartitionTransform } from '../../schema';
import { SchemaError } from '../../schema/private/errors';

/**
 * The transform that a text names, as Spark writes it: `day(traded_at)`, `bucket(16, symbol)`, or a column alone.
 *
 * @throws SchemaError when it names none
 */
export function partitionOf(text: string): PartitionTransform {
  const call = /^(\w+)\(\s*(?:(\d{1,9})\s*,\s*)?([^(),]+?)\s*\)$/.exec(text.trim());
  if (call === null) {
    if (/[(),]/.test(text)) throw unknown(text);
    return PartitionTransform.identity(text.trim());
  }
  const [, name, width, column] = call;
  switch (`${name}${width === undefined ? '' : ' with width'}`) {
    case 'year':
      return PartitionTransform.year(column);
    case 'month':
      return PartitionTransform.month(column);
    case 'day':
      return PartitionTransform.day(column);
    case 'hour':
      return PartitionTransform.hour(column);
    case 'bucket with width':
      return PartitionTransform.bucket(column, Number(width));
    case 'truncate with width':
      return PartitionTransform.truncate(column, Number(width));
    default:
      throw unknown(text);
  }
}

/** The text from which `partitionOf` makes the transform. */
export function partitionText({ column, transform }: PartitionTransform): string {
  if (transform === 'identity') return column;
  const [, name, width] = /^(\w+)(?:\[(\d+)\])?$/.exec(transform) as RegExpExecArray;
  return width === undefined ? `${name}(${column})` : `${name}(${width}, ${column})`;
}

function unknown(text: string): SchemaError {
  return new SchemaError(
    `'${text}' is no partition; use a column, year(c), month(c), day(c), hour(c), bucket(16, c) or truncate(4, c)`,
  );
}
