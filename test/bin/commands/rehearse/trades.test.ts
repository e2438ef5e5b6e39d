import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { checkTradesFile, writeTrades } from '../../../../bin/commands/rehearse/trades';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test.each([
  ['a missing file', () => join(folder, 'missing.jsonl'), /missing\.jsonl: there is no such file; name a file/],
  ['a folder', () => folder, /is a folder; name a file/],
  ['an empty file', () => file('empty.jsonl', ''), /is empty; there is nothing to rehearse/],
])('%s is an input error that says what to do', (_, path, message) => {
  expect(() => checkTradesFile(path())).toThrow(message);
});

test('a file that may not be read is an input error', () => {
  const secret = file('secret.jsonl', 'x');
  chmodSync(secret, 0o000);
  // The superuser may read everything.
  if (process.getuid?.() === 0) {
    expect(() => checkTradesFile(secret)).not.toThrow();
  } else {
    expect(() => checkTradesFile(secret)).toThrow(/may not be read; change its permissions/);
  }
});

test.each([
  ['binary lines', Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
  ['a line of 5 MB', Buffer.alloc(5_000_000, 'x')],
  ['one blank line', '\n'],
])('%s are data, not an input error', (name, content) => {
  expect(() => checkTradesFile(file(`${name.replace(/ /g, '-')}.jsonl`, content))).not.toThrow();
});

test('writes each message as one line, byte for byte', async () => {
  const messages = [Buffer.from('{"a":1}'), Buffer.from([0xff, 0xfe]), Buffer.alloc(0)];
  const path = join(folder, 'written.jsonl');
  await writeTrades(messages, path);
  expect(readFileSync(path)).toEqual(Buffer.from([...Buffer.from('{"a":1}\n'), 0xff, 0xfe, 0x0a, 0x0a]));
});

test('writes more than one batch in order', async () => {
  const messages = Array.from({ length: 50_000 }, (_, index) => Buffer.from(`message ${index}`));
  const path = join(folder, 'many.jsonl');
  await writeTrades(messages, path);
  expect(readFileSync(path, 'utf8')).toBe(messages.map((message) => `${message.toString()}\n`).join(''));
});
