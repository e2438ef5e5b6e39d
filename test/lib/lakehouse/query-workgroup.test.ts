import { CfnParameter, Size, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DeploymentProfile } from '../../../lib/foundation';
import { MedallionLayer, QueryWorkgroup, type QueryWorkgroupProps } from '../../../lib/lakehouse';
import { QueryEngine } from '../../../lib/ports';
import { type Json, newLake, newStack, only, rawSchema, statements, template } from './fixture';

function workgroup(props: Partial<QueryWorkgroupProps> = {}, profile = DeploymentProfile.SANDBOX): Stack {
  const stack = newStack();
  new QueryWorkgroup(stack, 'Queries', { lake: newLake(stack, 'Lake', { profile }), ...props });
  return stack;
}

function configuration(stack: Stack): Json {
  return only(stack, 'AWS::Athena::WorkGroup').Properties.WorkGroupConfiguration;
}

test('queries run on engine version 3, with settings that nobody overrides, and are measured', () => {
  expect(configuration(workgroup())).toMatchObject({
    EnforceWorkGroupConfiguration: true,
    EngineVersion: { SelectedEngineVersion: 'Athena engine version 3' },
    PublishCloudWatchMetricsEnabled: true,
    RequesterPaysEnabled: false,
  });
});

test('results are encrypted with the key of the lake, in a place of their own', () => {
  const stack = workgroup({ resultPrefix: 'results/here' });
  const { ResultConfiguration } = configuration(stack);
  expect(ResultConfiguration.EncryptionConfiguration).toEqual({
    EncryptionOption: 'SSE_KMS',
    KmsKey: { 'Fn::GetAtt': [expect.stringMatching(/^LakeKey/), 'Arn'] },
  });
  expect(ResultConfiguration.OutputLocation['Fn::Join'][1].at(-1)).toBe('/results/here/');
});

test('two workgroups of a lake keep their results apart', () => {
  const stack = newStack();
  const lake = newLake(stack);
  const [one, two] = ['One', 'Two'].map((id) => new QueryWorkgroup(stack, id, { lake }));
  expect(stack.resolve(one.resultLocation)).not.toEqual(stack.resolve(two.resultLocation));
});

test('a query reads 10 GiB in a sandbox and 1 TiB in production, and then no more', () => {
  expect(configuration(workgroup()).BytesScannedCutoffPerQuery).toBe(10 * 2 ** 30);
  expect(configuration(workgroup({}, DeploymentProfile.PRODUCTION)).BytesScannedCutoffPerQuery).toBe(2 ** 40);
  expect(configuration(workgroup({ bytesScannedLimit: Size.mebibytes(10) })).BytesScannedCutoffPerQuery).toBe(
    10 * 2 ** 20,
  );
});

test('a limit below that of Athena is refused', () => {
  expect(() => workgroup({ bytesScannedLimit: Size.mebibytes(1) })).toThrow('Athena wants 10 MB at least');
});

test('a sandbox deletes it with its queries, production keeps it', () => {
  expect(only(workgroup(), 'AWS::Athena::WorkGroup')).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: { RecursiveDeleteOption: true },
  });
  expect(only(workgroup({}, DeploymentProfile.PRODUCTION), 'AWS::Athena::WorkGroup')).toMatchObject({
    DeletionPolicy: 'Retain',
    Properties: { RecursiveDeleteOption: false },
  });
});

test('its name is unique to the stack unless it is given', () => {
  expect(only(workgroup(), 'AWS::Athena::WorkGroup').Properties.Name).toMatch(/^Stack-?Queries/);
  expect(only(workgroup({ workgroupName: 'trading' }), 'AWS::Athena::WorkGroup').Properties.Name).toBe('trading');
});

test('its name may be a token', () => {
  const stack = newStack();
  const workgroupName = new CfnParameter(stack, 'Name').valueAsString;
  new QueryWorkgroup(stack, 'Queries', { lake: newLake(stack), workgroupName });
  expect(only(stack, 'AWS::Athena::WorkGroup').Properties.Name).toEqual({ Ref: 'Name' });
});

test('is a port: engine and name', () => {
  const stack = newStack();
  const queries = new QueryWorkgroup(stack, 'Queries', { lake: newLake(stack) });
  expect(queries.engine).toBe(QueryEngine.ATHENA);
  expect(stack.resolve(queries.workgroupName)).toEqual({ Ref: expect.stringMatching(/^Queries/) });
});

test('saved queries stand in it', () => {
  const savedQueries = [{ name: 'volume', sql: 'SELECT 1', database: 'gold', description: 'Why' }];
  expect(only(workgroup({ savedQueries }), 'AWS::Athena::NamedQuery').Properties).toEqual({
    Name: 'volume',
    Description: 'Why',
    Database: 'gold',
    QueryString: 'SELECT 1',
    WorkGroup: { Ref: expect.stringMatching(/^Queries/) },
  });
});

test('queries back in time stand ready, in the syntax of Athena', () => {
  const stack = newStack();
  const lake = newLake(stack);
  const table = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  new QueryWorkgroup(stack, 'Queries', { lake }).addTimeTravelQueries(table);
  const sql = Object.values(template(stack).findResources('AWS::Athena::NamedQuery')).map(({ Properties }) =>
    Properties.QueryString['Fn::Join'][1].map((part: Json) => (typeof part === 'string' ? part : 'bronze')).join(''),
  );
  expect(sql).toEqual([
    'SELECT committed_at, snapshot_id, operation, summary\nFROM "bronze"."trades$snapshots"\nORDER BY committed_at DESC',
    `SELECT *\nFROM "bronze"."trades" FOR TIMESTAMP AS OF (current_timestamp - INTERVAL '1' DAY)\nLIMIT 100`,
    '-- Replace the number with a snapshot_id of the query "bronze.trades: snapshots".\n' +
      'SELECT *\nFROM "bronze"."trades" FOR VERSION AS OF 1234567890123456789\nLIMIT 100',
  ]);
});

test('the grant opens this workgroup and its results, and no table', () => {
  const stack = newStack();
  const queries = new QueryWorkgroup(stack, 'Queries', { lake: newLake(stack), resultPrefix: 'results' });
  queries.grantQuery(new iam.Role(stack, 'Analyst', { assumedBy: new iam.AccountRootPrincipal() }));
  const all = statements(stack);
  const start = all.find(({ Action }) => [Action].flat().includes('athena:StartQueryExecution'));
  expect(JSON.stringify(start.Resource)).toMatch(/:workgroup\/",\{"Ref":"Queries/);
  const objects = all.filter(({ Action }) => [Action].flat().some((action: string) => /Object$/.test(action)));
  for (const { Resource } of objects) expect(JSON.stringify(Resource)).toContain('/results/*');
  expect(JSON.stringify(all)).not.toContain('glue:');
});
