import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { DataKey, DeploymentProfile } from '../../lib/foundation';
import { EventTopic } from '../../lib/streaming';
import { createBackbone } from '../trading/backbone';
import type { KafkaSettings } from './settings';

/** Properties of a `TradeSource`. */
export interface TradeSourceProps {
  /** What blueprint.yaml says. */
  readonly settings: KafkaSettings;

  /** The key for what brokers and network store. */
  readonly key: DataKey;

  /** What the deployment is for. */
  readonly profile: DeploymentProfile;
}

/** The topic that trades arrive on, with brokers and network of its own or on brokers that exist. */
export class TradeSource extends Construct {
  public readonly topic: EventTopic;

  public constructor(scope: Construct, id: string, props: TradeSourceProps) {
    super(scope, id);
    const { settings, key, profile } = props;
    this.topic = new EventTopic(this, 'Topic', {
      backbone: createBackbone(this, settings, key, profile),
      topicName: settings.topic,
      partitions: settings.partitions,
      retention: Duration.hours(settings.retentionHours),
    });
  }
}
