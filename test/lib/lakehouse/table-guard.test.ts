import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataBucket, DataKey, DeploymentProfile } from '../../../lib/foundation';
import { IcebergTable, type IcebergTableProps, LakeDatabase, MedallionLayer } from '../../../lib/lakehouse';
import { RecordSchema, SortField } from '../../../lib/schema';
import {
  type Json,
  byDay,
  keyedSchema,
  ledger,
  newLake,
  newStack,
  only,
  rawSchema,
  resources,
  statements,
  template,
  tradeSchema,
} from './fixture';

const GUARD = 'Custom::IcebergTableGuard';

function newTable(stack: Stack, props: Partial<IcebergTableProps> = {}): IcebergTable {
  return new IcebergTable(stack, 'Table', {
    database: LakeDatabase.fromDatabaseName(stack, 'Database', 'silver'),
    tableName: 'trades',
    ledgerName: 'silver.trades',
    schema: tradeSchema.conformed(),
    partitionedBy: byDay,
    ledger,
    bucket: DataBucket.fromBucket(stack, 'Bucket', s3.Bucket.fromBucketName(stack, 'Imported', 'lake')),
    ...props,
  });
}

function guardedStack(props: Partial<IcebergTableProps> = {}): Stack {
  const stack = newStack();
  newTable(stack, props);
  return stack;
}

const guardedState = (stack: Stack): Json => JSON.parse(only(stack, GUARD).Properties.Table);

describe('a table', () => {
  test('is created and changed after the guard has looked at it', () => {
    const stack = guardedStack();
    const [guard] = Object.keys(resources(stack, GUARD));
    expect(only(stack, 'AWS::Glue::Table').DependsOn).toContain(guard);
  });

  test('is looked at by nobody when it is not guarded', () => {
    const stack = guardedStack({ guarded: false });
    expect(resources(stack, GUARD)).toEqual({});
    expect(resources(stack, 'AWS::Lambda::Function')).toEqual({});
  });

  test('of a lake may be left unguarded, too', () => {
    const stack = newStack();
    newLake(stack).addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema, guarded: false });
    expect(resources(stack, GUARD)).toEqual({});
  });

  test('tells the guard what it is to be, with the ids of the ledger', () => {
    expect(guardedState(guardedStack({ sortedBy: [SortField.asc('trade_id')] }))).toMatchObject({
      formatVersion: 2,
      location: 's3://lake/silver/trades',
      fields: [
        { id: 5, name: 'trade_id', type: 'string', required: false },
        { id: 7, name: 'price', type: 'decimal(18, 8)' },
        { id: 11, name: 'traded_at', type: 'timestamptz' },
        { id: 20, name: 'is_valid', type: 'boolean' },
        { id: 31, type: { type: 'list', 'element-id': 44, 'element-required': false, element: 'string' } },
      ],
      identifierFieldIds: [],
      partitionFields: [{ fieldId: 1007, name: 'traded_at_day', transform: 'day', sourceId: 11 }],
      sortFields: [{ sourceId: 5, transform: 'identity', direction: 'asc', nullOrder: 'nulls-first' }],
      properties: { 'write.format.default': 'parquet' },
      lastColumnId: 44,
      lastPartitionId: 1007,
    });
  });

  test('tells the guard which ids its ledger has retired, for a person has given them up', () => {
    const { retiredColumns, retiredPartitions } = guardedState(
      guardedStack({ ledgerName: 'gold.keyed', schema: keyedSchema, partitionedBy: [] }),
    );
    expect(retiredColumns).toEqual([{ id: 3, path: 'note' }]);
    expect(retiredPartitions).toEqual([{ fieldId: 1000, name: 'note_bucket', transform: 'bucket[4]', sourceId: 3 }]);
  });

  test.each<[string, Partial<IcebergTableProps>]>([
    ['a comment', { schema: commented() }],
    ['a property', { properties: { 'write.target-file-size-bytes': '1' } }],
    ['the write order', { sortedBy: [SortField.asc('trade_id')] }],
    ['the prefix', { prefix: 'elsewhere' }],
  ])('calls the guard when %s changes, for CloudFormation rewrites the whole table then', (_, props) => {
    const [before, after] = [guardedStack(), guardedStack(props)];
    expect(only(after, 'AWS::Glue::Table')).not.toEqual(only(before, 'AWS::Glue::Table'));
    expect(only(after, GUARD).Properties.Table).not.toEqual(only(before, GUARD).Properties.Table);
  });

  test('may have tokens for its names', () => {
    const stack = newStack();
    const token = (id: string) => new CfnParameter(stack, id).valueAsString;
    newTable(stack, {
      database: LakeDatabase.fromDatabaseName(stack, 'TokenDatabase', token('DatabaseName')),
      tableName: token('TableName'),
      prefix: token('Prefix'),
      properties: { owner: token('Owner') },
    });
    const { DatabaseName, TableName, Table } = only(stack, GUARD).Properties;
    expect([DatabaseName, TableName]).toEqual([{ Ref: 'DatabaseName' }, { Ref: 'TableName' }]);
    const parts: Json[] = Table['Fn::Join'][1];
    expect(parts.filter((part) => typeof part !== 'string')).toEqual([{ Ref: 'Prefix' }, { Ref: 'Owner' }]);
    expect(JSON.parse(parts.map((part) => part.Ref ?? part).join(''))).toMatchObject({
      location: 's3://lake/Prefix',
      properties: { owner: 'Owner' },
    });
  });
});

function commented(): RecordSchema {
  const [first, ...others] = tradeSchema.conformed().columns;
  return new RecordSchema({ name: 'trade', columns: [{ ...first, doc: 'Another comment' }, ...others] });
}

describe('the function', () => {
  function twoLakes(): Stack {
    const stack = newStack();
    for (const id of ['One', 'Two']) {
      const lake = newLake(stack, id);
      lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
      const schema = tradeSchema.conformed();
      lake.addTable(MedallionLayer.SILVER, { tableName: 'trades', schema, partitionedBy: byDay });
    }
    return stack;
  }

  test('is one for all tables of a stack', () => {
    const guards = Object.values(resources(twoLakes(), GUARD));
    expect(guards).toHaveLength(4);
    expect(new Set(guards.map(({ Properties }) => JSON.stringify(Properties.ServiceToken))).size).toBe(1);
    expect(Object.keys(resources(twoLakes(), 'AWS::Lambda::Function'))).toHaveLength(1);
  });

  test('may read catalog entries and metadata files of the tables it guards, and ask how the stack is', () => {
    const stack = guardedStack();
    const allowed = statements(stack).flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action: string) => [Resource].flat().map((resource) => `${action} ${flat(resource)}`)),
    );
    expect(allowed.filter((each) => !each.startsWith('logs:')).sort()).toEqual([
      'cloudformation:DescribeStacks <AWS::StackId>',
      'glue:GetTable arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:catalog',
      'glue:GetTable arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:database/silver',
      'glue:GetTable arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table/silver/trades',
      's3:GetObject arn:<AWS::Partition>:s3:::lake/silver/trades/metadata/*',
    ]);
  });

  test('may decrypt with the key of the lake and nothing more', () => {
    const stack = newStack();
    const key = new DataKey(stack, 'Key');
    newTable(stack, { bucket: new DataBucket(stack, 'Data', { key }) });
    const actions = statements(stack).flatMap(({ Action }) => [Action].flat());
    expect(actions.filter((action: string) => action.startsWith('kms:'))).toEqual(['kms:Decrypt']);
  });

  test('logs under the key of the lake, which allows that once', () => {
    const stack = newStack();
    newLake(stack).addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema });
    const [keyId] = Object.keys(resources(stack, 'AWS::KMS::Key'));
    const [group] = Object.entries(resources(stack, 'AWS::Logs::LogGroup')).filter(([id]) => id.includes('Guard'));
    expect(group[1].Properties.KmsKeyId).toEqual({ 'Fn::GetAtt': [keyId, 'Arn'] });
    const policy: Json[] = resources(stack, 'AWS::KMS::Key')[keyId].Properties.KeyPolicy.Statement;
    expect(policy.filter(({ Sid }) => Sid === 'LogGroups')).toHaveLength(1);
  });

  test('brings a key for its logs where that of the table is not known', () => {
    expect(Object.keys(resources(guardedStack(), 'AWS::KMS::Key'))).toHaveLength(1);
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:111122223333:key/a');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Known', { bucketName: 'lake', encryptionKey: key });
    newTable(stack, { bucket: DataBucket.fromBucket(stack, 'Data', bucket) });
    expect(Object.keys(resources(stack, 'AWS::KMS::Key'))).toHaveLength(0);
  });

  test('keeps its logs as long as the profile says', () => {
    const days = (profile: DeploymentProfile) =>
      only(guardedStack({ profile }), 'AWS::Logs::LogGroup').Properties.RetentionInDays;
    expect([days(DeploymentProfile.SANDBOX), days(DeploymentProfile.PRODUCTION)]).toEqual([14, 365]);
  });

  test('is waited for for minutes, not for the hour of CloudFormation', () => {
    expect(only(guardedStack(), GUARD).Properties.ServiceTimeout).toBe('300');
  });

  test('stands in the stack of its table, one a stack', () => {
    const stack = newStack();
    newTable(stack);
    const other = new Stack(stack.node.root as never, 'Other');
    newTable(other);
    for (const each of [stack, other]) {
      template(each).resourceCountIs('AWS::Lambda::Function', 1);
    }
  });
});

/** An ARN with `<Name>` in place of references. */
function flat(value: Json): string {
  if (typeof value === 'string') return value;
  if (value['Fn::GetAtt']) return `<${value['Fn::GetAtt'].join('.')}>`;
  return value.Ref ? `<${value.Ref}>` : value['Fn::Join'][1].map(flat).join('');
}
