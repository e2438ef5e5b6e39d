import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { addOutputs } from '../trading/outputs';
import type { WarehouseSettings } from './settings';
import { createTradingWarehouse, warehouseName } from './trading-warehouse';

/** Properties of the trading warehouse. */
export interface TradingWarehouseStackProps extends StackProps {
  /** What blueprint.yaml says. */
  readonly settings: WarehouseSettings;

  /** The folder with `dbt/` and `dashboards/`. */
  readonly directory: string;
}

/**
 * From an exchange's API, a customer database and a billing service to three dashboards: synced raw into a warehouse,
 * transformed there by dbt, shown by Metabase.
 */
export class TradingWarehouseStack extends Stack {
  constructor(scope: Construct, id: string, props: TradingWarehouseStackProps) {
    const { settings, directory, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(settings.profile);
    super(scope, id, {
      description: `Trading warehouse '${settings.warehouse.name}': sources, dbt and dashboards`,
      tags: { warehouse: warehouseName(settings) },
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    const key = new DataKey(this, 'Key', {
      profile,
      description: `Data of the warehouse '${settings.warehouse.name}'`,
    });
    addOutputs(this, createTradingWarehouse(this, { settings, directory, key, profile }));
  }
}
