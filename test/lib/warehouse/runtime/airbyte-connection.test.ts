import { LocalServer, type Received } from '../../foundation/runtime/answers';
import { AnsweringAws } from './answering-aws';

const WORKSPACE = '0da998a2-0d7b-49c7-bb6e-9f7eb9cc68a0';
const SECRET = { client_id: 'id', client_secret: 'open sesame', token: 'sk_live_1' };

type Thing = Record<string, unknown>;

/** Answers as the public API of Airbyte does: https://reference.airbyte.com/reference/getting-started (2026-11-28). */
class Airbyte {
  readonly things: { readonly [kind: string]: Map<string, Thing> } = {
    sources: new Map(),
    destinations: new Map(),
    connections: new Map(),
  };
  refused?: string;
  readonly server = new LocalServer((request) => this.answer(request));

  private answer({ method, path, body }: Received): { status: number; body?: string } {
    const [, kind, id] = path.split('?')[0].split('/');
    if (this.refused === `${method} ${kind}`) return { status: 400, body };
    if (kind === 'applications') return { status: 200, body: JSON.stringify({ access_token: 'short-lived' }) };
    const things = this.things[kind];
    const idField = `${kind.slice(0, -1)}Id`;
    if (method === 'GET') {
      const offset = Number(new URLSearchParams(path.split('?')[1]).get('offset'));
      const data = [...things.values()].slice(offset, offset + 100);
      return { status: 200, body: JSON.stringify({ data, next: '' }) };
    }
    if (method === 'DELETE') return { status: things.delete(id) ? 204 : 404 };
    const key = method === 'POST' ? `${kind}-${things.size + 1}` : id;
    if (method === 'PATCH' && !things.has(id)) return { status: 404 };
    things.set(key, { ...things.get(key), ...(JSON.parse(body) as Thing), [idField]: key });
    return { status: 200, body: JSON.stringify(things.get(key)) };
  }
}

const aws = new AnsweringAws();
const airbyte = new Airbyte();
let handler: typeof import('../../../../lib/warehouse/runtime/airbyte-connection.handler').handler;
let properties: Record<string, unknown>;
beforeAll(async () => {
  await aws.start();
  const ApiUrl = await airbyte.server.start();
  ({ handler } = await import('../../../../lib/warehouse/runtime/airbyte-connection.handler'));
  aws.answers = { GetSecretValue: () => ({ SecretString: JSON.stringify(SECRET) }) };
  properties = {
    ...{ ApiUrl, WorkspaceId: WORKSPACE, SecretArn: 'arn', Name: 'stripe', Dataset: 'raw_stripe', Cron: '0 0 * * * ?' },
    Source: JSON.stringify({ sourceType: 'stripe', client_secret: '{secret:token}', start_date: '2026-01-01' }),
    Destination: JSON.stringify({ destinationType: 'redshift', host: 'h' }),
    Streams: JSON.stringify([{ name: 'invoices', syncMode: 'incremental_deduped_history' }]),
    DeletedWithStack: 'true',
  };
});
afterAll(async () => {
  await aws.stop();
  await airbyte.server.stop();
});
let logged: jest.SpyInstance;
beforeEach(() => {
  logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  for (const things of Object.values(airbyte.things)) things.clear();
  airbyte.refused = undefined;
});
afterEach(() => logged.mockRestore());

test('source, destination and connection are made, the secret filled in, the schedule in UTC', async () => {
  const outcome = await aws.send(handler, 'Create', properties);
  expect(outcome).toMatchObject({
    Status: 'SUCCESS',
    PhysicalResourceId: 'connections-1/sources-1/destinations-1',
  });
  expect(airbyte.things.sources.get('sources-1')).toMatchObject({
    name: 'stripe',
    workspaceId: WORKSPACE,
    configuration: { sourceType: 'stripe', client_secret: 'sk_live_1', start_date: '2026-01-01' },
  });
  expect(airbyte.things.connections.get('connections-1')).toMatchObject({
    ...{ sourceId: 'sources-1', destinationId: 'destinations-1', namespaceFormat: 'raw_stripe' },
    schedule: { scheduleType: 'cron', cronExpression: '0 0 * * * ? UTC' },
    configurations: { streams: [{ name: 'invoices', syncMode: 'incremental_deduped_history' }] },
  });
});

test('a second call changes what the first one made, and makes nothing', async () => {
  await aws.send(handler, 'Create', properties);
  // More than a page of others, so that it has to be looked for.
  for (let index = 0; index < 150; index++) {
    airbyte.things.sources.set(`other-${index}`, { name: `other ${index}`, sourceId: `other-${index}` });
  }
  const first = airbyte.things.sources.get('sources-1');
  airbyte.things.sources.delete('sources-1');
  airbyte.things.sources.set('sources-1', first ?? {});
  const outcome = await aws.send(handler, 'Update', { ...properties, Cron: '' });
  expect(outcome).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'connections-1/sources-1/destinations-1' });
  expect([airbyte.things.sources.size, airbyte.things.connections.size]).toEqual([151, 1]);
  expect(airbyte.things.connections.get('connections-1')).toMatchObject({ schedule: { scheduleType: 'manual' } });
});

test('all three go with a sandbox, also when someone was faster; none with production', async () => {
  const made = await aws.send(handler, 'Create', properties);
  const ids = { physicalResourceId: made.PhysicalResourceId };
  await aws.send(handler, 'Delete', { ...properties, DeletedWithStack: 'false' }, ids);
  expect(airbyte.things.connections.size).toBe(1);
  airbyte.things.sources.clear();
  expect(await aws.send(handler, 'Delete', properties, ids)).toMatchObject({ Status: 'SUCCESS' });
  expect([airbyte.things.connections.size, airbyte.things.destinations.size]).toEqual([0, 0]);
});

test('what Airbyte refuses fails the deployment, and neither reason nor log repeats a secret', async () => {
  airbyte.refused = 'POST sources';
  const outcome = await aws.send(handler, 'Create', properties);
  expect(outcome).toMatchObject({ Status: 'FAILED' });
  expect(outcome.Reason).toContain('Airbyte answers POST /sources with 400');
  const said = `${outcome.Reason} ${JSON.stringify(logged.mock.calls)}`;
  for (const value of Object.values(SECRET).slice(1)) expect(said).not.toContain(value);
});

test('a key that the secret lacks is named', async () => {
  const Source = JSON.stringify({ sourceType: 'stripe', client_secret: '{secret:gone}' });
  const outcome = await aws.send(handler, 'Create', { ...properties, Source });
  expect(outcome.Reason).toContain("The secret has no key 'gone', which the configuration names; add it.");
});
