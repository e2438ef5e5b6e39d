import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(__dirname, '../../../..');
const CLI = join(ROOT, 'dist/bin/data-patterns.js');
const action = parse(readFileSync(join(ROOT, '.github/actions/review/action.yml'), 'utf8'));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'action-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function assembly(name: string, bucketName: string): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'S.template.json' } };
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version: '1', artifacts: { S: stack } }));
  const template = { Resources: { Lake: { Type: 'AWS::S3::Bucket', Properties: { BucketName: bucketName } } } };
  writeFileSync(join(directory, 'S.template.json'), JSON.stringify(template));
  return directory;
}

/** Runs the action's step as a runner does: its script by bash, its inputs as environment, its files at hand. */
function runStep(base: string) {
  const [step] = action.runs.steps;
  const files = { GITHUB_OUTPUT: join(folder, 'output'), GITHUB_STEP_SUMMARY: join(folder, 'summary') };
  Object.values(files).forEach((file) => writeFileSync(file, ''));
  const script = join(folder, 'step.sh');
  writeFileSync(script, step.run);
  const { status } = spawnSync('bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...process.env,
      ...files,
      RUNNER_TEMP: folder,
      BASE: base,
      APPROVALS: 'review-approvals.yaml',
      COMMAND: `${process.execPath} ${join(folder, 'data-patterns.js')}`,
    },
  });
  return {
    status,
    output: readFileSync(files.GITHUB_OUTPUT, 'utf8'),
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
  };
}

/** The command line with the head as an assembly, which needs no project. */
function commandWith(head: string): void {
  const start = `process.argv.push('--head', ${JSON.stringify(head)});\nrequire(${JSON.stringify(CLI)});\n`;
  writeFileSync(join(folder, 'data-patterns.js'), start);
}

test('a risk fails the job, and the review is its summary', () => {
  const [base, head] = [assembly('base', 'a'), assembly('head', 'b')];
  commandWith(head);
  const { status, output, summary } = runStep(base);
  expect(status).toBe(1);
  expect(output).toMatch(/^report=.*review\.md\nsafe=false\n$/);
  expect(summary).toMatch(/^## 1 risk needs approval/);
});

test('a harmless change passes', () => {
  const base = assembly('base', 'a');
  commandWith(base);
  const { status, output } = runStep(base);
  expect(status).toBe(0);
  expect(output).toContain('safe=true');
});

test('input that cannot be used fails the job and is no review', () => {
  const base = assembly('base', 'a');
  commandWith(base);
  const { status, output, summary } = runStep('no-such-ref');
  expect({ status, output, summary }).toEqual({ status: 2, output: '', summary: '' });
});

test('every input and output is described', () => {
  for (const each of [...Object.values(action.inputs), ...Object.values(action.outputs)] as { description: string }[]) {
    expect(each.description).toMatch(/\w/);
  }
});
