import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Estimate, saveTimings } from '../../../../bin/commands/rehearse/timings';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'deep', 'timings.json');

test('the first rehearsal has no estimate', () => {
  expect(Estimate.read(file, 1000).stages).toEqual([]);
});

test('the same number of rows takes as long as before', () => {
  saveTimings(file, { rows: 1000, stages: { deploy: 8, bronze: 20 } });
  const estimate = Estimate.read(file, 1000);
  expect([estimate.seconds('deploy'), estimate.seconds('bronze')]).toEqual([8, 20]);
});

test('more rows take longer where the work is, not where an engine starts', () => {
  saveTimings(file, { rows: 1000, stages: { deploy: 8, bronze: 20 } });
  const estimate = Estimate.read(file, 10_000);
  expect(estimate.seconds('deploy')).toBe(8);
  expect(estimate.seconds('bronze')).toBeGreaterThan(20);
  expect(estimate.seconds('bronze')).toBeLessThan(200);
});

test('a file that cannot be understood is no estimate', () => {
  writeFileSync(file, '{"rows":');
  expect(Estimate.read(file, 1000).seconds('deploy')).toBeUndefined();
});
