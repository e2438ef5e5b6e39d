import { existsSync, writeFileSync } from 'node:fs';
import { UserError } from './cli-errors';

/**
 * Writes a file that is not there yet: one that is there is somebody's.
 *
 * @throws UserError when it is there, or cannot be written
 */
export function writeNewFile(file: string, content: string): void {
  if (existsSync(file)) throw new UserError(`${file} is there already; choose another name or remove it.`);
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw new UserError(`${file} cannot be written (${(error as NodeJS.ErrnoException).code}); choose another place.`);
  }
}
