import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { generateAuthToken } from 'aws-msk-iam-sasl-signer-js';
import { Kafka, logLevel } from 'kafkajs';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';
import { KafkajsTopicAdmin } from './kafkajs-topic-admin';
import { type DesiredTopic, reconcileTopic, removeTopic, type TopicAdmin } from './topic-reconciliation';

/**
 * Creates and changes a topic on MSK with IAM authentication. A delete event comes only where the stack may be destroyed
 * with its data: otherwise the resource is retained and CloudFormation does not ask.
 */
export const handler = customResourceHandler(async (event) => {
  const topic = desiredTopic(event);
  await withAdmin(textProperty(event, 'BootstrapServers'), (admin) =>
    event.RequestType === 'Delete' ? removeTopic(admin, topic.name) : reconcileTopic(admin, topic),
  );
  return { physicalResourceId: topic.name };
});

function desiredTopic(event: CloudFormationCustomResourceEvent): DesiredTopic {
  return {
    name: textProperty(event, 'TopicName'),
    partitions: Number(textProperty(event, 'Partitions')),
    replicationFactor: Number(textProperty(event, 'ReplicationFactor')),
    configs: event.ResourceProperties.Configs as Record<string, string>,
  };
}

async function withAdmin(bootstrapServers: string, work: (admin: TopicAdmin) => Promise<void>): Promise<void> {
  const region = process.env.AWS_REGION ?? '';
  const kafka = new Kafka({
    clientId: 'cdk-data-patterns-topic-admin',
    brokers: bootstrapServers.split(','),
    logLevel: logLevel.ERROR,
    ssl: true,
    sasl: {
      mechanism: 'oauthbearer',
      oauthBearerProvider: async () => ({ value: (await generateAuthToken({ region })).token }),
    },
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(new KafkajsTopicAdmin(admin));
  } finally {
    await admin.disconnect();
  }
}
