import { writeFileSync } from 'fs';
import { join } from 'path';
import type { Emulator } from '../../engines/emulator';
import type { ReportedCheck } from '../../report/model';

/** Which source a generated trade comes from. */
export type Source = 'kafka' | 'http' | 'files';

/** What a stack with all three sources tells about itself. */
const OUTPUTS = ['SenderRoleArn', 'IngestionUrl', 'FilesInbox', 'FilesStarterName', 'FilesJobName'] as const;
export type FurtherOutputs = { readonly [name in (typeof OUTPUTS)[number]]: string };

/** A file that was dropped, with the version that S3 gave it. */
export interface DroppedFile {
  readonly name: string;
  readonly key: string;
  readonly version: string;
  readonly path: string;
}

/** What came of posting and dropping. */
export interface Fed {
  readonly http: {
    readonly records: number;
    readonly accepted: number;
    readonly failed: number;
    readonly requests: number;
    readonly unsigned: number;
  };
  readonly files: readonly DroppedFile[];
}

/** The outputs of the two sources beside Kafka; undefined when the stack lacks one of them. */
export function furtherOutputs(outputs: { readonly [name: string]: string }): FurtherOutputs | undefined {
  return OUTPUTS.every((name) => outputs[name] !== undefined) ? (outputs as FurtherOutputs) : undefined;
}

// Enough to be seen in every figure, and a bounded number of requests however many trades there are.
const ROWS_TO_DIVIDE = 100_000;

/** One trade in twenty is posted, one in twenty stands in a file; a repetition often comes from another source. */
export function sourceOf(row: number, message: Buffer): Source {
  if (row >= ROWS_TO_DIVIDE) return 'kafka';
  if (row % 20 === 13) return 'files';
  // The API tells whoever posts anything but objects; what it would not take goes to Kafka.
  return row % 20 === 7 && isObject(message) ? 'http' : 'kafka';
}

/** The trades of one source, in their order. */
export function* tradesOf(source: Source, messages: Iterable<Buffer>): Generator<Buffer> {
  let row = 0;
  for (const message of messages) {
    if (sourceOf(row++, message) === source) yield message;
  }
}

function isObject(message: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(message));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Writes what feed.py needs to know. */
export function writeFeedConfig(folder: string, emulator: Emulator, outputs: FurtherOutputs): string {
  const file = join(folder, 'feed.json');
  const config = {
    endpoint: emulator.endpoint,
    region: emulator.region,
    accessKeyId: emulator.principals.operator.accessKeyId,
    secretAccessKey: emulator.principals.operator.secretAccessKey,
    role: outputs.SenderRoleArn,
    url: outputs.IngestionUrl,
    inbox: outputs.FilesInbox,
    starter: outputs.FilesStarterName,
    job: outputs.FilesJobName,
    httpLines: join(folder, 'http.jsonl'),
    fileLines: join(folder, 'files.jsonl'),
    folder: join(folder, 'dropped'),
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

/** What the API is to have done. */
export function httpChecks({ http }: Fed): ReportedCheck[] {
  return [
    {
      name: 'http: every posted trade is taken',
      expected: `${http.records} taken, 0 failed`,
      actual: `${http.accepted} taken, ${http.failed} failed`,
      passed: http.accepted === http.records && http.failed === 0,
    },
    {
      name: 'http: a request without a signature is refused',
      expected: 'HTTP 403',
      actual: `HTTP ${http.unsigned}`,
      passed: http.unsigned === 403,
    },
  ];
}
