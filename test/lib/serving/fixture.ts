import { App, Stack } from 'aws-cdk-lib';
import { DataBucket, DataKey, DataNetwork, DeploymentProfile } from '../../../lib/foundation';
import { HotStore } from '../../../lib/serving';
import { EventBackbone, EventTopic, KafkaSecurity } from '../../../lib/streaming';

/** What serving stands on, in a stack of its own. */
export function servingFixture(env?: { account?: string; region?: string }) {
  const stack = new Stack(new App(), 'Stack', { env });
  const profile = DeploymentProfile.SANDBOX;
  const key = new DataKey(stack, 'Key', { profile });
  const network = new DataNetwork(stack, 'Network', { key, profile });
  const backbone = EventBackbone.provisioned(stack, 'Backbone', { network, key, profile });
  const topic = new EventTopic(stack, 'Topic', { backbone, topicName: 'windows' });
  const deadLetters = new DataBucket(stack, 'Dead', { key, profile });
  const store = new HotStore(stack, 'Store', { network, key, profile });
  return { stack, profile, key, network, topic, deadLetters, store };
}

/** A topic on brokers that are not MSK's. */
export function ownBrokersTopic({ stack, network }: ReturnType<typeof servingFixture>): EventTopic {
  const backbone = EventBackbone.fromBrokers(stack, 'Own', {
    bootstrapServers: 'redpanda-1:9092,redpanda-2:9092',
    security: KafkaSecurity.TLS,
    network,
  });
  return new EventTopic(stack, 'OwnTopic', { backbone, topicName: 'windows' });
}
