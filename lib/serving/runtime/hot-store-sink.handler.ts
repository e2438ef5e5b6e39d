import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { kafkaFromEnvironment } from '../../foundation/runtime/kafka-client';
import { announcementsOf, type LiveMessage } from './announce';
import { BucketDeadLetters } from './dead-letters';
import { required } from '../../foundation/runtime/environment';
import { LiveConnections } from './live-connections';
import { forgetRebuild, rebuildIfEmpty } from './rebuild';
import { servedGeneration } from './served-generation';
import { type KafkaEvent, sinkWindows } from './sink-windows';
import { storeClient } from './store-client';
import type { WindowRecord } from './window-record';
import { WindowStore } from './window-store';

/** Left of the function's time for the batch itself, and for Lambda to take the answer. */
const RESERVE_MILLIS = 15_000;

const generation = Number(required('GENERATION'));
const servedByDefault = Number(required('SERVED_GENERATION'));
const kept = Number(required('WINDOWS_KEPT'));
const deadLetters = new BucketDeadLetters(new S3Client({ forcePathStyle: true }), required('DEAD_LETTER_BUCKET'));
const lambda = new LambdaClient();
const log = {
  topic: required('TOPIC'),
  group: `${required('CONSUMER_GROUP')}-rebuild`,
  kafka: kafkaFromEnvironment('cdk-data-patterns-hot-store-sink'),
};

/**
 * Applies a batch of windows to the store, tells live connections of what is new, and fills a store that has lost its
 * windows anew. `{"rebuild": true}` instead of a batch reads the whole log again.
 */
export async function handler(
  event: KafkaEvent | { readonly rebuild: true },
  context: { getRemainingTimeInMillis(): number },
): Promise<{ written: number }> {
  const valkey = await storeClient();
  const store = new WindowStore(valkey, generation, kept);
  if ('rebuild' in event) await forgetRebuild(valkey, generation);
  const written = 'rebuild' in event ? [] : await sinkWindows(event, store, deadLetters);
  await announce(written);
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS;
  await rebuildIfEmpty(valkey, generation, store, log, deadline);
  return { written: written.length };
}

/** Listeners hear of the generation that is served. What they miss they ask the API for: it never fails the batch. */
async function announce(written: readonly WindowRecord[]): Promise<void> {
  const pushFunction = process.env.PUSH_FUNCTION;
  if (!pushFunction || written.length === 0) return;
  try {
    const valkey = await storeClient();
    if ((await servedGeneration(valkey, servedByDefault)) !== generation) return;
    const messages = announcementsOf(written, generation, await new LiveConnections(valkey).all());
    await Promise.all(messages.map((message) => invoke(pushFunction, message)));
  } catch (error) {
    console.error(error);
  }
}

async function invoke(name: string, message: LiveMessage): Promise<void> {
  await lambda.send(
    new InvokeCommand({ FunctionName: name, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(message)) }),
  );
}
