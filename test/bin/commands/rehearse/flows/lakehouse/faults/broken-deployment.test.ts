import { createHash } from 'crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { brokenAssembly } from '../../../../../../../bin/commands/rehearse/flows/lakehouse/faults/broken-deployment';

const TABLE = {
  Type: 'AWS::Glue::Table',
  Properties: { OpenTableFormatInput: { IcebergInput: { IcebergTableInput: { Properties: { kept: 'yes' } } } } },
};
const TEMPLATE = JSON.stringify({
  Resources: {
    Table: TABLE,
    Job: { Type: 'AWS::Glue::Job', Properties: { Role: 'r' } },
    Topic: { Type: 'AWS::SNS::Topic' },
  },
});
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-'));
afterAll(() => rmSync(folder, { recursive: true }));
let copy: string;
beforeAll(() => {
  const assembly = join(folder, 'cdk.out');
  mkdirSync(assembly);
  writeFileSync(join(assembly, 'Lake.template.json'), TEMPLATE);
  writeFileSync(join(assembly, 'manifest.json'), `{"stackTemplateAssetObjectUrl": "s3://b/${sha256(TEMPLATE)}.json"}`);
  writeFileSync(join(assembly, 'Lake.assets.json'), `{"files": {"${sha256(TEMPLATE)}": {}}}`);
  copy = brokenAssembly(assembly, 'Lake', join(folder, 'broken'));
});

const read = (name: string): string => readFileSync(join(copy, name), 'utf8');

test('tables and jobs change, and nothing else', () => {
  const { Resources } = JSON.parse(read('Lake.template.json'));
  const change = 'changed by a deployment that fails';
  const input = { IcebergInput: { IcebergTableInput: { Properties: { kept: 'yes', changed: change } } } };
  expect(Resources.Table.Properties).toEqual({ OpenTableFormatInput: input });
  expect(Resources.Job.Properties).toEqual({ Role: 'r', Description: change });
  expect(Resources.Topic).toEqual({ Type: 'AWS::SNS::Topic' });
});

test('what is refused comes after all of them', () => {
  expect(JSON.parse(read('Lake.template.json')).Resources.Refused.DependsOn).toEqual(['Table', 'Job']);
});

test('the CLI is told of another template', () => {
  const digest = sha256(read('Lake.template.json'));
  expect(digest).not.toBe(sha256(TEMPLATE));
  expect(read('manifest.json')).toContain(`/${digest}.json`);
  expect(read('Lake.assets.json')).toContain(`"${digest}"`);
});
