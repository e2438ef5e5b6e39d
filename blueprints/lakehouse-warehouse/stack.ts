import { type Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { SilverSync, SilverSyncMode } from '../../lib/hybrid';
import type { LakehouseSettings } from '../lakehouse/settings';
import { createTradingLakehouse } from '../lakehouse/trading-lakehouse';
import { addOutputs } from '../trading/outputs';
import type { WarehouseSettings } from '../warehouse/settings';
import { createTradingWarehouse } from '../warehouse/trading-warehouse';

/** Properties of the lakehouse with a warehouse; a part's `directory` has what its settings name. */
export interface TradingLakehouseWarehouseStackProps extends StackProps {
  readonly lakehouse: { readonly settings: LakehouseSettings; readonly directory: string };
  readonly warehouse: { readonly settings: WarehouseSettings; readonly directory: string };
  readonly sync: { readonly mode: SilverSyncMode; readonly schedule: ScheduleExpression; readonly maxLag: Duration };
}

/** The lake for engineering, a warehouse for BI: silver is brought over, and dbt makes gold there. */
export class TradingLakehouseWarehouseStack extends Stack {
  constructor(scope: Construct, id: string, props: TradingLakehouseWarehouseStackProps) {
    const { lakehouse, warehouse, sync, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(warehouse.settings.profile);
    super(scope, id, {
      description: `Lakehouse '${lakehouse.settings.name}' and warehouse '${warehouse.settings.warehouse.name}'`,
      terminationProtection: !profile.destroyable,
      ...stackProps,
    });
    const key = new DataKey(this, 'Key', { profile, description: 'Data of lakehouse and warehouse' });
    // Where both have an id, it stays the warehouse's: secrets that people filled in go with it.
    const ids = { pipeline: 'LakePipeline', sources: 'LakeSources' };
    const lake = createTradingLakehouse(this, { ...lakehouse, key, profile, ids });
    const isCopy = sync.mode === SilverSyncMode.INCREMENTAL_COPY;
    const outputs = createTradingWarehouse(this, {
      ...warehouse,
      key,
      profile,
      further: {
        schemas: isCopy ? ['lake'] : [],
        buildSchedule: isCopy ? undefined : sync.schedule,
        create: (ground) => ({
          sync: new SilverSync(this, 'SilverSync', { ...ground, ...sync, table: lake.silver, key: ['trade_id'] }),
          schedule: isCopy ? sync.schedule : undefined,
        }),
      },
    });
    addOutputs(this, { ...lake.outputs, QueryWorkgroupName: lake.outputs.WorkgroupName, ...outputs });
  }
}
