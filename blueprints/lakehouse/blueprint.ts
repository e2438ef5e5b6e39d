import type { App } from 'aws-cdk-lib';
import { loadLakehouseSettings } from './settings';
import { TradingLakehouseStack } from './stack';

/**
 * Adds the lakehouse to an app. Its context key `source` names the only mapping of sources to use.
 *
 * @param directory with blueprint.yaml, schemas.lock.json, sources/ and sql/
 * @param environmentName a key of blueprint.yaml's `environments`; dev when left out
 * @throws BlueprintFileError when blueprint.yaml cannot be used
 */
export function addTo(app: App, directory: string, environmentName?: string): void {
  const source = app.node.tryGetContext('source') as string | undefined;
  const { environment, settings } = loadLakehouseSettings(directory, environmentName, source);
  const { account, region } = environment;
  // The name is what people type: `cdk deploy TradingLakehouseStack`.
  // eslint-disable-next-line awscdk/no-construct-stack-suffix
  new TradingLakehouseStack(app, 'TradingLakehouseStack', { env: { account, region }, settings, directory });
}
