import { createReadStream, createWriteStream, openSync, closeSync, readSync, statSync } from 'fs';
import { pipeline } from 'stream/promises';

const CHUNK = 65_536;

/** Writes the first `share` of a file, to the end of the line there, into one file and the rest into another. */
export async function splitLines(file: string, share: number, first: string, rest: string): Promise<void> {
  const { size } = statSync(file);
  const at = endOfLine(file, Math.floor(size * share), size);
  await copy(file, first, 0, at);
  await copy(file, rest, at, size);
}

/** The place behind the first line end at or after `from`. */
function endOfLine(file: string, from: number, size: number): number {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (let position = from; position < size; position += CHUNK) {
      const read = readSync(descriptor, chunk, 0, CHUNK, position);
      const found = chunk.subarray(0, read).indexOf('\n');
      if (found >= 0) {
        return position + found + 1;
      }
    }
    return size;
  } finally {
    closeSync(descriptor);
  }
}

async function copy(from: string, to: string, start: number, end: number): Promise<void> {
  const target = createWriteStream(to);
  // The end of a range of createReadStream is inclusive, so an empty one cannot be asked for.
  await (start === end
    ? new Promise<void>((resolve) => target.end(resolve))
    : pipeline(createReadStream(from, { start, end: end - 1 }), target));
}
