import type { App } from 'aws-cdk-lib';
import { loadWarehouseSettings } from './settings';
import { TradingWarehouseStack } from './stack';

/**
 * Adds the warehouse to an app.
 *
 * @param directory with blueprint.yaml, sources/, dbt/ and dashboards/
 * @param environmentName a key of blueprint.yaml's `environments`; dev when left out
 * @throws YamlFileError when one of the files cannot be used
 */
export function addTo(app: App, directory: string, environmentName?: string): void {
  const { environment, settings } = loadWarehouseSettings(directory, environmentName);
  const env = { account: environment.account, region: environment.region };
  // The name is what people type: `cdk deploy TradingWarehouseStack`.
  // eslint-disable-next-line awscdk/no-construct-stack-suffix
  new TradingWarehouseStack(app, 'TradingWarehouseStack', { env, settings, directory });
}
