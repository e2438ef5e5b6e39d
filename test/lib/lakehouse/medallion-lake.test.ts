import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DataBucket, DataKey, DeploymentProfile } from '../../../lib/foundation';
import { LakeDatabase, MedallionLayer } from '../../../lib/lakehouse';
import { type Json, byDay, newLake, newStack, only, rawSchema, template, tradeSchema } from './fixture';

function databaseNames(stack: Stack): Json[] {
  const databases = Object.values(template(stack).findResources('AWS::Glue::Database'));
  return databases.map((database) => database.Properties.DatabaseInput.Name).sort();
}

describe('databases', () => {
  test('are three, named after stack and lake, so that two lakes fit into an account', () => {
    const stack = newStack();
    newLake(stack, 'One');
    newLake(stack, 'Two');
    const names = databaseNames(stack);
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(/^stack_?(one|two)\w*_(bronze|silver|gold)$/);
  });

  test('have the bare names with an empty prefix', () => {
    const stack = newStack();
    newLake(stack, 'Lake', { databasePrefix: '' });
    expect(databaseNames(stack)).toEqual(['bronze', 'gold', 'silver']);
  });

  test('that exist are adopted', () => {
    const stack = newStack();
    const theirs = LakeDatabase.fromDatabaseName(stack, 'Theirs', 'their_silver');
    const lake = newLake(stack, 'Lake', { databasePrefix: '', silverDatabase: theirs });
    expect(databaseNames(stack)).toEqual(['bronze', 'gold']);
    expect(lake.database(MedallionLayer.SILVER).databaseName).toBe('their_silver');
  });

  test('outlive their stack in production', () => {
    const stack = newStack();
    newLake(stack, 'Lake', { profile: DeploymentProfile.PRODUCTION });
    template(stack).allResources('AWS::Glue::Database', { DeletionPolicy: 'Retain' });
  });

  test('end with their stack in a sandbox', () => {
    const stack = newStack();
    newLake(stack);
    template(stack).allResources('AWS::Glue::Database', { DeletionPolicy: 'Delete' });
  });

  test.each(['Lake-', 'lake.', 'läke'])('refuse the prefix %p', (databasePrefix) => {
    expect(() => newLake(newStack(), 'Lake', { databasePrefix })).toThrow(`Database name '${databasePrefix}bronze'`);
  });

  test('may have a token as prefix', () => {
    const stack = newStack();
    newLake(stack, 'Lake', { databasePrefix: new CfnParameter(stack, 'Prefix').valueAsString });
    expect(databaseNames(stack)).toContainEqual({ 'Fn::Join': ['', [{ Ref: 'Prefix' }, 'gold']] });
  });
});

describe('key and bucket', () => {
  test('are one each, and the bucket is encrypted with the key', () => {
    const stack = newStack();
    newLake(stack);
    const key = Object.keys(template(stack).findResources('AWS::KMS::Key'))[0];
    const buckets = Object.values(template(stack).findResources('AWS::S3::Bucket'));
    const encrypted = buckets.filter(({ Properties }) => JSON.stringify(Properties.BucketEncryption).includes(key));
    expect(encrypted).toHaveLength(1);
  });

  test('that exist are adopted', () => {
    const stack = newStack();
    const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'lake', encryptionKey: key });
    const lake = newLake(stack, 'Lake', { bucket: DataBucket.fromBucket(stack, 'Adopted', bucket) });
    template(stack).resourceCountIs('AWS::S3::Bucket', 0);
    template(stack).resourceCountIs('AWS::KMS::Key', 0);
    expect(lake.key.key).toBe(key);
  });

  test('of a bucket without a known key is a new one', () => {
    const stack = newStack();
    const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'lake');
    newLake(stack, 'Lake', { bucket: DataBucket.fromBucket(stack, 'Adopted', bucket) });
    template(stack).resourceCountIs('AWS::KMS::Key', 1);
  });

  test('given is used', () => {
    const stack = newStack();
    const key = new DataKey(stack, 'Mine');
    expect(newLake(stack, 'Lake', { key }).key).toBe(key);
    template(stack).resourceCountIs('AWS::KMS::Key', 1);
  });
});

describe('tables', () => {
  test('stand in the database of their layer, under its folder', () => {
    const stack = newStack();
    newLake(stack).addTable(MedallionLayer.SILVER, {
      tableName: 'trades',
      schema: tradeSchema.conformed(),
      partitionedBy: byDay,
    });
    const table = only(stack, 'AWS::Glue::Table').Properties;
    expect(table.DatabaseName).toEqual({ Ref: expect.stringMatching(/^LakeSilver/) });
    const { Location } = table.OpenTableFormatInput.IcebergInput.IcebergTableInput;
    expect(Location['Fn::Join'][1].at(-1)).toBe('/silver/trades');
  });

  test('keep their name in the ledger whatever the databases are called', () => {
    const stack = newStack();
    const lake = newLake(stack, 'Lake', { databasePrefix: 'other_' });
    expect(() => lake.addTable(MedallionLayer.BRONZE, { tableName: 'trades', schema: rawSchema })).not.toThrow();
    expect(() => lake.addTable(MedallionLayer.GOLD, { tableName: 'trades', schema: rawSchema })).toThrow(
      /gold\.trades/,
    );
  });
});
