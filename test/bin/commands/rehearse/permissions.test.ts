import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Journal } from '../../../../bin/commands/rehearse/journal';
import { permissionsOf } from '../../../../bin/commands/rehearse/permissions';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function permissions(...entries: object[]) {
  const path = join(folder, 'journal.jsonl');
  writeFileSync(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return permissionsOf(Journal.read(path), 'Lake');
}

const role = (logicalId: string, stack = 'Lake') => ({
  event: 'resource',
  stack,
  logicalId,
  physicalId: `Lake-${logicalId}-1`,
  type: 'AWS::IAM::Role',
  label: 'executed',
  note: '',
});
const policy = (name: string, roles: string[], ...allowed: [string, string][]) => ({
  event: 'policy',
  policy: name,
  roles: roles.map((logicalId) => `Lake-${logicalId}-1`),
  allowed,
});
const used = (logicalId: string, action: string, resource: string) => ({
  event: 'grant-used',
  role: `Lake-${logicalId}-1`,
  action,
  resource,
});

test('tells what of the grants of a role nothing used', () => {
  const [silver] = permissions(
    role('Silver'),
    policy('p', ['Silver'], ['s3:GetObject', 'lake/*'], ['s3:PutObject', 'lake/*'], ['s3:GetObject', 'assets/*']),
    used('Silver', 's3:GetObject', 'lake/*'),
  );
  expect(silver).toEqual({
    role: 'Silver',
    granted: 3,
    used: 1,
    unused: [
      { action: 's3:PutObject', resource: 'lake/*' },
      { action: 's3:GetObject', resource: 'assets/*' },
    ],
    denied: [],
  });
});

test('does not count what another role used', () => {
  const [gold] = permissions(
    role('Silver'),
    role('Gold'),
    policy('p', ['Silver', 'Gold'], ['s3:GetObject', '*']),
    used('Silver', 's3:GetObject', '*'),
  );
  expect([gold.role, gold.used]).toEqual(['Gold', 0]);
});

test('counts a grant that two policies give once', () => {
  const twice: [string, string] = ['s3:GetObject', '*'];
  const [silver] = permissions(role('Silver'), policy('p', ['Silver'], twice), policy('q', ['Silver'], twice));
  expect([silver.granted, silver.unused.length]).toEqual([1, 1]);
});

test('takes the last word of a policy that was updated', () => {
  const [silver] = permissions(
    role('Silver'),
    policy('p', ['Silver'], ['s3:GetObject', '*'], ['s3:PutObject', '*']),
    policy('p', ['Silver'], ['s3:PutObject', '*']),
  );
  expect(silver.unused).toEqual([{ action: 's3:PutObject', resource: '*' }]);
});

test('says what only AWS does with a grant', () => {
  const [silver] = permissions(role('Silver'), policy('p', ['Silver'], ['logs:PutLogEvents', '*']));
  expect(silver.unused[0].reason).toBe('AWS writes logs, metrics and traces with it.');
});

test('tells what a role was denied', () => {
  const principal = 'arn:aws:sts::111122223333:assumed-role/Lake-Silver-1/session';
  const denial = { event: 'denial', action: 's3:GetObject', resource: 'arn:aws:s3:::gold/a' };
  const [silver] = permissions(role('Silver'), { ...denial, principal }, { ...denial, principal: 'someone else' });
  expect(silver.denied).toEqual([{ action: 's3:GetObject', resource: 'arn:aws:s3:::gold/a' }]);
});

test('leaves out roles of other stacks, and those that may do nothing', () => {
  expect(permissions(role('Deploy', 'CDKToolkit'), role('Idle'), policy('p', ['Deploy'], ['*', '*']))).toEqual([]);
});
