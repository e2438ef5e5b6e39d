// A mesh of many domains, each a stack with products of its own, for the measurement of a review.
//   node mesh-app.js DOMAINS OUT [changed]
import { App, Stack } from 'aws-cdk-lib';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeploymentProfile } from '../../lib/foundation';
import { DataDomain, DataProduct, DataProductContract } from '../../lib/mesh';
import { SchemaLedger } from '../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../lib/schema/private/declaration';

const PRODUCTS = 3;
const [domains, out, change] = process.argv.slice(2);
const contracts = join(out, 'contracts');
mkdirSync(contracts, { recursive: true });
writeFileSync(join(contracts, 'schemas.lock.json'), '');

/** In the changed mesh every product has another owner, and each tenth domain has dropped a column. */
function contract(domain: string, product: number, dropped: boolean): string {
  const file = join(contracts, `${domain}-${product}.yaml`);
  const columns = [
    '{name: id, type: string, required: true}',
    '{name: amount, type: decimal(18, 8)}',
    '{name: booked_at, type: timestamptz}',
    ...(dropped ? [] : ['{name: note, type: string}']),
  ].map((column) => `    - ${column.replace('decimal(18, 8)', "'decimal(18, 8)'")}`);
  writeFileSync(
    file,
    `name: ${domain}.product${product}
version: 1.0.0
owner: ${change === undefined ? 'first' : 'second'}-team
description: What the domain offers.
classification: internal
schema:
  columns:
${columns.join('\n')}
  key: [id]
interfaces:
  - {type: table, name: ${domain}.table${product}, access: sql, engine: trino}
sla: {freshness: 5 minutes, availability: 99.9%, quality_score: 95%}
quality:
  tests:
    - unique: id
`,
  );
  return file;
}

const app = new App({
  outdir: join(out, 'assembly'),
  analyticsReporting: false,
  builtinCloudFormationValidation: false,
  context: { [DECLARE_SCHEMAS_CONTEXT]: true },
});
for (let index = 0; index < Number(domains); index++) {
  const domainName = `domain${index}`;
  const stack = new Stack(app, `Domain${index}`);
  const domain = new DataDomain(stack, 'Domain', {
    domainName,
    ledger: SchemaLedger.fromFile(join(contracts, 'schemas.lock.json')),
    profile: DeploymentProfile.SANDBOX,
  });
  for (let product = 0; product < PRODUCTS; product++) {
    const dropped = change !== undefined && index % 10 === 0 && product === 0;
    new DataProduct(stack, `Product${product}`, {
      domain,
      contract: DataProductContract.fromFile(contract(domainName, product, dropped)),
    });
  }
}
app.synth();
