import type { App } from 'aws-cdk-lib';
import { loadStreamingSettings } from './settings';
import { TradingStreamingStack } from './stack';

/**
 * Adds the streaming pattern to an app.
 *
 * @param directory with blueprint.yaml, topics.lock.json and flink/
 * @param environmentName a key of blueprint.yaml's `environments`; dev when left out
 * @throws YamlFileError when blueprint.yaml cannot be used
 */
export function addTo(app: App, directory: string, environmentName?: string): void {
  const { environment, settings } = loadStreamingSettings(directory, environmentName);
  const env = { account: environment.account, region: environment.region };
  // The name is what people type: `cdk deploy TradingStreamingStack`.
  // eslint-disable-next-line awscdk/no-construct-stack-suffix
  new TradingStreamingStack(app, 'TradingStreamingStack', { env, settings, directory });
}
