import { App, BootstraplessSynthesizer, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { renderIcebergTable } from '../../../lib/lakehouse/private/iceberg-renderer';
import { type Column, ColumnType, PartitionTransform, RecordSchema, SchemaLedger } from '../../../lib/schema';

// The templates that anyone with an account can deploy to see whether CloudFormation creates and evolves a table in our
// shape (docs/smoke). They come from the renderer itself; UPDATE_SMOKE=1 writes them anew.
const FOLDER = path.join(__dirname, '../../../docs/smoke');

const FIRST: Column[] = [
  { name: 'trade_id', type: ColumnType.STRING },
  { name: 'price', type: ColumnType.decimal(18, 8) },
  { name: 'lots', type: ColumnType.INT },
  { name: 'traded_at', type: ColumnType.TIMESTAMPTZ },
];
const SECOND: Column[] = [
  ...FIRST.map((column) => (column.name === 'lots' ? { ...column, type: ColumnType.LONG } : column)),
  { name: 'venue', type: ColumnType.STRING },
];

function template(columns: Column[]): string {
  const stack = new Stack(new App(), 'IcebergSmoke', { synthesizer: new BootstraplessSynthesizer() });
  const bucket = new s3.CfnBucket(stack, 'Bucket');
  bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
  const database = new glue.CfnDatabase(stack, 'Database', {
    catalogId: stack.account,
    databaseInput: { name: 'iceberg_smoke' },
  });
  const shape = SchemaLedger.provisional({
    name: 'smoke.trades',
    schema: new RecordSchema({ name: 'trade', columns }),
    partitionedBy: [PartitionTransform.day('traded_at')],
  });
  const table = new glue.CfnTable(
    stack,
    'Table',
    renderIcebergTable({
      catalogId: stack.account,
      databaseName: database.ref,
      tableName: 'trades',
      location: `s3://${bucket.ref}/smoke/trades`,
      formatVersion: '2',
      shape,
      properties: { 'write.format.default': 'parquet' },
    }),
  );
  table.applyRemovalPolicy(RemovalPolicy.DESTROY);
  new CfnOutput(stack, 'DatabaseName', { value: database.ref });
  new CfnOutput(stack, 'BucketName', { value: bucket.ref });
  return `${JSON.stringify(Template.fromStack(stack).toJSON(), null, 2)}\n`;
}

test.each([
  ['1-create.json', FIRST],
  ['2-evolve.json', SECOND],
])('%s is what the renderer gives', (file, columns) => {
  const rendered = template(columns);
  if (process.env.UPDATE_SMOKE) writeFileSync(path.join(FOLDER, file), rendered);
  expect(readFileSync(path.join(FOLDER, file), 'utf8')).toBe(rendered);
});
