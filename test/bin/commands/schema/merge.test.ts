import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { Column, ColumnType } from '../../../../lib/schema';
import { LEDGER, enterProject, leaveProject, project, run, table } from './schema-project';

beforeEach(() => {
  enterProject();
  git('init', '-q', '-b', 'main');
  git('config', 'user.email', 'someone@example.com');
  git('config', 'user.name', 'Someone');
});

afterEach(leaveProject);

const column = (name: string): Column => ({ name, type: ColumnType.STRING });
const columns = (...names: string[]): Column[] => names.map(column);

function git(...args: string[]): void {
  execFileSync('git', args, { stdio: 'ignore' });
}

/** Declares the tables, locks, and commits the ledger. */
async function lockAndCommit(tables: Record<string, Column[]>, ...options: string[]): Promise<void> {
  declare(tables);
  expect(await run('lock', ...options)).toMatchObject({ status: 0 });
  git('add', LEDGER);
  git('commit', '-q', '-m', 'lock');
}

function declare(tables: Record<string, Column[]>): void {
  project(Object.entries(tables).map(([name, fields]) => table(fields, name)));
}

/** Two branches from one base, each with steps of its own; the working tree is then the first. */
async function branches(base: Record<string, Column[]>, ours: () => Promise<void>, theirs: () => Promise<void>) {
  await lockAndCommit(base);
  git('checkout', '-q', '-b', 'theirs');
  await theirs();
  git('checkout', '-q', 'main');
  await ours();
}

const merge = (): number | null => spawnSync('git', ['merge', '-q', '--no-edit', 'theirs'], { stdio: 'ignore' }).status;

const idsOf = (name: string): [number, string][] =>
  JSON.parse(readFileSync(LEDGER, 'utf8')).tables[name].columns.map(
    ({ id, path }: { id: number; path: string }): [number, string] => [id, path],
  );

test('two branches that add a column to two tables merge by themselves, and rightly', async () => {
  const base = { 'silver.a': columns('id'), 'silver.b': columns('id') };
  await branches(
    base,
    () => lockAndCommit({ ...base, 'silver.a': columns('id', 'x') }),
    () => lockAndCommit({ ...base, 'silver.b': columns('id', 'y') }),
  );
  expect(merge()).toBe(0);
  declare({ 'silver.a': columns('id', 'x'), 'silver.b': columns('id', 'y') });
  expect(await run('check')).toMatchObject({ status: 0 });
});

test('two branches that add a column to one table conflict, and one side locked again has both', async () => {
  await branches(
    { 'silver.a': columns('id') },
    () => lockAndCommit({ 'silver.a': columns('id', 'x') }),
    () => lockAndCommit({ 'silver.a': columns('id', 'y') }),
  );
  expect(merge()).toBe(1);
  declare({ 'silver.a': columns('id', 'x', 'y') });
  const { status, stderr } = await run('lock');
  expect(status).toBe(2);
  expect(stderr).toMatch(/^schemas\.lock\.json:\d+: has an unresolved merge conflict; take the file of the branch/);

  git('checkout', '--theirs', LEDGER);
  expect((await run('check')).status).toBe(1);
  expect((await run('lock')).status).toBe(0);
  expect(idsOf('silver.a')).toEqual([
    [1, 'id'],
    [2, 'y'],
    [3, 'x'],
  ]);
});

test('a merge that keeps the lines of both sides is refused, because one id stands twice', async () => {
  writeFileSync('.gitattributes', `${LEDGER} merge=union\n`);
  await branches(
    { 'silver.a': columns('id') },
    () => lockAndCommit({ 'silver.a': columns('id', 'x') }),
    () => lockAndCommit({ 'silver.a': columns('id', 'y') }),
  );
  expect(merge()).toBe(0);
  // Only a comma is missing between the two lines.
  writeFileSync(LEDGER, readFileSync(LEDGER, 'utf8').replace(/("path": "x", "type": "string" \})/, '$1,'));
  declare({ 'silver.a': columns('id', 'x', 'y') });
  const { status, stderr } = await run('lock');
  expect(status).toBe(2);
  expect(stderr).toMatch(
    /^schemas\.lock\.json:\d+: silver\.a: columns 'x' and 'y' both have id 2, .*take the file of the branch/,
  );
});

test('an id that one branch retired and the other gave away is not taken for two', async () => {
  await branches(
    { 'silver.a': columns('id') },
    async () => {
      await lockAndCommit({ 'silver.a': columns('id', 'x') });
      await lockAndCommit({ 'silver.a': columns('id') }, '--allow-drop', 'silver.a.x');
    },
    () => lockAndCommit({ 'silver.a': columns('id', 'y') }),
  );
  expect(merge()).toBe(1);
  git('checkout', '--ours', LEDGER);
  declare({ 'silver.a': columns('id', 'y') });
  expect((await run('lock')).status).toBe(0);
  expect(idsOf('silver.a')).toEqual([
    [1, 'id'],
    [3, 'y'],
  ]);
});

test('what is merged by hand out of both sides is refused', async () => {
  await branches(
    { 'silver.a': columns('id', 'old') },
    () => lockAndCommit({ 'silver.a': columns('id', 'old', 'x') }),
    () => lockAndCommit({ 'silver.a': columns('id') }, '--allow-drop', 'silver.a.old'),
  );
  expect(merge()).toBe(1);
  git('checkout', '--ours', LEDGER);
  const old = '        { "id": 2, "path": "old", "type": "string" },\n';
  writeFileSync(LEDGER, readFileSync(LEDGER, 'utf8').replace(old, ''));
  const { status, stderr } = await run('lock');
  expect(status).toBe(2);
  expect(stderr).toContain('silver.a: was changed by hand, or merged out of two');
});
