import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { customResourceHandler, textProperty } from '../../foundation/runtime/custom-resource';
import { kafkaClient } from '../../foundation/runtime/kafka-client';
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
  const kafka = kafkaClient('cdk-data-patterns-topic-admin', bootstrapServers, {
    protocol: 'SASL_SSL',
    mechanism: 'AWS_MSK_IAM',
  });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await work(new KafkajsTopicAdmin(admin));
  } finally {
    await admin.disconnect();
  }
}
