import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const HEADINGS = [...readFileSync('docs/runbook.md', 'utf8').matchAll(/^## (\S+)$/gm)].map(([, heading]) => heading);
const SOURCES = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join('lib', file), 'utf8'))
  .join('\n');

test('the runbook has sections, each once', () => {
  expect(HEADINGS.length).toBeGreaterThan(5);
  expect(new Set(HEADINGS).size).toBe(HEADINGS.length);
});

test.each(HEADINGS)('the section %s is that of an alarm', (heading) => {
  expect(SOURCES).toContain(`'${heading}'`);
});
