import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { required } from '../../foundation/runtime/environment';
import { type KafkaBatch, notificationsOf } from './notifications';

const sns = new SNSClient({});

/** Tells the messages of a batch; one that cannot be told fails the batch, which Lambda tries again. */
export async function handler(event: KafkaBatch): Promise<{ told: number }> {
  const notifications = notificationsOf(event, required('NOUN'));
  for (const notification of notifications) {
    await sns.send(new PublishCommand({ TopicArn: required('NOTIFICATION_TOPIC'), ...notification }));
  }
  return { told: notifications.length };
}
