import { type App, Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import * as path from 'node:path';
import { SilverSyncMode } from '../../lib/hybrid';
import { loadLakehouseSettings } from '../lakehouse/settings';
import { loadBlueprintFile } from '../trading/blueprint-file';
import { loadWarehouseSettings } from '../warehouse/settings';
import schema from './blueprint.schema.json';
import { TradingLakehouseWarehouseStack } from './stack';

type Sync = { mode: string; schedule: string; maxLagHours: number };
type Settings = Record<'lakehouse' | 'warehouse', string> & { sync: Sync };

/** Adds the lakehouse with a warehouse to an app; `directory` has its blueprint.yaml, which names those of the parts. */
export function addTo(app: App, directory: string, name?: string): void {
  const file = path.join(directory, 'blueprint.yaml');
  const { lakehouse, warehouse, sync } = loadBlueprintFile<Settings>({ file, schema, environment: name }).settings;
  const [lakeFolder, folder] = [lakehouse, warehouse].map((each) => path.join(directory, each));
  const { environment, settings } = loadWarehouseSettings(folder, name);
  // eslint-disable-next-line awscdk/no-construct-stack-suffix -- the name is what people type
  new TradingLakehouseWarehouseStack(app, 'TradingLakehouseWarehouseStack', {
    env: { account: environment.account, region: environment.region },
    lakehouse: { directory: lakeFolder, settings: loadLakehouseSettings(lakeFolder, name).settings },
    warehouse: { directory: folder, settings },
    sync: {
      mode: sync.mode === 'zero_copy' ? SilverSyncMode.ZERO_COPY : SilverSyncMode.INCREMENTAL_COPY,
      schedule: ScheduleExpression.expression(sync.schedule),
      maxLag: Duration.hours(sync.maxLagHours),
    },
  });
}
