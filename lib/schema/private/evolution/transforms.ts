import { FlatColumn, isPrimitive } from './columns';
import { baseOf } from './types';

const DATES = ['date', 'timestamp', 'timestamptz'];

/** Source types of each transform: https://iceberg.apache.org/spec/#partition-transforms (identity takes any primitive). */
const SOURCE_TYPES: Readonly<Record<string, readonly string[]>> = {
  bucket: ['int', 'long', 'decimal', 'time', 'string', 'uuid', 'fixed', 'binary', ...DATES],
  truncate: ['int', 'long', 'decimal', 'string', 'binary'],
  year: DATES,
  month: DATES,
  day: DATES,
  hour: DATES.filter((type) => type !== 'date'),
};

/**
 * Why a transform cannot take a column; undefined when it can.
 *
 * @param option how messages name what the transform belongs to
 */
export function transformFault(
  option: string,
  transform: string,
  source: FlatColumn,
): { readonly message: string; readonly remedy: string } | undefined {
  if (!isPrimitive(source)) {
    return {
      message: `${option} names '${source.path}', a ${source.type}; only a primitive column can be used`,
      remedy: 'name another column.',
    };
  }
  for (let { parent } = source; parent !== undefined; parent = parent.parent) {
    if (parent.type !== 'struct') {
      return {
        message: `${option} names '${source.path}', which stands in a ${parent.type}`,
        remedy: 'name another column.',
      };
    }
  }
  const allowed = SOURCE_TYPES[baseOf(transform)];
  if (allowed === undefined || allowed.includes(baseOf(source.type))) {
    return undefined;
  }
  return {
    message: `partition transform ${transform} does not take column '${source.path}' of type ${source.type}; it takes ${allowed.join(', ')}`,
    remedy: 'choose another transform or column.',
  };
}
