import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { addOutputs } from '../trading/outputs';
import type { StreamingSettings } from './settings';
import { createTradingStream } from './trading-stream';

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
    const key = new DataKey(this, 'Key', { profile, description: `Data of the stream '${settings.name}'` });
    addOutputs(this, createTradingStream(this, { settings, directory, key, profile }).outputs);
  }
}
