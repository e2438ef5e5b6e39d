import type { App } from 'aws-cdk-lib';
import { join } from 'node:path';
import { type LakehouseWarehouse, TradingLakehouseWarehouseStack } from '../../../blueprints/lakehouse-warehouse/stack';
import { loadWarehouseSettings, type WarehouseSettings } from '../../../blueprints/warehouse/settings';
import * as lakehouse from '../lakehouse/synth';

const DIRECTORY = join(__dirname, '../../../blueprints/lakehouse-warehouse/warehouse');

export interface SynthOptions {
  readonly app?: App;
  readonly name?: string;
  readonly mode?: LakehouseWarehouse['sync']['mode'];
  /** Of the warehouse, in place of the hybrid's own. */
  readonly warehouse?: { readonly directory: string; readonly settings: WarehouseSettings };
  readonly production?: boolean;
}

export function newStack({
  app = lakehouse.newApp(),
  name = 'TradingLakehouseWarehouseStack',
  mode = 'incremental_copy',
  production = false,
  warehouse = {
    directory: DIRECTORY,
    settings: loadWarehouseSettings(DIRECTORY, production ? 'prod' : undefined).settings,
  },
}: SynthOptions = {}): TradingLakehouseWarehouseStack {
  return new TradingLakehouseWarehouseStack(app, name, {
    lakehouse: { directory: lakehouse.DIRECTORY, settings: lakehouse.SETTINGS },
    warehouse,
    sync: { mode, schedule: 'cron(45 * * * ? *)', maxLagHours: 2 },
  });
}
