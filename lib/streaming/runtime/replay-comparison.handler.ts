import { required } from '../../foundation/runtime/environment';
import { kafkaFromEnvironment } from '../../foundation/runtime/kafka-client';
import { readToEnd } from '../../foundation/runtime/read-log';
import { compareGenerations, type Comparison, type Upserts, upsert } from './compare-generations';
import { lagOf } from './log-progress';

/** Left of the function's time for the answer. */
const RESERVE_MILLIS = 10_000;

const kafka = kafkaFromEnvironment('cdk-data-patterns-replay-comparison');

/** How many messages the new generation has yet to read, and how what it has written compares. */
export async function handler(
  _event: object,
  context: { getRemainingTimeInMillis(): number },
): Promise<Comparison & { lag: number }> {
  const deadline = Date.now() + context.getRemainingTimeInMillis() - RESERVE_MILLIS;
  const admin = kafka.admin();
  await admin.connect();
  const lag = await lagOf(admin, required('TOPIC'), required('CONSUMER_GROUP')).finally(() => admin.disconnect());
  const [before, after] = await Promise.all([
    upsertsOf(required('SERVED_TOPIC'), deadline),
    upsertsOf(required('REPLAYED_TOPIC'), deadline),
  ]);
  return { lag, ...compareGenerations(before, after) };
}

async function upsertsOf(topic: string, deadline: number): Promise<Upserts> {
  const found = new Map<string, string>();
  await readToEnd({
    kafka,
    topic,
    group: `${required('COMPARISON_GROUP')}-${topic}`,
    deadline,
    eachBatch: async ({ messages }, heartbeat) => {
      for (const { key, value } of messages) upsert(found, String(key), value?.toString());
      await heartbeat();
    },
  });
  return found;
}
