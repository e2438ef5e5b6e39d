/**
 * A CDK app whose one stack goes from one pattern to another under the same name: what it is now is the context `step`.
 * Bundled and run by the CDK CLI.
 */
import { App } from 'aws-cdk-lib';
import * as path from 'node:path';
import { loadLakehouseSettings } from '../../blueprints/lakehouse/settings';
import { TradingLakehouseStack } from '../../blueprints/lakehouse/stack';
import { TradingLakehouseWarehouseStack } from '../../blueprints/lakehouse-warehouse/stack';
import { loadWarehouseSettings } from '../../blueprints/warehouse/settings';
import { TradingWarehouseStack } from '../../blueprints/warehouse/stack';
import { packageRoot } from '../../lib/foundation/private/package-assets';
import { adopt } from '../blueprints/adopted/adopt';

const NAME = 'Trading';
const [lakeFolder, warehouseFolder] = ['lakehouse', 'warehouse'].map((each) =>
  path.join(packageRoot(), 'blueprints', each),
);
const lakehouse = { directory: lakeFolder, settings: loadLakehouseSettings(lakeFolder).settings };
const warehouse = { directory: warehouseFolder, settings: loadWarehouseSettings(warehouseFolder).settings };

const STEPS: { readonly [step: string]: (app: App) => void } = {
  warehouse: (app) => void new TradingWarehouseStack(app, NAME, warehouse),
  'lakehouse and warehouse': (app) =>
    void new TradingLakehouseWarehouseStack(app, NAME, {
      lakehouse,
      warehouse,
      sync: { mode: 'incremental_copy', schedule: 'cron(45 * * * ? *)', maxLagHours: 2 },
    }),
  lakehouse: (app) => void new TradingLakehouseStack(app, NAME, lakehouse),
  mesh: (app) => adopt(new TradingLakehouseStack(app, NAME, lakehouse)),
};

const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
STEPS[String(app.node.tryGetContext('step'))](app);
