import { App, CfnParameter, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { DataPlatformChecks } from '../../../lib/checks';
import { DataKey, DeploymentProfile } from '../../../lib/foundation';
import { acknowledgeInlinePolicy } from '../../../lib/foundation/private/acknowledge';
import {
  QueryWorkgroup,
  S3Table,
  S3TableBucket,
  S3TableNamespace,
  type S3TableProps,
  SparkJob,
  TableMaintenance,
} from '../../../lib/lakehouse';
import { ColumnType, RecordSchema, SortField } from '../../../lib/schema';
import {
  type Json,
  byDay,
  file,
  flat,
  keyedSchema,
  ledger,
  newLake,
  newStack,
  only,
  resources,
  statements,
  template,
  tradeSchema,
} from './fixture';

const TABLE = 'AWS::S3Tables::Table';
const BUCKET = 'AWS::S3Tables::TableBucket';
const GUARD = 'Custom::IcebergTableGuard';
const profile = DeploymentProfile.SANDBOX;
const EXISTING = {
  tableArn: 'arn:aws:s3tables:eu-central-1:111122223333:bucket/lake/table/1f3b',
  location: 's3://1f3b--table-s3',
};

function newTable(stack: Stack, props: Partial<S3TableProps> = {}, suffix = ''): S3Table {
  const tableBucket = new S3TableBucket(stack, `Tables${suffix}`, { profile });
  const namespace = new S3TableNamespace(stack, `Silver${suffix}`, { tableBucket, namespaceName: 'silver', profile });
  return new S3Table(stack, `Trades${suffix}`, {
    namespace,
    tableName: 'trades',
    ledger,
    ledgerName: 'silver.trades',
    schema: tradeSchema.conformed(),
    partitionedBy: byDay,
    profile,
    ...props,
  });
}

function stackWith(props: Partial<S3TableProps> = {}, stackProps: StackProps = {}): Stack {
  const stack = newStack(stackProps);
  newTable(stack, props);
  return stack;
}

describe('a table', () => {
  test('is created with the ids of the ledger, nested ones too, and without descriptions', () => {
    const { Properties } = only(stackWith(), TABLE);
    expect(Properties.OpenTableFormat).toBe('ICEBERG');
    expect(Properties.IcebergMetadata.IcebergSchemaV2).toEqual({
      SchemaV2FieldType: 'struct',
      SchemaV2FieldList: [
        { Id: 5, Name: 'trade_id', Required: false, Type: 'string' },
        { Id: 7, Name: 'price', Required: false, Type: 'decimal(18, 8)' },
        { Id: 11, Name: 'traded_at', Required: false, Type: 'timestamptz' },
        { Id: 20, Name: 'is_valid', Required: false, Type: 'boolean' },
        {
          Id: 31,
          Name: 'validation_errors',
          Required: false,
          Type: { type: 'list', 'element-id': 44, 'element-required': false, element: 'string' },
        },
      ],
    });
    expect(Properties.IcebergMetadata.IcebergPartitionSpec).toEqual({
      Fields: [{ Name: 'traded_at_day', Transform: 'day', SourceId: 11, FieldId: 1007 }],
    });
  });

  test('says what identifies its rows, in which order they are written, and how', () => {
    const stack = stackWith({
      ledgerName: 'gold.keyed',
      schema: keyedSchema,
      partitionedBy: [],
      sortedBy: [SortField.desc('amount')],
      properties: { owner: 'desk' },
    });
    const { IcebergMetadata } = only(stack, TABLE).Properties;
    expect(IcebergMetadata.IcebergSchemaV2.IdentifierFieldIds).toEqual([1]);
    expect(IcebergMetadata.IcebergSortOrder).toEqual({
      OrderId: 1,
      Fields: [{ SourceId: 2, Transform: 'identity', Direction: 'desc', NullOrder: 'nulls-last' }],
    });
    expect(IcebergMetadata.TableProperties).toMatchObject({ owner: 'desk', 'write.delete.mode': 'copy-on-write' });
    // S3 Tables removes old metadata files itself.
    expect(Object.keys(IcebergMetadata.TableProperties).filter((name) => name.includes('metadata'))).toEqual([]);
  });

  test('is refused by the ledger as any table: a column of another type', () => {
    const schema = new RecordSchema({ name: 'keyed', columns: [{ name: 'id', type: ColumnType.STRING }] });
    expect(() => stackWith({ ledgerName: 'gold.keyed', schema, partitionedBy: [] })).toThrow(
      /gold\.keyed: column 'amount' \(id 2\) is no longer declared/,
    );
  });

  test.each(['', 'Trades', '_trades', 'a-b', 'x'.repeat(256)])('has no name such as %p', (tableName) => {
    expect(() => stackWith({ tableName })).toThrow(/lower-case letters, digits and underscores/);
  });

  test('stays when a production stack goes, or when it would be replaced', () => {
    expect(only(stackWith({ profile: DeploymentProfile.PRODUCTION }), TABLE)).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
    expect(only(stackWith(), TABLE)).toMatchObject({ DeletionPolicy: 'Delete' });
  });

  test('has the address that the engines know', () => {
    const stack = newStack();
    const table = newTable(stack);
    expect([table.databaseName, table.tableName]).toEqual(['silver', 'trades']);
    const [id] = Object.keys(resources(stack, TABLE));
    expect(stack.resolve([table.tableArn, table.location])).toEqual([
      { 'Fn::GetAtt': [id, 'TableARN'] },
      { 'Fn::GetAtt': [id, 'WarehouseLocation'] },
    ]);
  });
});

describe('the guard', () => {
  test('looks before CloudFormation does anything, and knows who creates the table', () => {
    const stack = stackWith();
    const [guard] = Object.keys(resources(stack, GUARD));
    expect(only(stack, TABLE).DependsOn).toContain(guard);
    expect(only(stack, GUARD).Properties).toMatchObject({
      DatabaseName: 'silver',
      TableName: 'trades',
      LedgerName: 'silver.trades',
      Creates: 'true',
      Keeps: 'false',
    });
    const state = JSON.parse(only(stack, GUARD).Properties.Table);
    expect(state).toMatchObject({ formatVersion: 2, lastColumnId: 44, lastPartitionId: 1007 });
    // The description of trade_id is in no template, so that a change of it changes none.
    expect(JSON.stringify(state)).not.toContain('Identifies the trade');
  });

  test('reads nothing of a table that CloudFormation creates', () => {
    const actions = statements(stackWith()).flatMap(({ Action }) => Action);
    expect(actions.filter((action: string) => action.startsWith('s3tables:'))).toEqual([]);
  });

  test('may read the metadata of a table that exists, and nothing else of it', () => {
    const stack = stackWith({ existingTable: EXISTING });
    expect(resources(stack, TABLE)).toEqual({});
    expect(only(stack, GUARD).Properties).toMatchObject({ Creates: 'false' });
    expect(statements(stack)).toContainEqual({
      Effect: 'Allow',
      Action: ['s3tables:GetTableData', 's3tables:GetTableMetadataLocation'],
      Resource: EXISTING.tableArn,
    });
  });

  test('is left out on request', () => {
    expect(resources(stackWith({ guarded: false }), GUARD)).toEqual({});
  });
});

describe('grants', () => {
  function granted(grant: (table: S3Table, role: iam.Role) => void): Json[] {
    const stack = newStack();
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
    grant(newTable(stack, { guarded: false }), role);
    return statements(stack).map(({ Action, Resource }) => [Action, flat(Resource['Fn::GetAtt']?.[1] ?? Resource)]);
  }

  test('reading opens this table, the names above it and the key', () => {
    expect(granted((table, role) => table.grantRead(role))).toEqual([
      [['s3tables:GetTable', 's3tables:GetTableData', 's3tables:GetTableMetadataLocation'], 'TableARN'],
      [['s3tables:GetNamespace', 's3tables:GetTableBucket'], 'TableBucketARN'],
      ['kms:Decrypt', 'Arn'],
    ]);
  });

  test('writing commits to this table and encrypts', () => {
    const all = granted((table, role) => table.grantWrite(role));
    expect(all[0][0]).toEqual(
      expect.arrayContaining(['s3tables:PutTableData', 's3tables:UpdateTableMetadataLocation']),
    );
    expect(all[2]).toEqual([['kms:Decrypt', 'kms:GenerateDataKey'], 'Arn']);
    expect(all.flat(2).filter((action: string) => /Delete|Create|\*/.test(action))).toEqual([]);
  });

  test('of an imported table open that table', () => {
    const stack = newStack();
    const tableBucket = S3TableBucket.fromS3TableBucketAttributes(stack, 'Tables', {
      tableBucketArn: 'arn:aws:s3tables:eu-central-1:111122223333:bucket/lake',
    });
    const namespace = S3TableNamespace.fromNamespaceName(stack, 'Silver', tableBucket, 'silver');
    const table = S3Table.fromS3TableAttributes(stack, 'Trades', { namespace, tableName: 'trades', ...EXISTING });
    table.grantReadWrite(new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') }));
    expect(table).toMatchObject({ databaseName: 'silver', tableName: 'trades', ...EXISTING });
    expect(statements(stack).map(({ Resource }) => Resource)).toEqual(
      expect.arrayContaining([EXISTING.tableArn, tableBucket.tableBucketArn]),
    );
  });
});

test('a construct that knows tables by their name in the Glue catalog says so', () => {
  const stack = newStack();
  const table = newTable(stack);
  const lake = newLake(stack);
  expect(() => new TableMaintenance(stack, 'Maintenance', { lake }).addTable(table)).toThrow(
    'Stack/Maintenance: table Stack/Trades stands in S3 Tables, which this construct does not reach; give an IcebergTable',
  );
  expect(() => new QueryWorkgroup(stack, 'Queries', { lake }).addTimeTravelQueries(table)).toThrow(/in S3 Tables/);
});

describe('a table bucket', () => {
  test('is encrypted with a key that S3 Tables may use for maintenance, of this bucket alone', () => {
    const stack = stackWith();
    const { EncryptionConfiguration, TableBucketName } = only(stack, BUCKET).Properties;
    expect(EncryptionConfiguration.SSEAlgorithm).toBe('aws:kms');
    const key = resources(stack, 'AWS::KMS::Key')[EncryptionConfiguration.KMSKeyArn['Fn::GetAtt'][0]];
    const statement = key.Properties.KeyPolicy.Statement.find(({ Sid }: Json) => Sid === 'MaintenanceOfS3Tables');
    expect(statement).toMatchObject({
      Principal: { Service: 'maintenance.s3tables.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    });
    expect(flat(statement.Condition.StringLike['kms:EncryptionContext:aws:s3:arn'])).toMatch(
      new RegExp(`^arn:<AWS::Partition>:s3tables:<AWS::Region>:<AWS::AccountId>:bucket/${TableBucketName}/\\*$`),
    );
  });

  test('takes a key of its user', () => {
    const stack = newStack();
    const key = new DataKey(stack, 'Key', { profile });
    const { encryptionKey } = new S3TableBucket(stack, 'Tables', { key, profile });
    expect(encryptionKey).toBe(key.key);
    expect(Object.keys(resources(stack, 'AWS::KMS::Key'))).toHaveLength(1);
  });

  test.each(['', 'Lake', 'a_b', 'ab', '-lake', 'x'.repeat(64)])('has no name such as %p', (tableBucketName) => {
    expect(() => new S3TableBucket(newStack(), 'Tables', { tableBucketName })).toThrow(/use 3 to 63 lower-case/);
  });

  test('that exists is known by an ARN', () => {
    const from = (tableBucketArn: string) =>
      S3TableBucket.fromS3TableBucketAttributes(newStack(), 'Tables', { tableBucketArn });
    expect(() => from('arn:aws:s3:::lake')).toThrow(/is no ARN of a table bucket; give arn:PARTITION:s3tables/);
  });

  test('gives Spark a catalog of its own, beside that of the lake', () => {
    const stack = newStack({ env: { account: '111122223333', region: 'eu-central-1' } });
    const bucket = new S3TableBucket(stack, 'Tables', { profile });
    const conf = bucket.sparkConf('tables');
    expect(conf['spark.sql.catalog.tables.uri']).toBe(`https://s3tables.eu-central-1.${stack.urlSuffix}/iceberg`);
    const script = file('job.py', 'print(1)\n');
    new SparkJob(stack, 'Job', { lake: newLake(stack), script, sparkConf: conf });
    const text = JSON.stringify(only(stack, 'AWS::Glue::Job').Properties.DefaultArguments['--conf']);
    expect(text).toContain('spark.sql.catalog.tables.rest.signing-name=s3tables');
    expect(text).toContain('spark.sql.defaultCatalog=glue_catalog');
    expect(() => bucket.sparkConf('a b')).toThrow(/no name in Spark/);
  });
});

test.each(['', 'Silver', '_silver', 'x'.repeat(256)])('a namespace has no name such as %p', (name) => {
  const stack = newStack();
  const tableBucket = new S3TableBucket(stack, 'Tables', { profile });
  expect(() => S3TableNamespace.fromNamespaceName(stack, 'Silver', tableBucket, name)).toThrow(/Namespace '.*' would/);
});

describe('a stack', () => {
  test('may hold everything twice, with one guard', () => {
    const stack = newStack();
    for (const suffix of ['1', '2']) newTable(stack, {}, suffix);
    const names = Object.values(resources(stack, BUCKET)).map(({ Properties }) => Properties.TableBucketName);
    expect(new Set(names).size).toBe(2);
    expect(Object.keys(resources(stack, 'AWS::Lambda::Function'))).toHaveLength(1);
  });

  test.each(['cn-north-1', 'us-gov-west-1', 'eu-central-1'])(
    'in %s leaves the partition to CloudFormation',
    (region) => {
      const text = JSON.stringify(template(stackWith({}, { env: { account: '111122223333', region } })).toJSON());
      expect(text).toContain('{"Ref":"AWS::Partition"},":s3tables:');
      expect(text).not.toMatch(/arn:aws/);
    },
  );

  test('takes tokens for its names', () => {
    const stack = newStack();
    const name = new CfnParameter(stack, 'Name').valueAsString;
    newTable(stack, { tableName: name });
    expect(only(stack, TABLE).Properties.TableName).toEqual({ Ref: 'Name' });
  });

  test('gives the same bytes on every synthesis', () => {
    const render = () => JSON.stringify(template(stackWith()).toJSON());
    expect(render()).toBe(render());
  });
});

test.each([profile, DeploymentProfile.PRODUCTION])('cdk-nag and our own rules find nothing in %p', (each) => {
  const app = new App();
  const stack = new Stack(app, 'Stack');
  const table = newTable(stack, { profile: each });
  newTable(stack, { profile: each, existingTable: EXISTING }, 'Existing');
  const reader = new iam.Role(stack, 'Reader', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') });
  acknowledgeInlinePolicy(reader);
  table.grantReadWrite(reader);
  Validations.of(app).addPlugins(new DataPlatformChecks());
  app.synth();
  const findings = [new AwsSolutionsChecks(app), new NIST80053R5Checks(app)].flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  );
  expect(findings).toEqual([]);
});
