import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { KafkaRecord } from './window-record';

/** A message that was set aside, and why. */
export interface DeadLetter {
  readonly record: KafkaRecord;
  readonly reason: string;
}

/** Keeps messages that can never be applied, each under a name of its own: set aside twice, it is there once. */
export interface DeadLetters {
  keep(letters: readonly DeadLetter[]): Promise<void>;
}

/** Dead letters as objects `poison/<topic>/<partition>/<offset>.json` of a bucket. */
export class BucketDeadLetters implements DeadLetters {
  public constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
  ) {}

  public async keep(letters: readonly DeadLetter[]): Promise<void> {
    await Promise.all(
      letters.map(({ record, reason }) =>
        this.s3.send(
          new PutObjectCommand({
            Bucket: this.bucket,
            Key: `poison/${record.topic}/${record.partition}/${record.offset}.json`,
            ContentType: 'application/json',
            Body: JSON.stringify({ reason, ...record }),
          }),
        ),
      ),
    );
  }
}
