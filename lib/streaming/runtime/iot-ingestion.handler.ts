import { kafkaFromEnvironment } from '../../foundation/runtime/kafka-client';
import { KafkajsRecordSender } from './kafkajs-record-sender';
import { required } from '../../foundation/runtime/environment';

const keyField = process.env.KEY_FIELD;

// One for all messages that this instance takes: to connect takes longer than to send.
const sender = new KafkajsRecordSender(
  kafkaFromEnvironment('cdk-data-patterns-iot-ingestion', {
    connectionTimeout: 3000,
    requestTimeout: 5000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000 },
  }),
  required('TOPIC'),
  Number(required('SEND_TIMEOUT_MILLIS')),
);

/** What the rule selects: the device's message as Base64, so that it lands byte for byte, and where it came from. */
interface DeviceMessage {
  readonly payload: string;
  readonly mqttTopic?: string;
}

/**
 * Takes one message of a device into the topic.
 *
 * @throws when the brokers do not acknowledge it; Lambda then calls again, and sets it aside in the end
 */
export async function handler({ payload, mqttTopic = '' }: DeviceMessage): Promise<void> {
  const value = Buffer.from(payload, 'base64');
  const [delivery] = await sender.send([{ key: keyOf(value), value }], { 'mqtt-topic': mqttTopic });
  if ('failure' in delivery)
    throw new Error(`the brokers did not take the message of '${mqttTopic}': ${delivery.failure}`);
}

/** What is no JSON object has no key and goes on as it is: what reads the topic judges it. */
function keyOf(value: Buffer): string | undefined {
  if (keyField === undefined) return undefined;
  try {
    const key: unknown = (JSON.parse(value.toString('utf8')) as Record<string, unknown> | null)?.[keyField];
    return typeof key === 'string' && key !== '' ? key : undefined;
  } catch {
    return undefined;
  }
}
