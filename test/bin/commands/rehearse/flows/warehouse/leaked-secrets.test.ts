import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { leakedSecrets } from '../../../../../../bin/commands/rehearse/flows/warehouse/leaked-secrets';

const folder = mkdtempSync(join(tmpdir(), 'leaks-'));
const SECRETS = { token: 'open-sesame', password: 'correct-horse' };
beforeAll(() => {
  mkdirSync(join(folder, 'cdk.out'));
  writeFileSync(join(folder, 'cdk.out', 'Stack.template.json'), '{"arn": "of a secret"}');
  writeFileSync(join(folder, 'engines.json'), '{"postgres": "postgresql://postgres:correct-horse@127.0.0.1"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('how the rehearsal is wired is no leak', () => {
  expect(leakedSecrets([folder], SECRETS)).toEqual({ leaks: [], files: 1 });
});

test('a value in a log is told by its name and its file', () => {
  const log = join(folder, 'cdk.out', 'task.log');
  writeFileSync(log, 'connecting as postgres:correct-horse');
  expect(leakedSecrets([folder], SECRETS)).toEqual({ leaks: [`password in ${log}`], files: 2 });
});
