// An app with a mesh of DOMAINS domains of 20 products (or the one domain ONLY), from the folder CONTRACTS: each domain is a stack of its own account.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { DeploymentProfile } from '../../lib/foundation';
import { DataDomain, DataProduct, DataProductContract } from '../../lib/mesh';
import { SchemaLedger } from '../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../lib/schema/private/declaration';

const PRODUCTS = 20;
const domains = Number(process.env.DOMAINS);
const only = process.env.ONLY === undefined ? undefined : Number(process.env.ONLY);
const contracts = String(process.env.CONTRACTS);
const outdir = String(process.env.CDK_OUTDIR);
const lock = join(outdir, '..', 'schemas.lock.json');
writeFileSync(lock, '');

// Synthesized before and thrown away, so that node has compiled what runs: the fixed part of any app, which would be shared out
// among the products of a small one.
const warmUp = Number(process.env.WARM_UP ?? 0);
if (warmUp > 0)
  synthesize(
    `${outdir}-warm-up`,
    Array.from({ length: warmUp }, (_, index) => index),
  );

// Of the processor, for machines that measure are shared; without the loading of modules, which every app has.
const begun = process.cpuUsage();
synthesize(outdir, only === undefined ? Array.from({ length: domains }, (_, index) => index) : [only]);
const { user, system } = process.cpuUsage(begun);
process.stdout.write(
  `${JSON.stringify({ processorSeconds: (user + system) / 1e6, peakMiB: process.resourceUsage().maxRSS / 1024 })}\n`,
);

function synthesize(folder: string, indices: readonly number[]): void {
  // In lock mode, so that tables get provisional ids: the ledger has a benchmark of its own.
  const app = new App({ outdir: folder, context: { [DECLARE_SCHEMAS_CONTEXT]: true } });
  const ledger = SchemaLedger.fromFile(lock);
  for (const index of indices) {
    const stack = new Stack(app, `Domain${index}`, {
      env: { account: String(index + 1).padStart(12, '1'), region: 'eu-central-1' },
    });
    const domain = new DataDomain(stack, 'Domain', {
      domainName: `domain${index}`,
      ledger,
      profile: DeploymentProfile.SANDBOX,
    });
    for (let product = 0; product < PRODUCTS; product++) {
      const contract = DataProductContract.fromFile(join(contracts, `${index}-${product}.yaml`));
      new DataProduct(stack, `Product${product}`, { domain, contract });
    }
  }
  app.synth();
}
