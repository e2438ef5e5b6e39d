/** A message of Kafka as an event source mapping hands it over; key and value are Base64. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since 1970, by the broker's clock. */
  readonly timestamp: number;
  readonly key?: string | null;
  readonly value?: string | null;
}

/** A window as it stands in the topic. */
export interface WindowRecord {
  readonly symbol: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  /** The message, unchanged; empty when the window was taken back. */
  readonly json: string;
}

/** A message that is no window: the sentence says why. */
export class PoisonError extends Error {}

/** Symbols stand between braces in keys. */
const SYMBOL = /^[^{}\s]{1,64}$/;
const ZONED = /([zZ]|[+-]\d{2}:?\d{2})$/;

/**
 * Reads a message as a window. What identifies it, `symbol` and `window_start`, stands in its value, or in its key when
 * it takes the window back (no value).
 *
 * @throws PoisonError when it is no window
 */
export function windowOf(record: KafkaRecord): WindowRecord {
  const { partition, offset, timestamp } = record;
  const json = textOf(record.value);
  const identity = objectOf(json === '' ? textOf(record.key) : json);
  const { symbol, window_start: start } = identity;
  if (typeof symbol !== 'string' || !SYMBOL.test(symbol)) {
    throw new PoisonError(
      `'symbol' is ${shown(symbol)}; it must be text of 1 to 64 characters without blanks and braces`,
    );
  }
  return { symbol, start: millisOf(start), partition, offset, timestamp, json };
}

function textOf(base64: string | null | undefined): string {
  if (!base64) return '';
  const bytes = Buffer.from(base64, 'base64');
  const text = bytes.toString('utf8');
  // Invalid UTF-8 does not come back as the same bytes.
  if (Buffer.byteLength(text) !== bytes.length) throw new PoisonError('the message is not UTF-8 text');
  return text;
}

function objectOf(json: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new PoisonError(json === '' ? 'the message has neither value nor key' : 'the message is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new PoisonError('the message is not a JSON object');
  }
  return value as Record<string, unknown>;
}

/** ISO-8601 with `T` or a blank; without a zone it is UTC, as Flink writes a TIMESTAMP. */
function millisOf(value: unknown): number {
  const text = typeof value === 'string' ? value.replace(' ', 'T') : '';
  const millis = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(ZONED.test(text) ? text : `${text}Z`) : NaN;
  if (Number.isNaN(millis)) {
    throw new PoisonError(`'window_start' is ${shown(value)}; it must be a time such as 2026-11-23T10:00:00Z`);
  }
  return millis;
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value) ?? 'missing').slice(0, 60);
}
