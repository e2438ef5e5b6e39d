// Times one decision of the bundled guard, from the event to its answer: a table with 1,000 columns, ten schemas and 500
// snapshots, a column added and one widened. Glue, S3 and CloudFormation are answered by this process, over HTTP.
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

const COLUMNS = 1000;
const SNAPSHOTS = 500;
const SCHEMAS = 10;
const LOCATION = 's3://lake/silver/wide';
const FILE = `${LOCATION}/metadata/00500-0a1b.metadata.json`;

const column = (id) => ({
  id,
  name: `column_${id}`,
  required: false,
  type: ['string', 'int', 'decimal(18, 8)', 'timestamptz'][id % 4],
  doc: `What column ${id} of the table means to the people who read it`,
});
const fields = (count) => Array.from({ length: count }, (_, index) => column(index + 1));
const day = { 'source-id': 3, 'field-id': 1000, name: 'column_3_day', transform: 'day' };

function metadata() {
  const snapshot = (id) => ({
    'sequence-number': id,
    'snapshot-id': 4_000_000_000_000 + id,
    'parent-snapshot-id': 4_000_000_000_000 + id - 1,
    'timestamp-ms': 1_764_000_000_000 + id * 60_000,
    summary: Object.fromEntries(
      ['operation', 'added-data-files', 'added-records', 'added-files-size', 'changed-partition-count', 'total-records']
        .concat(['total-files-size', 'total-data-files', 'total-delete-files', 'engine-version', 'iceberg-version'])
        .map((name) => [name, name === 'operation' ? 'append' : `${id}1234`]),
    ),
    'manifest-list': `${LOCATION}/metadata/snap-${id}-1-9c12d441-03fe-4693-9a96-a0705ddf69c1.avro`,
    'schema-id': SCHEMAS - 1,
  });
  return {
    'format-version': 2,
    'table-uuid': '9c12d441-03fe-4693-9a96-a0705ddf69c1',
    location: LOCATION,
    'last-sequence-number': SNAPSHOTS,
    'last-updated-ms': 1_764_000_000_000,
    'last-column-id': COLUMNS,
    'current-schema-id': SCHEMAS - 1,
    schemas: Array.from({ length: SCHEMAS }, (_, index) => ({
      type: 'struct',
      'schema-id': index,
      fields: fields(COLUMNS - (SCHEMAS - 1 - index)),
    })),
    'default-spec-id': 0,
    'partition-specs': [{ 'spec-id': 0, fields: [day] }],
    'last-partition-id': 1000,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    properties: {},
    'current-snapshot-id': 4_000_000_000_000 + SNAPSHOTS,
    snapshots: Array.from({ length: SNAPSHOTS }, (_, index) => snapshot(index + 1)),
    'snapshot-log': Array.from({ length: SNAPSHOTS }, (_, index) => ({
      'snapshot-id': 4_000_000_000_000 + index + 1,
      'timestamp-ms': 1_764_000_000_000 + index * 60_000,
    })),
  };
}

const declared = (columns) =>
  JSON.stringify({
    formatVersion: 2,
    location: LOCATION,
    fields: columns,
    identifierFieldIds: [],
    partitionFields: [{ sourceId: 3, fieldId: 1000, name: 'column_3_day', transform: 'day' }],
    sortFields: [],
    properties: {},
    lastColumnId: columns.length,
    lastPartitionId: 1000,
    retiredColumns: [],
    retiredPartitions: [],
  });

const content = JSON.stringify(metadata());
const table = { Table: { Name: 'wide', Parameters: { table_type: 'ICEBERG', metadata_location: FILE } } };
let answer;
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    if (request.method === 'PUT') answer = JSON.parse(body);
    response.end(request.method === 'GET' ? content : request.method === 'POST' ? JSON.stringify(table) : '');
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${server.address().port}`;
const aws = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
Object.assign(process.env, aws, { NODE_NO_WARNINGS: '1' });

const named = {
  ServiceToken: 'arn',
  CatalogId: '111122223333',
  DatabaseName: 'silver',
  TableName: 'wide',
  LedgerName: 'silver.wide',
};
const event = {
  RequestType: 'Update',
  ResponseURL: `${endpoint}/answer`,
  StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/Stack/1',
  RequestId: '1',
  LogicalResourceId: 'Guard',
  ResourceType: 'Custom::IcebergTableGuard',
  PhysicalResourceId: 'silver.wide',
  OldResourceProperties: { ...named, Table: declared(fields(COLUMNS)) },
  ResourceProperties: {
    ...named,
    Table: declared(fields(COLUMNS + 1).map((each) => (each.id === 1 ? { ...each, type: 'long' } : each))),
  },
};

async function decide(begun = performance.now()) {
  const { handler } = createRequire(import.meta.url)(path.resolve('dist/handlers/table-guard/index.js'));
  await handler(event);
  if (answer?.Status !== 'SUCCESS') throw new Error(`the guard answered ${JSON.stringify(answer)}`);
  return (performance.now() - begun) / 1000;
}

const coldSeconds = await decide();
const warm = [];
for (let run = 0; run < 9; run++) warm.push(await decide());
warm.sort((a, b) => a - b);
console.log(JSON.stringify({ metadataKiB: Math.round(content.length / 1024), coldSeconds, warmSeconds: warm[4] }));
server.close();
server.closeAllConnections();
