import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import * as path from 'node:path';
import { DataBucket, DataKey, DeploymentProfile } from '../../lib/foundation';
import { TopicLedger } from '../../lib/schema';
import { TopicSchemaRegistry } from '../../lib/streaming';
import { recordUsage } from '../trading/usage';
import { TradeBackbone } from './trade-backbone';
import { Processing } from './processing';
import { Producers } from './producers';
import { Serving } from './serving';
import type { StreamingSettings } from './settings';
import { TradeTopics } from './topics';

/** Properties of the streaming pattern. */
export interface TradingStreamingStackProps extends StackProps {
  /** What blueprint.yaml says. */
  readonly settings: StreamingSettings;

  /** The folder with `topics.lock.json` and the generations' SQL. */
  readonly directory: string;
}

/**
 * Trades as a stream that everything else is derived from: enriched and summed up each minute by Flink SQL, served from
 * a hot store, kept for ever so that new logic can replay them.
 */
export class TradingStreamingStack extends Stack {
  public constructor(scope: Construct, id: string, props: TradingStreamingStackProps) {
    const { settings, directory, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(settings.profile);
    super(scope, id, {
      description: `Trading as a stream '${settings.name}': Kafka, Flink SQL, hot store and live API`,
      tags: { streaming: settings.name },
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    recordUsage(this, settings.usage);
    const key = new DataKey(this, 'Key', { profile, description: `Data of the stream '${settings.name}'` });
    const { backbone, network } = new TradeBackbone(this, 'Kafka', { settings: settings.backbone, key, profile });
    const deadLetters = new DataBucket(this, 'DeadLetters', {
      key,
      profile,
      lifecycleRules: [{ expiration: Duration.days(settings.deadLetters.keptDays) }],
    });
    const topics = new TradeTopics(this, 'Topics', {
      backbone,
      registry: new TopicSchemaRegistry(this, 'Schemas', {
        ledger: TopicLedger.fromFile(path.join(directory, 'topics.lock.json')),
      }),
      partitions: settings.backbone.partitions,
    });
    const generations = settings.processing.generations.map((generation) => ({
      ...generation,
      topics: topics.ofGeneration(generation.number),
    }));
    const producers = new Producers(this, 'Producers', {
      settings: settings.producers,
      trades: topics.trades,
      symbols: topics.symbols,
      deadLetters,
      key,
      profile,
    });
    const serving = new Serving(this, 'Serving', {
      settings: settings.serving,
      alarmEmail: settings.alarms.email,
      generations,
      network,
      deadLetters,
      key,
      profile,
    });

    const processing = new Processing(this, 'Processing', {
      generations,
      trades: topics.trades,
      symbols: topics.symbols,
      directory,
      network,
      alarmTopic: serving.alarmTopic,
      key,
      profile,
    });

    const outputs = { ...producers.outputs, ...processing.outputs, ...serving.outputs };
    Object.entries(outputs).forEach(([name, value]) => this.output(name, value));
    this.output('BootstrapServers', backbone.bootstrapServers);
    this.output('TradesTopicName', topics.trades.topicName);
    this.output('SymbolsTopicName', topics.symbols.topicName);
    this.output('DeadLetterBucketName', deadLetters.bucket.bucketName);
  }

  private output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}
