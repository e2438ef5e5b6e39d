import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../bin/make-folder';

let scratch: string;
beforeAll(() => (scratch = mkdtempSync(join(tmpdir(), 'make-folder-'))));
afterAll(() => rmSync(scratch, { recursive: true }));

test('a folder is made with those above it, and one that is there is left as it is', () => {
  const folder = join(scratch, 'a', 'b', 'c');
  makeFolder(folder);
  writeFileSync(join(folder, 'kept'), '');
  makeFolder(folder);
  expect(statSync(folder).isDirectory()).toBe(true);
  expect(existsSync(join(folder, 'kept'))).toBe(true);
});

test.each(['file', 'file/below', 'file/far/below'])('%s is refused, for it is a file, or under one', (name) => {
  writeFileSync(join(scratch, 'file'), '');
  expect(() => makeFolder(join(scratch, name))).toThrow(/EEXIST|ENOTDIR/);
});

// Only Linux has it: Node's own way never returns there.
(existsSync('/proc/self') ? test : test.skip)('a place that takes no folders is refused, not tried for ever', () => {
  expect(() => makeFolder('/proc/data-patterns')).toThrow(/ENOENT|EACCES/);
  expect(() => makeFolder('/proc/data-patterns/rehearsal')).toThrow(/ENOENT|EACCES/);
});
