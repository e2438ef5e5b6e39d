import type { App } from 'aws-cdk-lib';
import { LakeFormationStack } from './governance';
import { loadLakehouseSettings } from './settings';
import { TradingLakehouseStack } from './stack';

/**
 * Adds the lakehouse to an app. Its context key `source` names the only mapping of sources to use.
 *
 * @param directory with blueprint.yaml, schemas.lock.json, sources/ and sql/
 * @param environmentName a key of blueprint.yaml's `environments`; dev when left out
 * @throws YamlFileError when blueprint.yaml cannot be used
 */
export function addTo(app: App, directory: string, environmentName?: string): void {
  const source = app.node.tryGetContext('source') as string | undefined;
  const { environment, settings } = loadLakehouseSettings(directory, environmentName, source);
  const env = { account: environment.account, region: environment.region };
  // The name is what people type: `cdk deploy TradingLakehouseStack`.
  // eslint-disable-next-line awscdk/no-construct-stack-suffix
  const stack = new TradingLakehouseStack(app, 'TradingLakehouseStack', { env, settings, directory });
  if (settings.lakeFormation.mode === 'bootstrap') {
    // eslint-disable-next-line awscdk/no-construct-stack-suffix
    stack.addStackDependency(new LakeFormationStack(app, 'LakeFormationStack', { env }));
  }
}
