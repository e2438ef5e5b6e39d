import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'review-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

test('a git ref is checked out beside the project and synthesized there; nothing stays', () => {
  const app = (name: string) =>
    `const { App, Stack, aws_s3: s3 } = require('aws-cdk-lib');
const app = new App({ analyticsReporting: false });
new s3.CfnBucket(new Stack(app, 'S'), 'Lake', { bucketName: '${name}' });
app.synth();
`;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: project,
      encoding: 'utf8',
    });
  writeFileSync(
    join(project, 'cdk.json'),
    JSON.stringify({ app: `${process.execPath} app.js`, context: { '@aws-cdk/core:x': false } }),
  );
  writeFileSync(join(project, '.gitignore'), 'node_modules\n');
  writeFileSync(join(project, 'app.js'), app('a'));
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message=first');
  execFileSync('ln', ['-s', join(__dirname, '../../../../node_modules'), join(project, 'node_modules')]);
  writeFileSync(join(project, 'app.js'), app('b'));
  const cli = join(__dirname, '../../../../dist/bin/data-patterns.js');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'review', '--base', 'main', '--out', 'review.md'], {
    cwd: project,
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(readFileSync(join(project, 'review.md'), 'utf8')).toMatch(
    /\*\*S\/Lake\*\* AWS::S3::Bucket is replaced because of BucketName/,
  );
  expect(git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect(existsSync(join(project, 'cdk.out'))).toBe(false);
}, 120_000);
