/**
 * An application that produces trades: reads them as JSON lines from standard input and writes them to Kafka.
 *
 *     BOOTSTRAP_SERVERS=… ROLE_ARN=… AWS_REGION=… npm run produce < trades.jsonl
 *
 * The values are the outputs `BootstrapServers` and `ApplicationRoleArn` of the stack; without ROLE_ARN it speaks to a
 * broker without authentication, such as one on your own machine. TOPIC is `trades` when it is left out.
 *
 * Every trade that is accepted stands in the topic once when the status is 0 or 2: the producer is idempotent and waits
 * for all replicas. A line that is no trade is told with its number and left out, and the status is 2.
 */
import { createInterface } from 'node:readline';
import { generateAuthTokenFromRole } from 'aws-msk-iam-sasl-signer-js';
import { Kafka, type KafkaConfig, KafkaJSProtocolError, logLevel, type Message } from 'kafkajs';

const TRADES_IN_A_REQUEST = 1000;

async function main(): Promise<void> {
  const topic = process.env.TOPIC ?? 'trades';
  const producer = new Kafka({
    clientId: 'trading-application',
    brokers: required('BOOTSTRAP_SERVERS').split(','),
    // It logs what it tries again; what fails for good is thrown.
    logLevel: logLevel.NOTHING,
    ...authentication(),
  }).producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  try {
    let sent = 0;
    for await (const messages of batches(TRADES_IN_A_REQUEST)) {
      await producer.send({ topic, acks: -1, messages }).catch((error: unknown) => {
        throw isMissingTopic(error) ? new Error(`topic '${topic}' is not there; create it, or set TOPIC.`) : error;
      });
      sent += messages.length;
    }
    console.log(`${sent} trades are in ${topic}.`);
  } finally {
    await producer.disconnect();
  }
}

/** Kafka's own sentence says neither which topic nor what to do. */
function isMissingTopic(error: unknown): boolean {
  return error instanceof KafkaJSProtocolError
    ? error.type === 'UNKNOWN_TOPIC_OR_PARTITION'
    : error instanceof Error && isMissingTopic(error.cause);
}

/** IAM, as the application's role, which may write to the topic and do nothing else. */
function authentication(): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const awsRoleArn = process.env.ROLE_ARN;
  if (awsRoleArn === undefined) return { ssl: false };
  const region = required('AWS_REGION');
  return {
    ssl: true,
    sasl: {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => {
        const { token } = await generateAuthTokenFromRole({ region, awsRoleArn, awsRoleSessionName: 'application' });
        return { value: token };
      },
    },
  };
}

async function* batches(size: number): AsyncGenerator<Message[]> {
  let batch: Message[] = [];
  let line = 0;
  for await (const text of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    line += 1;
    const message = messageOf(text, line);
    if (message) batch.push(message);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The trade's own bytes, keyed by its id, so that what belongs to one trade stays in order. */
function messageOf(text: string, line: number): Message | undefined {
  const key = tradeIdOf(text);
  if (key !== undefined) return { key, value: text };
  if (text.trim() !== '') {
    console.error(`line ${line} is left out: it is no JSON object with a trade_id; write one trade a line.`);
    process.exitCode = 2;
  }
  return undefined;
}

function tradeIdOf(text: string): string | undefined {
  try {
    const { trade_id: id } = (JSON.parse(text) ?? {}) as { readonly trade_id?: unknown };
    return typeof id === 'string' && id !== '' ? id : undefined;
  } catch {
    return undefined;
  }
}

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new Error(`${name} is not set; it is an output of the stack, or the region of the brokers.`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
