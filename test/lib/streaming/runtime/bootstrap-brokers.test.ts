import { event, LocalServer } from '../../foundation/runtime/answers';

const CLUSTER = 'arn:aws:kafka:us-east-1:111122223333:cluster/trading/0123abcd-1';

const cloudFormation = new LocalServer();
let brokers: object;
const msk = new LocalServer(() => ({ status: 200, body: JSON.stringify(brokers) }));
let url: string;
let handler: typeof import('../../../../lib/streaming/runtime/bootstrap-brokers.handler').handler;

beforeAll(async () => {
  url = await cloudFormation.start();
  process.env.AWS_ENDPOINT_URL = await msk.start();
  process.env.AWS_REGION = 'us-east-1';
  process.env.AWS_ACCESS_KEY_ID = 'test';
  process.env.AWS_SECRET_ACCESS_KEY = 'test';
  ({ handler } = await import('../../../../lib/streaming/runtime/bootstrap-brokers.handler'));
});

afterAll(async () => {
  await cloudFormation.stop();
  await msk.stop();
});

beforeEach(() => {
  cloudFormation.received.length = 0;
  msk.received.length = 0;
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
});

const answer = (): unknown => JSON.parse(cloudFormation.received[0].body);

test('MSK is asked for that cluster', async () => {
  brokers = { bootstrapBrokerStringSaslIam: 'b-1:9098' };
  await handler(event('Create', url, { ClusterArn: CLUSTER }));
  expect(msk.received[0]).toMatchObject({
    method: 'GET',
    path: `/v1/clusters/${encodeURIComponent(CLUSTER)}/bootstrap-brokers`,
  });
});

test('the servers for IAM clients are given in an order that does not change', async () => {
  brokers = { bootstrapBrokerStringSaslIam: 'b-2:9098,b-1:9098', bootstrapBrokerStringTls: 'b-1:9094' };
  await handler(event('Create', url, { ClusterArn: CLUSTER }));
  expect(answer()).toMatchObject({ Status: 'SUCCESS', Data: { BootstrapServers: 'b-1:9098,b-2:9098' } });
});

test('a cluster without IAM authentication fails with the remedy', async () => {
  brokers = { bootstrapBrokerStringTls: 'b-1:9094' };
  await handler(event('Create', url, { ClusterArn: CLUSTER }));
  expect(answer()).toMatchObject({
    Status: 'FAILED',
    Reason: `Error: ${CLUSTER} has no bootstrap servers for IAM authentication; switch SASL/IAM on in the cluster`,
  });
});

test('nothing is asked on delete', async () => {
  await handler(event('Delete', url, { ClusterArn: CLUSTER }));
  expect(msk.received).toEqual([]);
  expect(answer()).toMatchObject({ Status: 'SUCCESS' });
});
