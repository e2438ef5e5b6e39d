import { MalformedBodyError, splitJson, splitLines, type SplitRecord } from './split-records';
import type { Delivery, OutgoingRecord, RecordSender, SendFailure } from './record-sender';

/** What of an event of an HTTP API (payload format 2.0) is needed. */
export interface IngestionEvent {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: { readonly requestId?: string };
}

export interface IngestionAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface IngestionLimits {
  readonly maxBodyBytes: number;
  readonly maxRecords: number;
  readonly maxRecordBytes: number;
  /** Field of a record whose text becomes the key in Kafka. */
  readonly keyField?: string;
}

/** What became of one record: where it is in the topic, or why it is not and whether to send it again. */
type RecordResult =
  | { readonly index: number; readonly partition: number; readonly offset: string }
  | { readonly index: number; readonly error: RecordError; readonly retry: boolean };
type RecordError = SendFailure | 'not_an_object';

const RETRY_AFTER_SECONDS = { busy: 2, unavailable: 10 } as const;

/** Answers one request: 202 when any record was taken, with what became of each of them. */
export async function ingest(
  event: IngestionEvent,
  sender: RecordSender,
  limits: IngestionLimits,
): Promise<IngestionAnswer> {
  const records = readRecords(event, limits);
  if (!Array.isArray(records)) return records;
  const results = await deliver(records, sender, limits, event.requestContext?.requestId ?? '');
  const accepted = results.filter((result) => 'offset' in result).length;
  const body = { accepted, failed: results.length - accepted, records: results };
  const status = accepted > 0 ? 202 : statusOfFailure(results);
  return json(status, body, retryAfter(status));
}

function readRecords(event: IngestionEvent, limits: IngestionLimits): SplitRecord[] | IngestionAnswer {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > limits.maxBodyBytes) {
    return refusal(413, `the body has ${bytes.length} bytes; send at most ${limits.maxBodyBytes} at a time`);
  }
  const split = SPLITTERS[mediaType(event.headers ?? {})];
  if (!split) {
    return refusal(415, `send ${Object.keys(SPLITTERS).join(' or ')}, without content encoding, as content type`);
  }
  let records: SplitRecord[];
  try {
    records = split(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof MalformedBodyError ? error.message : 'the body is not UTF-8 text';
    return refusal(400, reason);
  }
  if (records.length === 0) return refusal(400, 'the body holds no records');
  if (records.length > limits.maxRecords) {
    return refusal(413, `the body holds ${records.length} records; send at most ${limits.maxRecords} at a time`);
  }
  return records;
}

const SPLITTERS: Readonly<Record<string, ((body: string) => SplitRecord[]) | undefined>> = {
  'application/json': splitJson,
  'application/x-ndjson': splitLines,
};

function mediaType(headers: Readonly<Record<string, string | undefined>>): string {
  // An HTTP API gives names of headers in lower case.
  if (headers['content-encoding']) return '';
  return (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
}

async function deliver(
  records: readonly SplitRecord[],
  sender: RecordSender,
  limits: IngestionLimits,
  requestId: string,
): Promise<RecordResult[]> {
  const results: RecordResult[] = [];
  const outgoing: { readonly index: number; readonly record: OutgoingRecord }[] = [];
  records.forEach(({ text, object }, index) => {
    const value = Buffer.from(text);
    if (!object) results[index] = failed(index, 'not_an_object');
    else if (value.length > limits.maxRecordBytes) results[index] = failed(index, 'too_large');
    else outgoing.push({ index, record: { key: keyOf(object, limits.keyField), value } });
  });
  const deliveries =
    outgoing.length === 0
      ? []
      : await sender.send(
          outgoing.map(({ record }) => record),
          { 'ingestion-request-id': requestId },
        );
  outgoing.forEach(({ index }, place) => (results[index] = resultOf(index, deliveries[place])));
  return results;
}

function keyOf(record: Readonly<Record<string, unknown>>, field: string | undefined): string | undefined {
  const value = field === undefined ? undefined : record[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function resultOf(index: number, delivery: Delivery): RecordResult {
  return 'failure' in delivery ? failed(index, delivery.failure) : { index, ...delivery };
}

function failed(index: number, error: RecordError): RecordResult {
  return { index, error, retry: error === 'busy' || error === 'unavailable' };
}

/** Of a request of which nothing was taken: what the client can do something about comes last. */
function statusOfFailure(results: readonly RecordResult[]): number {
  const errors = results.map((result) => ('error' in result ? result.error : undefined));
  if (errors.includes('unavailable')) return 503;
  if (errors.includes('busy')) return 429;
  return errors.includes('too_large') ? 413 : 400;
}

function retryAfter(status: number): Record<string, string> {
  if (status === 503) return { 'retry-after': String(RETRY_AFTER_SECONDS.unavailable) };
  return status === 429 ? { 'retry-after': String(RETRY_AFTER_SECONDS.busy) } : {};
}

function refusal(statusCode: number, message: string): IngestionAnswer {
  return json(statusCode, { message });
}

function json(statusCode: number, body: object, headers: Record<string, string> = {}): IngestionAnswer {
  return { statusCode, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
