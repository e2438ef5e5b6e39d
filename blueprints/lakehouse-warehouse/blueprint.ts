import type { App } from 'aws-cdk-lib';
import { loadLakehouseSettings } from '../lakehouse/settings';
import { loadHybridFile } from '../trading/hybrid-file';
import { loadWarehouseSettings } from '../warehouse/settings';
import schema from './blueprint.schema.json';
import { type LakehouseWarehouse, TradingLakehouseWarehouseStack } from './stack';

/** Adds the lakehouse with a warehouse to an app; `directory` has its blueprint.yaml, which names those of the parts. */
export function addTo(app: App, directory: string, name?: string): void {
  const { settings, part } = loadHybridFile<Pick<LakehouseWarehouse, 'sync'>>(directory, schema, name);
  const warehouse = part('warehouse', loadWarehouseSettings);
  // eslint-disable-next-line awscdk/no-construct-stack-suffix -- the name is what people type
  new TradingLakehouseWarehouseStack(app, 'TradingLakehouseWarehouseStack', {
    env: warehouse.env,
    lakehouse: part('lakehouse', loadLakehouseSettings),
    warehouse,
    sync: settings.sync,
  });
}
