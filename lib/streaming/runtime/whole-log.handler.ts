import { customResourceHandler, optionalTextProperty, textProperty } from '../../foundation/runtime/custom-resource';
import { kafkaFromEnvironment } from '../../foundation/runtime/kafka-client';
import { requireWholeLog } from './log-progress';

const kafka = kafkaFromEnvironment('cdk-data-patterns-whole-log');

/** Fails the deployment of a replay whose log has lost what it is to read. */
export const handler = customResourceHandler(async (event) => {
  const topic = textProperty(event, 'TopicName');
  const from = optionalTextProperty(event, 'From');
  if (event.RequestType !== 'Delete') {
    const admin = kafka.admin();
    await admin.connect();
    await requireWholeLog(admin, topic, from === undefined ? undefined : Date.parse(from)).finally(() =>
      admin.disconnect(),
    );
  }
  return { physicalResourceId: `${topic} from ${from ?? 'its first message'}` };
});
