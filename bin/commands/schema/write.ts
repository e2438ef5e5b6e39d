import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { displayPath } from '../../../lib/schema/private/ledger-file';
import { UserError } from '../../cli-errors';

/** A file and what it is to hold. */
export interface NewContent {
  readonly file: string;
  readonly content: string;
}

/** Writes the files so that none is ever half-written: each is complete beside its target before the first is moved. */
export function writeFilesAtomically(files: readonly NewContent[]): void {
  const prepared = files.map(({ file, content }) => ({ file, content, temporary: `${file}.${process.pid}.tmp` }));
  try {
    for (const { temporary, content } of prepared) {
      writeFileSync(temporary, content);
    }
    for (const { temporary, file } of prepared) {
      renameSync(temporary, file);
    }
  } catch (error) {
    for (const { temporary } of prepared) {
      rmSync(temporary, { force: true });
    }
    const names = files.map(({ file }) => displayPath(file)).join(', ');
    throw new UserError(`${names}: cannot be written (${(error as Error).message}); make the folder writable.`);
  }
}
