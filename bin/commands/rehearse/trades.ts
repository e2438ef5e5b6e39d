import { accessSync, constants, createWriteStream, statSync } from 'fs';
import { once } from 'events';
import { finished } from 'stream/promises';
import { UserError } from '../../cli-errors';

/**
 * Checks that a file of trades can be used. What its lines say is data, not input: whatever they hold goes to bronze.
 *
 * @throws UserError with the remedy
 */
export function checkTradesFile(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new UserError(`--trades ${file}: there is no such file; name a file with one trade a line (JSON).`);
  }
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a folder' : 'not a regular file';
    throw new UserError(`--trades ${file}: is ${kind}; name a file with one trade a line (JSON).`);
  }
  if (stats.size === 0) {
    throw new UserError(
      `--trades ${file}: is empty; there is nothing to rehearse. Give a file with at least one line.`,
    );
  }
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new UserError(`--trades ${file}: may not be read; change its permissions (chmod +r) and run again.`);
  }
}

/** Writes messages to a file, one a line, without holding up whatever else this process does. */
export async function writeTrades(messages: Iterable<Buffer>, file: string): Promise<void> {
  const stream = createWriteStream(file);
  let batch: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (!stream.write(Buffer.concat(batch))) {
      await once(stream, 'drain');
    }
    await new Promise((resolve) => setImmediate(resolve));
    batch = [];
    size = 0;
  };
  for (const message of messages) {
    batch.push(message, LINE_FEED);
    size += message.length;
    if (size > BATCH_BYTES) {
      await flush();
    }
  }
  await flush();
  stream.end();
  await finished(stream);
}

const LINE_FEED = Buffer.from('\n');
const BATCH_BYTES = 1 << 18;
