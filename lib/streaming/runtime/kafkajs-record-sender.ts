import {
  type Kafka,
  KafkaJSProtocolError,
  type PartitionMetadata,
  Partitioners,
  type Producer,
  type RecordMetadata,
} from 'kafkajs';
import { namingTopic } from '../../foundation/runtime/topic-ranges';
import type { Delivery, OutgoingRecord, RecordSender, SendFailure } from './record-sender';

// Kafka counts a batch: what a record has around key and value comes on top, some 70 bytes with the header.
const BATCH_BYTES = 900_000;
const RECORD_OVERHEAD = 150;
const ACKNOWLEDGED_BY_ALL = -1;

interface Connection {
  readonly producer: Producer;
  readonly partitions: PartitionMetadata[];
}

interface Placed extends OutgoingRecord {
  /** Place among the records of the request. */
  readonly index: number;
  readonly partition: number;
}

/** Sends through an idempotent kafkajs producer, one batch after the other to a partition, all partitions at once. */
export class KafkajsRecordSender implements RecordSender {
  private connection?: Promise<Connection>;
  private readonly partitionOf = Partitioners.DefaultPartitioner();

  /** @param timeoutMillis for all records of one call together */
  constructor(
    private readonly kafka: Kafka,
    private readonly topic: string,
    private readonly timeoutMillis: number,
  ) {}

  async send(records: readonly OutgoingRecord[], headers: Readonly<Record<string, string>>): Promise<Delivery[]> {
    const deliveries = records.map((): Delivery => ({ failure: 'busy' }));
    let expired: NodeJS.Timeout | undefined;
    const deadline = new Promise<'expired'>((resolve) => {
      expired = setTimeout(() => resolve('expired'), this.timeoutMillis);
    });
    try {
      const outcome = await Promise.race([this.sendAll(records, headers, deliveries), deadline]);
      if (outcome === 'expired') this.reconnect();
    } catch (error) {
      this.failAll(deliveries, error);
    } finally {
      clearTimeout(expired);
    }
    // What is still on its way must not change an answer that is given.
    return [...deliveries];
  }

  private failAll(deliveries: Delivery[], error: unknown): void {
    console.error(error);
    this.reconnect();
    deliveries.fill({ failure: failureOf(error) });
  }

  private async sendAll(
    records: readonly OutgoingRecord[],
    headers: Readonly<Record<string, string>>,
    deliveries: Delivery[],
  ): Promise<void> {
    const { producer, partitions } = await this.connect();
    const placed = records.map((record, index): Placed => {
      const message = { key: record.key ?? null, value: record.value };
      return {
        ...record,
        index,
        partition: this.partitionOf({ topic: this.topic, partitionMetadata: partitions, message }),
      };
    });
    const byPartition = new Map<number, Placed[]>();
    for (const each of placed) byPartition.set(each.partition, [...(byPartition.get(each.partition) ?? []), each]);
    await Promise.all(
      [...byPartition.values()].map(async (ofPartition) => {
        for (const batch of batches(ofPartition)) {
          const failure = await this.sendBatch(producer, batch, headers, deliveries);
          // Later ones must not overtake those that failed.
          if (failure === 'busy' || failure === 'unavailable') {
            ofPartition
              .filter(({ index }) => 'failure' in deliveries[index])
              .forEach(({ index }) => (deliveries[index] = { failure }));
            return;
          }
        }
      }),
    );
  }

  private async sendBatch(
    producer: Producer,
    batch: readonly Placed[],
    headers: Readonly<Record<string, string>>,
    deliveries: Delivery[],
  ): Promise<SendFailure | undefined> {
    const [{ partition }] = batch;
    try {
      const [metadata] = await producer.send({
        topic: this.topic,
        acks: ACKNOWLEDGED_BY_ALL,
        messages: batch.map(({ key, value }) => ({ key: key ?? null, value, partition, headers })),
      });
      const first = BigInt(baseOffset(metadata));
      batch.forEach(({ index }, place) => {
        deliveries[index] = { partition, offset: String(first + BigInt(place)) };
      });
      return undefined;
    } catch (error) {
      console.error(error);
      // The sequence numbers of an idempotent producer may be out of step now.
      this.reconnect();
      const failure = failureOf(error);
      batch.forEach(({ index }) => (deliveries[index] = { failure }));
      return failure;
    }
  }

  private connect(): Promise<Connection> {
    this.connection ??= this.open();
    return this.connection;
  }

  private async open(): Promise<Connection> {
    const producer = this.kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    const admin = this.kafka.admin();
    try {
      await Promise.all([producer.connect(), admin.connect()]);
      const { topics } = await admin.fetchTopicMetadata({ topics: [this.topic] });
      return { producer, partitions: topics[0].partitions };
    } catch (error) {
      await producer.disconnect().catch(() => undefined);
      throw namingTopic(error, this.topic);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  }

  /** The next call begins with a producer of its own. */
  private reconnect(): void {
    const old = this.connection;
    this.connection = undefined;
    void old?.then(({ producer }) => producer.disconnect()).catch(() => undefined);
  }
}

function baseOffset(metadata: RecordMetadata): string {
  return metadata.baseOffset ?? metadata.offset ?? '0';
}

function* batches(records: readonly Placed[]): Generator<Placed[]> {
  let batch: Placed[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value.length + (record.key?.length ?? 0) * 3 + RECORD_OVERHEAD;
    if (batch.length > 0 && bytes + size > BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  yield batch;
}

// Answers of brokers that are there and cannot keep up; https://kafka.apache.org/protocol#protocol_error_codes
const BUSY = [
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'THROTTLING_QUOTA_EXCEEDED',
];

/** What kafkajs failed for: its retries wrap the error that made it try again. */
export function failureOf(error: unknown): SendFailure {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof KafkaJSProtocolError) {
      if (each.type === 'MESSAGE_TOO_LARGE' || each.type === 'RECORD_LIST_TOO_LARGE') return 'too_large';
      if (BUSY.includes(each.type)) return 'busy';
    }
    if (each.name === 'KafkaJSRequestTimeoutError') return 'busy';
  }
  return 'unavailable';
}
