import { mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { backTestsOf } from '../../../../../../bin/commands/rehearse/flows/streaming-batch/back-tests';

const assembly = mkdtempSync(join(tmpdir(), 'back-tests-'));
afterAll(() => rmSync(assembly, { recursive: true, force: true }));

test('back-tests are the saved queries of that name, with the names of the databases that they refer to', () => {
  const query = (Name: string) => ({
    Type: 'AWS::Athena::NamedQuery',
    Properties: {
      Name,
      Database: { Ref: 'Bronze' },
      QueryString: { 'Fn::Join': ['', ['SELECT * FROM "', { Ref: 'Silver' }, '"."trades"']] },
    },
  });
  const database = (Name: string) => ({ Type: 'AWS::Glue::Database', Properties: { DatabaseInput: { Name } } });
  const Resources = {
    Rule: query('far: back-test'),
    Other: query('gold as of yesterday'),
    Bronze: database('raw'),
    Silver: database('clean'),
  };
  writeFileSync(join(assembly, 'stack.json'), JSON.stringify({ Resources }));
  expect(backTestsOf({ assembly, template: 'stack.json' })).toEqual([
    { name: 'far: back-test', database: 'raw', sql: 'SELECT * FROM "clean"."trades"' },
  ]);
});
