import { type App, Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { join } from 'node:path';
import { TradingLakehouseWarehouseStack } from '../../../blueprints/lakehouse-warehouse/stack';
import { loadWarehouseSettings, type WarehouseSettings } from '../../../blueprints/warehouse/settings';
import { SilverSyncMode } from '../../../lib/hybrid';
import * as lakehouse from '../lakehouse/synth';

const DIRECTORY = join(__dirname, '../../../blueprints/lakehouse-warehouse/warehouse');

export interface SynthOptions {
  readonly app?: App;
  readonly name?: string;
  readonly mode?: SilverSyncMode;
  /** Of the warehouse, in place of the hybrid's own. */
  readonly warehouse?: { readonly directory: string; readonly settings: WarehouseSettings };
  readonly production?: boolean;
}

export function newStack({
  app = lakehouse.newApp(),
  name = 'TradingLakehouseWarehouseStack',
  mode = SilverSyncMode.INCREMENTAL_COPY,
  production = false,
  warehouse = {
    directory: DIRECTORY,
    settings: loadWarehouseSettings(DIRECTORY, production ? 'prod' : undefined).settings,
  },
}: SynthOptions = {}): TradingLakehouseWarehouseStack {
  return new TradingLakehouseWarehouseStack(app, name, {
    lakehouse: { directory: lakehouse.DIRECTORY, settings: lakehouse.SETTINGS },
    warehouse,
    sync: { mode, schedule: ScheduleExpression.expression('cron(45 * * * ? *)'), maxLag: Duration.hours(2) },
  });
}
