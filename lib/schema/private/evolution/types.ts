/** Widenings that format version 2 knows, beside that of a decimal: https://iceberg.apache.org/spec/#schema-evolution */
const WIDENINGS: Readonly<Record<string, string>> = { int: 'long', float: 'double' };

/** Whether files written with one primitive type can be read with another. */
export function isWidening(before: string, after: string): boolean {
  if (WIDENINGS[before] === after) {
    return true;
  }
  const [narrow, wide] = [decimalOf(before), decimalOf(after)];
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision < wide.precision;
}

/** Whether two texts name one type: `decimal(18,8)` and `decimal(18, 8)` do. */
export function isSameType(before: string, after: string): boolean {
  return before === after || before.replaceAll(' ', '') === after.replaceAll(' ', '');
}

/** `decimal(18, 8)` and `fixed[16]` without their arguments. */
export function baseOf(type: string): string {
  return type.replace(/[([].*/, '');
}

function decimalOf(type: string): { readonly precision: number; readonly scale: number } | undefined {
  const match = /^decimal\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(type);
  return match === null ? undefined : { precision: Number(match[1]), scale: Number(match[2]) };
}
