import { LocalServer } from '../../foundation/runtime/answers';

describe('the starter of a job for files', () => {
  /** Pages of names in the inbox, and what Glue answers. */
  let pages: string[][];
  let glue: { status: number; body: string };
  const server = new LocalServer(({ method, path, body }) => {
    if (method === 'POST') return body.includes('"JobName":"files"') ? glue : { status: 500 };
    const page = Number(/continuation-token=(\d+)/.exec(path)?.[1] ?? 0);
    const contents = pages[page].map((key) => `<Contents><Key>${key}</Key></Contents>`).join('');
    const next = page + 1 < pages.length ? `<NextContinuationToken>${page + 1}</NextContinuationToken>` : '';
    return { status: 200, body: `<ListBucketResult>${contents}${next}</ListBucketResult>` };
  });
  let handler: () => Promise<unknown>;

  beforeAll(async () => {
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: await server.start(),
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_MAX_ATTEMPTS: '1',
      BUCKET: 'lake',
      PREFIX: 'drop/inbox/',
      JOB_NAME: 'files',
    });
    ({ handler } = await import('../../../../lib/lakehouse/runtime/start-when-files-wait.handler'));
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    server.received.length = 0;
    glue = { status: 200, body: '{"JobRunId":"jr_1"}' };
  });
  const starts = () => server.received.filter(({ method }) => method === 'POST').length;

  test('starts it when a file waits', async () => {
    pages = [['drop/inbox/a.csv']];
    expect(await handler()).toEqual({ waiting: true, runId: 'jr_1' });
  });

  test('leaves it alone when there is nothing but folders', async () => {
    pages = [['drop/inbox/'], ['drop/inbox/2026/']];
    expect(await handler()).toEqual({ waiting: false });
    expect(starts()).toBe(0);
  });

  test('looks at every page', async () => {
    pages = [['drop/inbox/'], ['drop/inbox/2026/', 'drop/inbox/2026/a.csv']];
    expect(await handler()).toEqual({ waiting: true, runId: 'jr_1' });
  });

  test('is content with a run that is at work already', async () => {
    pages = [['drop/inbox/a.csv']];
    glue = { status: 400, body: '{"__type":"ConcurrentRunsExceededException","message":"busy"}' };
    expect(await handler()).toEqual({ waiting: true });
  });

  test('fails when the job cannot be started', async () => {
    pages = [['drop/inbox/a.csv']];
    glue = { status: 400, body: '{"__type":"EntityNotFoundException","message":"no such job"}' };
    await expect(handler()).rejects.toThrow('no such job');
  });
});
