import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { addOutputs } from '../trading/outputs';
import type { LakehouseSettings } from './settings';
import { createTradingLakehouse } from './trading-lakehouse';

/** Properties of the trading lakehouse. */
export interface TradingLakehouseStackProps extends StackProps {
  /** What blueprint.yaml says. */
  readonly settings: LakehouseSettings;

  /** The folder with `schemas.lock.json` and `sql/`. */
  readonly directory: string;
}

/**
 * Trades from Kafka, files and requests into an Iceberg lakehouse: raw in bronze, validated and deduplicated in silver,
 * summed up by day and symbol in gold.
 */
export class TradingLakehouseStack extends Stack {
  public constructor(scope: Construct, id: string, props: TradingLakehouseStackProps) {
    const { settings, directory, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(settings.profile);
    super(scope, id, {
      description: `Trading lakehouse '${settings.name}': Kafka to bronze, silver and gold`,
      tags: { lakehouse: settings.name },
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    const key = new DataKey(this, 'Key', { profile, description: `Data of the lakehouse '${settings.name}'` });
    addOutputs(this, createTradingLakehouse(this, { settings, directory, key, profile }).outputs);
  }
}
