import { CfnParameter, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataBucket, DataKey, DeploymentProfile } from '../../../lib/foundation';
import {
  IcebergFormatVersion,
  IcebergTable,
  type IcebergTableProps,
  IcebergWriteMode,
  LakeDatabase,
} from '../../../lib/lakehouse';
import { ColumnType, RecordSchema, SortField } from '../../../lib/schema';
import {
  type Json,
  byDay,
  keyedSchema,
  ledger,
  newStack,
  only,
  rawSchema,
  statements,
  template,
  tradeSchema,
} from './fixture';

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

function icebergInput(stack: Stack): Json {
  return only(stack, 'AWS::Glue::Table').Properties.OpenTableFormatInput.IcebergInput;
}

describe('the CloudFormation shape', () => {
  const stack = newStack();
  newTable(stack);

  test('has no TableInput, for the first update of a table with one destroys it', () => {
    expect(Object.keys(only(stack, 'AWS::Glue::Table').Properties).sort()).toEqual([
      'CatalogId',
      'DatabaseName',
      'Name',
      'OpenTableFormatInput',
    ]);
  });

  test('is that of the facts page, with the ids of the ledger', () => {
    expect(icebergInput(stack)).toEqual({
      MetadataOperation: 'CREATE',
      Version: '2',
      IcebergTableInput: {
        Location: 's3://lake/silver/trades',
        Schema: {
          Type: 'struct',
          Fields: [
            { Id: 5, Name: 'trade_id', Type: 'string', Required: false, Doc: 'Identifies the trade' },
            { Id: 7, Name: 'price', Type: 'decimal(18, 8)', Required: false },
            { Id: 11, Name: 'traded_at', Type: 'timestamptz', Required: false },
            expect.objectContaining({ Id: 20, Name: 'is_valid', Type: 'boolean', Required: false }),
            expect.objectContaining({
              Id: 31,
              Name: 'validation_errors',
              Type: '{"type":"list","element-id":44,"element-required":false,"element":"string"}',
            }),
          ],
        },
        PartitionSpec: { Fields: [{ Name: 'traded_at_day', Transform: 'day', SourceId: 11, FieldId: 1007 }] },
        Properties: {
          'write.delete.mode': 'copy-on-write',
          'write.format.default': 'parquet',
          'write.merge.mode': 'copy-on-write',
          'write.metadata.delete-after-commit.enabled': 'true',
          'write.metadata.previous-versions-max': '100',
          'write.parquet.compression-codec': 'zstd',
          'write.update.mode': 'copy-on-write',
        },
      },
    });
  });

  test('says which columns identify a row when all of them are required', () => {
    const keyed = newStack();
    newTable(keyed, { ledgerName: 'gold.keyed', schema: keyedSchema, partitionedBy: [] });
    expect(icebergInput(keyed).IcebergTableInput.Schema.IdentifierFieldIds).toEqual([1]);
    expect(icebergInput(keyed).IcebergTableInput.Schema.Fields[0].Required).toBe(true);
  });

  test('has no partition spec and no write order when there is none', () => {
    const keyed = newStack();
    newTable(keyed, { ledgerName: 'gold.keyed', schema: keyedSchema, partitionedBy: [] });
    expect(icebergInput(keyed).IcebergTableInput).not.toHaveProperty('PartitionSpec');
    expect(icebergInput(keyed).IcebergTableInput).not.toHaveProperty('WriteOrder');
  });

  test('counts sort orders from 1, for 0 means unsorted', () => {
    const sorted = newStack();
    newTable(sorted, { sortedBy: [SortField.asc('trade_id'), SortField.desc('traded_at')] });
    expect(icebergInput(sorted).IcebergTableInput.WriteOrder).toEqual({
      OrderId: 1,
      Fields: [
        { SourceId: 5, Transform: 'identity', Direction: 'asc', NullOrder: 'nulls-first' },
        { SourceId: 11, Transform: 'identity', Direction: 'desc', NullOrder: 'nulls-last' },
      ],
    });
  });

  test('stands in the catalog of the account', () => {
    expect(only(stack, 'AWS::Glue::Table').Properties.CatalogId).toEqual({ Ref: 'AWS::AccountId' });
  });
});

describe('properties', () => {
  test('keep no statistics of payloads, whose bytes need not be UTF-8', () => {
    const stack = newStack();
    newTable(stack, { ledgerName: 'bronze.trades', schema: rawSchema, partitionedBy: [] });
    expect(icebergInput(stack).IcebergTableInput.Properties).toMatchObject({
      'write.metadata.metrics.column.raw_payload': 'none',
    });
  });

  test('keep no statistics of the columns that are said to be opaque', () => {
    const stack = newStack();
    newTable(stack, { opaqueColumns: ['trade_id'] });
    expect(icebergInput(stack).IcebergTableInput.Properties).toMatchObject({
      'write.metadata.metrics.column.trade_id': 'none',
    });
  });

  test('refuse an opaque column that does not exist', () => {
    expect(() => newTable(newStack(), { opaqueColumns: ['payload'] })).toThrow(
      "silver.trades: opaqueColumns names 'payload', which is no column; columns are trade_id, price",
    );
  });

  test('follow the write mode', () => {
    const stack = newStack();
    newTable(stack, { writeMode: IcebergWriteMode.MERGE_ON_READ });
    expect(icebergInput(stack).IcebergTableInput.Properties).toMatchObject({
      'write.delete.mode': 'merge-on-read',
      'write.merge.mode': 'merge-on-read',
      'write.update.mode': 'merge-on-read',
    });
  });

  test('of the user win', () => {
    const stack = newStack();
    newTable(stack, { properties: { 'write.parquet.compression-codec': 'snappy' } });
    expect(icebergInput(stack).IcebergTableInput.Properties['write.parquet.compression-codec']).toBe('snappy');
  });

  test.each(['format-version', 'write.data.path', 'metadata_location', 'location'])('refuse %s', (name) => {
    expect(() => newTable(newStack(), { properties: { [name]: 'x' } })).toThrow(`property '${name}' cannot be set`);
  });

  test('warn that Athena reads no format version 3', () => {
    const stack = newStack();
    newTable(stack, {
      ledgerName: 'bronze.trades_of_version_3',
      schema: rawSchema,
      partitionedBy: [],
      formatVersion: IcebergFormatVersion.V3,
    });
    expect(icebergInput(stack).Version).toBe('3');
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('Athena does not read format version 3'));
  });
});

describe('the ledger', () => {
  const widened = new RecordSchema({
    name: 'trade',
    columns: [...tradeSchema.conformed().columns, { name: 'venue', type: ColumnType.STRING }],
  });

  test('fails the synthesis of a column that it does not know, with the remedy', () => {
    expect(() => newTable(newStack(), { schema: widened })).toThrow(/silver\.trades.*'venue'.*schema lock/s);
  });

  test('is not asked while schemas are gathered; the declaration stands in the metadata instead', () => {
    const stack = newStack({}, { 'cdk-data-patterns:declare-schemas': 'true' });
    const table = newTable(stack, { schema: widened });
    const [entry] = table.node.metadata.filter(({ type }) => type === 'cdk-data-patterns:table');
    expect(entry.data).toMatchObject({ ledger: ledger.path, table: { name: 'silver.trades' } });
    expect(icebergInput(stack).IcebergTableInput.Schema.Fields.map((field: Json) => field.Id)).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
  });
});

describe('names', () => {
  test.each(['Trades', 'my-trades', ''])('table name %p is refused', (tableName) => {
    expect(() => newTable(newStack(), { tableName })).toThrow(`Table name '${tableName}'`);
  });

  test.each(['', '/silver/trades', 'silver/trades/'])('prefix %p is refused', (prefix) => {
    expect(() => newTable(newStack(), { prefix })).toThrow(`prefix '${prefix}'`);
  });

  test('may be tokens, as the database and the prefix too', () => {
    const stack = newStack();
    const token = (id: string) => new CfnParameter(stack, id).valueAsString;
    newTable(stack, {
      database: LakeDatabase.fromDatabaseName(stack, 'TokenDatabase', token('DatabaseName')),
      tableName: token('TableName'),
      prefix: token('Prefix'),
    });
    const table = only(stack, 'AWS::Glue::Table').Properties;
    expect([table.DatabaseName, table.Name]).toEqual([{ Ref: 'DatabaseName' }, { Ref: 'TableName' }]);
    expect(icebergInput(stack).IcebergTableInput.Location).toEqual({
      'Fn::Join': ['', ['s3://lake/', { Ref: 'Prefix' }]],
    });
  });
});

describe('the life of a table', () => {
  function ownResources(profile: DeploymentProfile): Stack {
    const stack = newStack();
    const key = new DataKey(stack, 'Key', { profile });
    newTable(stack, {
      profile,
      database: new LakeDatabase(stack, 'Own', { databaseName: 'silver', profile }),
      bucket: new DataBucket(stack, 'Data', { key, profile }),
    });
    return stack;
  }

  test('outlives its stack in production', () => {
    expect(only(ownResources(DeploymentProfile.PRODUCTION), 'AWS::Glue::Table')).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('ends with its stack in a sandbox', () => {
    expect(only(ownResources(DeploymentProfile.SANDBOX), 'AWS::Glue::Table').DeletionPolicy).toBe('Delete');
  });

  test('outlives its stack when nothing is said', () => {
    const stack = newStack();
    newTable(stack);
    expect(only(stack, 'AWS::Glue::Table').DeletionPolicy).toBe('Retain');
  });

  test('begins after bucket and database, which the location does not say to CloudFormation', () => {
    const stack = ownResources(DeploymentProfile.SANDBOX);
    const buckets = Object.keys(template(stack).findResources('AWS::S3::Bucket'));
    const [database] = Object.keys(template(stack).findResources('AWS::Glue::Database'));
    const dependsOn: string[] = only(stack, 'AWS::Glue::Table').DependsOn;
    expect(dependsOn).toEqual(
      expect.arrayContaining([database, buckets.find((id) => id.startsWith('DataResource')) ?? buckets[0]]),
    );
  });
});

describe('grants', () => {
  function granted(grant: (table: IcebergTable, role: iam.IRole) => void): Json[] {
    const stack = newStack();
    const key = new DataKey(stack, 'Key');
    const table = newTable(stack, { bucket: new DataBucket(stack, 'Data', { key }), guarded: false });
    grant(table, new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }));
    return statements(stack);
  }
  const actions = (all: Json[]) => all.flatMap((statement) => statement.Action).sort();

  test('read', () => {
    expect(actions(granted((table, role) => table.grantRead(role)))).toEqual([
      'glue:GetDatabase',
      'glue:GetPartitions',
      'glue:GetTable',
      'glue:GetTables',
      'kms:Decrypt',
      's3:GetObject',
      's3:ListBucket',
    ]);
  });

  test('write, which neither creates nor drops a table', () => {
    expect(actions(granted((table, role) => table.grantWrite(role)))).toEqual([
      'glue:GetTable',
      'glue:UpdateTable',
      'kms:Decrypt',
      'kms:GenerateDataKey',
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:PutObject',
    ]);
  });

  test('reach catalog, database and table, and no other', () => {
    const [catalog] = granted((table, role) => table.grantRead(role));
    const arn = (path: string) => ({
      'Fn::Join': [
        '',
        [
          'arn:',
          { Ref: 'AWS::Partition' },
          ':glue:',
          { Ref: 'AWS::Region' },
          ':',
          { Ref: 'AWS::AccountId' },
          `:${path}`,
        ],
      ],
    });
    expect(catalog.Resource).toEqual([arn('catalog'), arn('database/silver'), arn('table/silver/trades')]);
  });

  test('reach the files under the prefix of the table, and no other', () => {
    const all = granted((table, role) => table.grantReadWrite(role));
    const files = all.filter((statement) =>
      [statement.Action].flat().some((action: string) => /s3:.*Object/.test(action)),
    );
    expect(JSON.stringify(files.map((statement) => statement.Resource))).not.toMatch(/"\/\*"/);
    for (const statement of files) expect(JSON.stringify(statement.Resource)).toContain('/silver/trades/*');
  });

  test('list names under the prefix only', () => {
    const listing = granted((table, role) => table.grantRead(role)).find(({ Action }) => Action === 's3:ListBucket');
    expect(listing.Condition).toEqual({ StringLike: { 's3:prefix': ['silver/trades', 'silver/trades/*'] } });
  });

  test('of an existing table are the same', () => {
    const own = granted((table, role) => table.grantReadWrite(role));
    const stack = newStack();
    const key = new DataKey(stack, 'Key');
    const bucket = new DataBucket(stack, 'Data', { key }).bucket;
    const table = IcebergTable.fromIcebergTableAttributes(stack, 'Existing', {
      databaseName: 'silver',
      tableName: 'trades',
      bucket,
      prefix: 'silver/trades',
    });
    table.grantReadWrite(new iam.Role(stack, 'Reader', { assumedBy: new iam.AccountRootPrincipal() }));
    expect(actions(statements(stack))).toEqual(actions(own));
    expect(stack.resolve(table.location)).toEqual({
      'Fn::Join': ['', ['s3://', stack.resolve(bucket.bucketName), '/silver/trades']],
    });
  });
});
