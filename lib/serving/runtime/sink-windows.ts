import type { DeadLetter, DeadLetters } from './dead-letters';
import { type KafkaRecord, PoisonError, type WindowRecord, windowOf } from './window-record';

/** What of an event of an event source mapping on Kafka is needed: records by topic and partition. */
export interface KafkaEvent {
  readonly records: Readonly<Record<string, readonly KafkaRecord[]>>;
}

/** Where windows go. */
export interface WindowSink {
  /** Answers with those that were news. */
  put(records: readonly WindowRecord[]): Promise<WindowRecord[]>;
}

/**
 * Applies a batch: windows go to the store, messages that are none are set aside with the reason and hold nothing up.
 * Answers with the windows that were news, in their order.
 *
 * @throws when the store or the dead letters cannot be written; the batch then comes again, which changes nothing twice
 */
export async function sinkWindows(event: KafkaEvent, store: WindowSink, dead: DeadLetters): Promise<WindowRecord[]> {
  const { windows, poison } = readWindows(Object.values(event.records).flat());
  const [written] = await Promise.all([store.put(windows), poison.length > 0 ? dead.keep(poison) : undefined]);
  if (poison.length > 0) console.warn(JSON.stringify({ setAside: poison.length, first: poison[0].reason }));
  return written;
}

/** The windows among messages, and the others. */
export function readWindows(records: readonly KafkaRecord[]): { windows: WindowRecord[]; poison: DeadLetter[] } {
  const windows: WindowRecord[] = [];
  const poison: DeadLetter[] = [];
  for (const record of records) {
    try {
      windows.push(windowOf(record));
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error;
      poison.push({ record, reason: error.message });
    }
  }
  return { windows, poison };
}
