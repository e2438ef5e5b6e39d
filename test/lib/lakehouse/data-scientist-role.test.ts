import { Size } from 'aws-cdk-lib';
import { AccountRootPrincipal, ArnPrincipal } from 'aws-cdk-lib/aws-iam';
import { DataScientistRole, MedallionLayer } from '../../../lib/lakehouse';
import { byDay, newLake, newStack, only, rawSchema, resources, tradeSchema, type Json } from './fixture';

function lakeWithTables() {
  const stack = newStack();
  const lake = newLake(stack);
  const bronze = lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
  const schema = tradeSchema.conformed();
  const silver = lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
  return { stack, lake, bronze, silver };
}

describe('the role', () => {
  const { stack, lake, silver } = lakeWithTables();
  new DataScientistRole(stack, 'Exploration', {
    lake,
    assumedBy: new ArnPrincipal('arn:aws:iam::111122223333:role/people'),
    tables: [silver],
    bytesScannedLimit: Size.gibibytes(2),
  });
  // The lake brings functions with roles of their own.
  const [[, policy]] = Object.entries(resources(stack, 'AWS::IAM::Policy')).filter(([id]) =>
    id.startsWith('Exploration'),
  );
  const granted: Json[] = policy.Properties.PolicyDocument.Statement;
  const actions: string[] = granted.flatMap(({ Action }) => Action);

  test('is for those it was made for', () => {
    const [[, role]] = Object.entries(resources(stack, 'AWS::IAM::Role')).filter(([id]) =>
      id.startsWith('Exploration'),
    );
    expect(role.Properties.AssumeRolePolicyDocument.Statement[0].Principal).toEqual({
      AWS: 'arn:aws:iam::111122223333:role/people',
    });
  });

  test('queries through a workgroup whose limit nobody can lift', () => {
    const { WorkGroupConfiguration: settings } = only(stack, 'AWS::Athena::WorkGroup').Properties;
    expect(settings).toMatchObject({ EnforceWorkGroupConfiguration: true, BytesScannedCutoffPerQuery: 2 * 2 ** 30 });
  });

  test('changes no table', () => {
    expect(actions).toContain('glue:GetTable');
    expect(actions.filter((action) => /glue:(Update|Create|Delete)/.test(action))).toEqual([]);
  });

  test('writes query results and nothing else', () => {
    const writing = granted.filter(({ Action }) => [Action].flat().includes('s3:PutObject'));
    expect(writing.map(({ Resource }) => JSON.stringify(Resource))).toEqual([
      expect.stringContaining('/query-results/'),
    ]);
  });

  test('reads the table, the models and its own results, and nothing of bronze', () => {
    const reading = granted
      .filter(({ Action }) => [Action].flat().includes('s3:GetObject'))
      .flatMap(({ Resource }) => [Resource].flat().map((each) => JSON.stringify(each)));
    expect(reading).toHaveLength(3);
    expect(reading.join()).toMatch(/silver\/trades\/\*/);
    expect(reading.join()).toMatch(/models\/\*/);
    expect(reading.join()).not.toMatch(/bronze/);
  });
});

test('a table of bronze is refused', () => {
  const { stack, lake, bronze } = lakeWithTables();
  expect(
    () =>
      new DataScientistRole(stack, 'Exploration', { lake, assumedBy: new AccountRootPrincipal(), tables: [bronze] }),
  ).toThrow(
    'Stack/Exploration: table trades is of bronze, where payloads stand as they came; give tables of silver and gold.',
  );
});
