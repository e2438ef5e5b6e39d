import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ledgerText } from '../../support/ledger';
import { PaymentsLakehouse } from './docs-example';
import { FakeTopic } from './fixture';

const COLUMNS = {
  'bronze.payments': ['raw_payload string', 'source string', 'ingested_at timestamptz'],
  'silver.payments': [
    'payment_id string',
    'amount decimal(18, 2)',
    'paid_at timestamptz',
    'is_valid boolean',
    'validation_errors list',
    'validation_errors.element string',
  ],
};

function exampleLedger(): string {
  const tables = Object.entries(COLUMNS).map(([name, columns]) => [
    name,
    {
      lastColumnId: columns.length,
      lastPartitionId: 1000,
      columns: columns.map((column, index) => {
        const [path, type] = column.split(/ (.*)/);
        return { id: index + 1, path, type };
      }),
      partitions: name.startsWith('silver') ? [{ id: 1000, name: 'paid_at_day', transform: 'day', source: 3 }] : [],
    },
  ]);
  return ledgerText(Object.fromEntries(tables));
}

test('the example of docs/lakehouse.md is this one', () => {
  const [, fence] = /```ts\n(.*?)```/s.exec(readFileSync('docs/lakehouse.md', 'utf8')) ?? [];
  const source = readFileSync(join(__dirname, 'docs-example.ts'), 'utf8');
  expect(fence).toBe(source.replace(/'(\.\.\/)+lib\/\w+'/g, "'cdk-data-patterns'"));
});

test('it synthesizes', () => {
  const directory = mkdtempSync(join(tmpdir(), 'lakehouse-docs-'));
  writeFileSync(join(directory, 'schemas.lock.json'), exampleLedger());
  for (const step of ['silver', 'gold']) writeFileSync(join(directory, `${step}.sql`), 'SELECT 1;\n');
  const app = new App();
  const topic = new FakeTopic(new Stack(app, 'Streaming'), 'Topic');
  const template = Template.fromStack(new PaymentsLakehouse(app, 'Payments', { topic, directory }));
  template.resourceCountIs('AWS::Glue::Table', 2);
  template.resourceCountIs('AWS::Glue::Job', 4);
});
