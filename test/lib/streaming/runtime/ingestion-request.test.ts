import { ingest, type IngestionEvent } from '../../../../lib/streaming/runtime/ingestion-request';
import type { Delivery, OutgoingRecord, RecordSender } from '../../../../lib/streaming/runtime/record-sender';

const LIMITS = { maxBodyBytes: 200, maxRecords: 3, maxRecordBytes: 50, keyField: 'symbol' };

/** A topic that answers as it is told, record by record, else takes everything. */
class Topic implements RecordSender {
  readonly records: OutgoingRecord[] = [];
  headers: Readonly<Record<string, string>> = {};
  constructor(private readonly answers: Delivery[] = []) {}

  send(records: readonly OutgoingRecord[], headers: Readonly<Record<string, string>>): Promise<Delivery[]> {
    this.records.push(...records);
    this.headers = headers;
    return Promise.resolve(records.map((_, index) => this.answers[index] ?? { partition: 1, offset: String(index) }));
  }
}

function request(body: string, headers: Record<string, string> = {}): IngestionEvent {
  return {
    headers: { 'content-type': 'application/json', ...headers },
    body,
    requestContext: { requestId: 'request-1' },
  };
}

async function post(event: IngestionEvent, topic = new Topic()) {
  const answer = await ingest(event, topic, LIMITS);
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], body: JSON.parse(answer.body), topic };
}

describe('a request', () => {
  test('is answered with the place of every record', async () => {
    const { status, body } = await post(request('[{"n":1},{"n":2}]'));
    expect({ status, ...body }).toEqual({
      status: 202,
      accepted: 2,
      failed: 0,
      records: [
        { index: 0, partition: 1, offset: '0' },
        { index: 1, partition: 1, offset: '1' },
      ],
    });
  });

  test('is sent byte for byte, keyed by its field, with the id of the request', async () => {
    const { topic } = await post(request('[{"symbol":"AAPL","price":1.50},{"symbol":7},{"symbol":""}]'));
    expect(topic.records.map(({ key, value }) => [key, value.toString()])).toEqual([
      ['AAPL', '{"symbol":"AAPL","price":1.50}'],
      [undefined, '{"symbol":7}'],
      [undefined, '{"symbol":""}'],
    ]);
    expect(topic.headers).toEqual({ 'ingestion-request-id': 'request-1' });
  });

  test('of lines comes as Base64, and its text is UTF-8', async () => {
    const body = Buffer.from('{"note":"Zürich"}\n{"n":2}\n').toString('base64');
    const event = {
      ...request(body, { 'content-type': 'Application/X-NDJSON; charset=utf-8' }),
      isBase64Encoded: true,
    };
    const { status, topic } = await post(event);
    expect(status).toBe(202);
    expect(topic.records.map(({ value }) => value.toString())).toEqual(['{"note":"Zürich"}', '{"n":2}']);
  });

  test('tells of records that are none which they are, and takes the others', async () => {
    const { status, body, topic } = await post(request(`[1,{"n":"${'x'.repeat(50)}"},{"n":1}]`));
    expect({ status, ...body }).toEqual({
      status: 202,
      accepted: 1,
      failed: 2,
      records: [
        { index: 0, error: 'not_an_object', retry: false },
        { index: 1, error: 'too_large', retry: false },
        { index: 2, partition: 1, offset: '0' },
      ],
    });
    expect(topic.records).toHaveLength(1);
  });

  test('of which the topic took a part names the rest, to be sent again', async () => {
    const topic = new Topic([{ partition: 0, offset: '9' }, { failure: 'busy' }, { failure: 'unavailable' }]);
    const { status, retryAfter, body } = await post(request('[{},{},{}]'), topic);
    expect([status, retryAfter]).toEqual([202, undefined]);
    expect(body.records.slice(1)).toEqual([
      { index: 1, error: 'busy', retry: true },
      { index: 2, error: 'unavailable', retry: true },
    ]);
  });
});

describe('a request of which nothing is taken', () => {
  test.each([
    ['busy', 429, '2'],
    ['unavailable', 503, '10'],
    ['too_large', 413, undefined],
  ] as const)('because the topic is %s is answered with %i', async (failure, expected, wait) => {
    const { status, retryAfter } = await post(request('{}'), new Topic([{ failure }]));
    expect([status, retryAfter]).toEqual([expected, wait]);
  });

  test('and that holds no object is the fault of the request', async () => {
    expect((await post(request('[1,2]'))).status).toBe(400);
  });

  test.each([
    ['too many bytes', request(`{"n":"${'ü'.repeat(100)}"}`), 413, /has 208 bytes; send at most 200/],
    ['too many records', request('[{},{},{},{}]'), 413, /holds 4 records; send at most 3/],
    ['no records', request('[]'), 400, /holds no records/],
    ['no body', { headers: { 'content-type': 'application/json' } }, 400, /is not JSON/],
    ['no JSON', request('{'), 400, /is not JSON/],
    ['another content type', request('{}', { 'content-type': 'text/csv' }), 415, /application\/json or application/],
    ['no content type', { body: '{}' }, 415, /application\/json or application/],
    ['compressed content', request('{}', { 'content-encoding': 'gzip' }), 415, /without content encoding/],
    [
      'bytes that are no text',
      { ...request(Buffer.from([0x7b, 0xff, 0x7d]).toString('base64')), isBase64Encoded: true },
      400,
      /is not UTF-8 text/,
    ],
  ])('for %s says so', async (_, event, expected, message) => {
    const { status, body, topic } = await post(event);
    expect({ status, sent: topic.records.length }).toEqual({ status: expected, sent: 0 });
    expect(body.message).toMatch(message);
  });
});
