import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { splitLines } from '../../../../../bin/commands/rehearse/faults/split-lines';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function parts(content: string | Buffer, share: number): Promise<[string, string]> {
  const [file, first, rest] = ['all', 'first', 'rest'].map((name) => join(folder, name));
  writeFileSync(file, content);
  await splitLines(file, share, first, rest);
  return [readFileSync(first, 'latin1'), readFileSync(rest, 'latin1')];
}

test('a line that lies across the place belongs to the first part', async () => {
  expect(await parts('aaaa\nbbbb\ncccc\n', 0.5)).toEqual(['aaaa\nbbbb\n', 'cccc\n']);
});

test('without a line end behind the place everything is in the first part', async () => {
  expect(await parts('aaaa\nbbbb', 0.8)).toEqual(['aaaa\nbbbb', '']);
});

test('an empty file has two empty parts', async () => {
  expect(await parts('', 0.8)).toEqual(['', '']);
});

test('no byte is lost, whatever it is and however long its line', async () => {
  const content = Buffer.concat([Buffer.alloc(200_000, 0xff), Buffer.from('\n\0\n'), Buffer.alloc(100_000, 0xc3)]);
  const [first, rest] = await parts(content, 0.5);
  expect([first.length, first + rest]).toEqual([200_001, content.toString('latin1')]);
});
