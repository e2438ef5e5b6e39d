import * as path from 'node:path';
import { packageRoot } from '../../lib/foundation/private/package-assets';

/** Folders of this package that its code runs from, in a checkout and installed. */
const CODE = ['lib', 'blueprints', 'dist'];

/**
 * What an app tells of an error. Those that this library throws name thing, problem and remedy: a stack trace would only
 * hide that. Of all others the stack trace says where.
 */
export function errorMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isMistakeOfProgram(error) || !isOurs(error) ? (error.stack ?? error.message) : error.message;
}

/** What JavaScript itself and the operating system throw: of these even our own code says nothing that helps. */
function isMistakeOfProgram(error: Error): boolean {
  const named = [TypeError, ReferenceError, RangeError, SyntaxError].some((each) => error instanceof each);
  return named || 'code' in error;
}

/** Whether it was made in this package's code, not in what it calls. */
function isOurs({ stack = '' }: Error): boolean {
  const [where = ''] = /^ {4}at .*$/m.exec(stack) ?? [];
  return CODE.some((folder) => where.includes(path.join(packageRoot(), folder) + path.sep));
}
