/** A batch of Kafka messages, as Lambda hands it over. */
export interface KafkaBatch {
  readonly records: { readonly [partition: string]: readonly { readonly value?: string }[] };
}

/** A notification of Amazon SNS. */
export interface Notification {
  readonly Subject: string;
  readonly Message: string;
}

// Of SNS: https://docs.aws.amazon.com/general/latest/gr/sns.html (not read): 256 KiB. Some is left for what SNS adds.
const MOST_BYTES = 250_000;

/**
 * The messages of a batch, a line each, in as few notifications as they fit into. A message without a value tells nothing,
 * and one that is too long for any notification is told by its beginning.
 */
export function notificationsOf({ records }: KafkaBatch, noun: string): Notification[] {
  const lines = Object.values(records)
    .flat()
    .flatMap(({ value }) => (value ? [clipped(Buffer.from(value, 'base64').toString('utf8'))] : []));
  const parts: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const size = Buffer.byteLength(line) + 1;
    if (bytes + size > MOST_BYTES) {
      parts.push([]);
      bytes = 0;
    }
    parts[parts.length - 1].push(line);
    bytes += size;
  }
  return parts.map((part) => ({
    Subject: `${part.length} ${noun}${part.length === 1 ? '' : 's'}`,
    Message: part.join('\n'),
  }));
}

function clipped(line: string): string {
  const bytes = Buffer.from(line);
  // Half of a letter at the end would become a sign of three bytes.
  return bytes.length < MOST_BYTES ? line : bytes.subarray(0, MOST_BYTES - 4).toString('utf8');
}
