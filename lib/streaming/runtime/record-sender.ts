/** A record for a topic. */
export interface OutgoingRecord {
  /** Records of one key keep their order. */
  readonly key?: string;
  readonly value: Buffer;
}

/**
 * Why a record was not acknowledged: the brokers were slow or asked for less (`busy`), could not be reached
 * (`unavailable`), or do not take a record of that size (`too_large`).
 */
export type SendFailure = 'busy' | 'unavailable' | 'too_large';

/** What became of a record. One that failed as `busy` or `unavailable` may have been written all the same. */
export type Delivery = { readonly partition: number; readonly offset: string } | { readonly failure: SendFailure };

/** Sends records to a topic and waits until all in-sync replicas have them. */
export interface RecordSender {
  /** One delivery a record, in their order. Never rejects. */
  send(records: readonly OutgoingRecord[], headers: Readonly<Record<string, string>>): Promise<Delivery[]>;
}
