import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { type DataKey, DeploymentProfile } from '../../../lib/foundation';
import { packageRoot } from '../../../lib/foundation/private/package-assets';
import type { MedallionLake } from '../../../lib/lakehouse';
import { DataDomain, DataProduct, DataProductContract } from '../../../lib/mesh';
import { SchemaLedger } from '../../../lib/schema';

/** The lake of a stack becomes the first domain of a mesh: its key and bucket are the domain's, its tables stay. */
export function adopt(lakehouse: Stack): void {
  const folder = join(packageRoot(), 'test', 'blueprints', 'adopted');
  const domain = new DataDomain(lakehouse, 'Domain', {
    domainName: 'trading',
    key: lakehouse.node.findChild('Key') as DataKey,
    bucket: (lakehouse.node.findChild('Lake') as MedallionLake).bucket,
    ledger: SchemaLedger.fromFile(join(folder, 'products.lock.json')),
    profile: DeploymentProfile.SANDBOX,
  });
  const contract = DataProductContract.fromFile(join(folder, 'data-product.yaml'));
  new DataProduct(lakehouse, 'TradesProduct', { domain, contract, schema: tradesSchema() });
}
