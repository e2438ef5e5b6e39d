import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { Cdk, readStacks } from '../../../../bin/commands/rehearse/cdk';

const folder = mkdtempSync(join(tmpdir(), 'data-patterns-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function assembly(name: string, artifacts: object): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'manifest.json'), JSON.stringify({ artifacts }));
  return path;
}

test('a stack without an account of its own fits any', () => {
  const stacks = readStacks(
    assembly('any', {
      Lake: { type: 'aws:cloudformation:stack', environment: 'aws://unknown-account/unknown-region', properties: {} },
      'Lake.assets': { type: 'cdk:asset-manifest' },
      Tree: { type: 'cdk:tree' },
    }),
  );
  expect(stacks).toMatchObject([{ displayName: 'Lake', stackName: 'Lake', account: undefined, region: undefined }]);
});

test('stacks of stages are found, by the name that the CLI knows them by', () => {
  assembly('staged/assembly-Prod', {
    ProdLake: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://111111111111/eu-west-1',
      displayName: 'Prod/Lake',
      properties: { stackName: 'Prod-Lake' },
    },
  });
  const stacks = readStacks(
    assembly('staged', {
      'assembly-Prod': { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Prod' } },
    }),
  );
  expect(stacks).toMatchObject([
    { displayName: 'Prod/Lake', stackName: 'Prod-Lake', account: '111111111111', region: 'eu-west-1' },
  ]);
});

test('a folder without a CDK app is named, with what to do', () => {
  const options = { project: folder, folder: join(folder, 'work'), signal: new AbortController().signal };
  expect(() => new Cdk(options)).toThrow(/cdk\.json: is not in .*; run this in a CDK project/);
});
