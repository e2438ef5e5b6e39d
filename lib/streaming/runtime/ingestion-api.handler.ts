import { ingest, type IngestionAnswer, type IngestionEvent } from './ingestion-request';
import { required } from '../../foundation/runtime/environment';
import { kafkaFromEnvironment } from '../../foundation/runtime/kafka-client';
import { KafkajsRecordSender } from './kafkajs-record-sender';

const limits = {
  maxBodyBytes: Number(required('MAX_BODY_BYTES')),
  maxRecords: Number(required('MAX_RECORDS')),
  maxRecordBytes: Number(required('MAX_RECORD_BYTES')),
  keyField: process.env.KEY_FIELD,
};

// One for all requests that this instance answers: to connect takes longer than to send.
const sender = new KafkajsRecordSender(
  kafkaFromEnvironment('cdk-data-patterns-ingestion-api', {
    connectionTimeout: 3000,
    requestTimeout: 5000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
  }),
  required('TOPIC'),
  Number(required('SEND_TIMEOUT_MILLIS')),
);

/** Takes the records of one request into the topic. */
export async function handler(event: IngestionEvent): Promise<IngestionAnswer> {
  return ingest(event, sender, limits);
}
