import type { App } from 'aws-cdk-lib';
import { TradingMeshDomainStack } from './domain-stack';
import { Mesh } from './mesh';
import { TradingMeshPlatformStack } from './platform-stack';
import { DOMAINS, loadMeshSettings } from './settings';

/**
 * Adds the mesh to an app: a stack for the platform and one for each domain, which know nothing of one another.
 *
 * @param directory with blueprint.yaml and a folder for each domain: schemas.lock.json, and a folder for each product
 * @param environmentName a key of blueprint.yaml's `environments`; dev when left out
 * @throws YamlFileError when blueprint.yaml or a contract cannot be used
 */
export function addTo(app: App, directory: string, environmentName?: string): void {
  const { environment, settings } = loadMeshSettings(directory, environmentName);
  const mesh = new Mesh(directory, settings);
  const env = (account: string) => ({ account, region: environment.region });
  // The names are what people type: `cdk deploy 'TradingMesh*'`.
  // eslint-disable-next-line awscdk/no-construct-stack-suffix
  new TradingMeshPlatformStack(app, 'TradingMeshPlatformStack', {
    env: env(settings.accounts.platform),
    settings,
    mesh,
  });
  for (const domainName of DOMAINS) {
    const title = domainName[0].toUpperCase() + domainName.slice(1);
    new TradingMeshDomainStack(app, `TradingMesh${title}Stack`, {
      env: env(settings.accounts[domainName]),
      domainName,
      settings,
      mesh,
    });
  }
}
