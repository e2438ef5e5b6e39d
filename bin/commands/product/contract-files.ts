import { existsSync } from 'node:fs';
import { YamlFileError } from '../../../lib/foundation/private/yaml-file';
import { DataProductContract } from '../../../lib/mesh';
import { UserError } from '../../cli-errors';

/** @throws UserError naming every problem of the file */
export function readContract(file: string): DataProductContract {
  requireFile(file);
  return usable(() => DataProductContract.fromFile(file));
}

/** @throws UserError when there is no such file */
export function requireFile(file: string): void {
  if (!existsSync(file)) throw new UserError(`${file} is not there; check the path.`);
}

/** The result of work on a file that must be right to go on. */
export function usable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof YamlFileError ? new UserError(error.message) : error;
  }
}
