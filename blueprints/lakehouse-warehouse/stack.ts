import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Construct } from 'constructs';
import { DataKey, DeploymentProfile } from '../../lib/foundation';
import { SilverSync, SilverSyncMode } from '../../lib/hybrid';
import type { LakehouseSettings } from '../lakehouse/settings';
import { createTradingLakehouse, type LakehouseGround, type TradingLakehouse } from '../lakehouse/trading-lakehouse';
import type { BlueprintPart } from '../trading/hybrid-file';
import { addOutputs } from '../trading/outputs';
import type { WarehouseSettings } from '../warehouse/settings';
import { createTradingWarehouse } from '../warehouse/trading-warehouse';

/** What blueprint.yaml and those of both parts say. */
export interface LakehouseWarehouse {
  readonly lakehouse: BlueprintPart<LakehouseSettings>;
  readonly warehouse: BlueprintPart<WarehouseSettings>;
  readonly sync: {
    readonly mode: 'incremental_copy' | 'zero_copy';
    readonly schedule: string;
    readonly maxLagHours: number;
  };
}

/** Makes a lakehouse and a warehouse that silver is brought to; gives the lakehouse, with the outputs of both. */
export function createLakehouseWarehouse(stack: Stack, props: LakehouseWarehouse & LakehouseGround): TradingLakehouse {
  const { lakehouse, warehouse, sync, ...ground } = props;
  const lake = createTradingLakehouse(stack, { ...lakehouse, ...ground, besideWarehouse: true });
  const isCopy = sync.mode === 'incremental_copy';
  const mode = isCopy ? SilverSyncMode.INCREMENTAL_COPY : SilverSyncMode.ZERO_COPY;
  const [maxLag, schedule] = [Duration.hours(sync.maxLagHours), ScheduleExpression.expression(sync.schedule)];
  const outputs = createTradingWarehouse(stack, {
    ...warehouse,
    ...ground,
    further: {
      schemas: isCopy ? ['lake'] : [],
      buildSchedule: isCopy ? undefined : schedule,
      create: (place) => ({
        sync: new SilverSync(stack, 'SilverSync', { ...place, mode, maxLag, table: lake.silver, key: ['trade_id'] }),
        schedule: isCopy ? schedule : undefined,
      }),
    },
  });
  return { ...lake, outputs: { ...lake.outputs, ...outputs } };
}

/** The lake for engineering, a warehouse for BI: silver is brought over, and dbt makes gold there. */
export class TradingLakehouseWarehouseStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps & LakehouseWarehouse) {
    const { lakehouse, warehouse, sync, ...stackProps } = props;
    const profile = DeploymentProfile.fromName(warehouse.settings.profile);
    const description = `Lakehouse '${lakehouse.settings.name}' and warehouse '${warehouse.settings.warehouse.name}'`;
    super(scope, id, { description, terminationProtection: !profile.destroyable, ...stackProps });
    const key = new DataKey(this, 'Key', { profile, description: 'Data of lakehouse and warehouse' });
    addOutputs(this, createLakehouseWarehouse(this, { lakehouse, warehouse, sync, key, profile }).outputs);
  }
}
