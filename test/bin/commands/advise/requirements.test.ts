import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRequirements, requirementsSchema } from '../../../../bin/commands/advise/requirements';

const SCHEMA = join(__dirname, '../../../../bin/commands/advise/requirements.schema.json');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'advise-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(content: string) {
  const file = join(folder, 'requirements.yaml');
  writeFileSync(file, content);
  return loadRequirements(file);
}

test('the published JSON Schema is the one that is applied', () => {
  if (process.env.UPDATE_SCHEMAS) writeFileSync(SCHEMA, JSON.stringify(requirementsSchema()));
  expect(JSON.parse(readFileSync(SCHEMA, 'utf8'))).toEqual(requirementsSchema());
});

test('reads answers, and leaves out what is not known', () => {
  const answers = load('latency: {fastest: seconds}\nscale: {now: 2.5 TB}\nuse_cases: [real_time]\nteam: {}\n');
  expect(answers).toEqual({ 'latency.fastest': 'seconds', 'scale.now': '2.5 TB', use_cases: ['real_time'] });
});

test.each([
  ['latency: {fastest: second}', "1:11: 'latency.fastest' is 'second'; did you mean 'seconds'?"],
  ['latency:\n  fastestt: seconds', "2:3: 'fastestt' is not a setting of 'latency'; did you mean 'fastest'?"],
  ['scale: {now: 5 terabytes}', "1:9: 'scale.now' is '5 terabytes'; use an amount and a unit, such as 500 GB"],
  ['team: {people: three}', "1:8: 'team.people' must be a whole number, but is 'three'; write for example 3"],
  ['team: {people: -1}', "1:8: 'team.people' must be >= 0, but is -1"],
  ['use_cases: [standard_bi, standard_bi]', "'use_cases' names an entry twice; remove one"],
  ['priorities: [simplicity, flexibility, performance, scalability]', 'must NOT have more than 3 items'],
  ['latency: seconds', "'latency' must be a group of settings, but is 'seconds'"],
  ['latency: {fastest: hours, fastest: minutes}', 'keep one of the two'],
  ['', "the file is empty; it needs at least 'latency: {fastest: minutes}'"],
])('%j is refused with its place and a remedy', (content, expected) => {
  expect(() => load(content)).toThrow(expected);
  expect(() => load(content)).toThrow(/requirements\.yaml:\d+:\d+: /);
});

test('a file that is not there is named', () => {
  expect(() => loadRequirements(join(folder, 'none.yaml'))).toThrow('none.yaml:1:1: the file cannot be read (ENOENT)');
});
