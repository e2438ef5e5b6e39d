import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tradesSchema } from '../../../blueprints/trading/schemas';
import { DeploymentProfile } from '../../../lib/foundation';
import { DataDomain, type DataDomainProps, DataProduct, type DataProductProps } from '../../../lib/mesh';
import { SchemaLedger } from '../../../lib/schema';
import { DECLARE_SCHEMAS_CONTEXT } from '../../../lib/schema/private/declaration';
import { EventBackbone, KafkaSecurity } from '../../../lib/streaming';
import { contractOf, SEED_CONTRACT } from './contracts';

const folder = mkdtempSync(join(tmpdir(), 'mesh-test-'));
/** A ledger without ids. */
export const LEDGER = join(folder, 'schemas.lock.json');
writeFileSync(LEDGER, '');

/** An app in lock mode, whose tables get provisional ids: the ledger is not what is tested here. */
export function newStack(props: StackProps = {}): Stack {
  return new Stack(new App({ context: { [DECLARE_SCHEMAS_CONTEXT]: true } }), 'Trading', props);
}

/** The domain of trading, on brokers that exist already. */
export function newDomain(stack: Stack, props: Partial<DataDomainProps> = {}): DataDomain {
  const backbone = EventBackbone.fromBrokers(stack, 'Brokers', {
    bootstrapServers: 'kafka:9092',
    security: KafkaSecurity.PLAINTEXT,
    profile: DeploymentProfile.SANDBOX,
  });
  return new DataDomain(stack, 'Domain', {
    domainName: 'trading',
    ledger: SchemaLedger.fromFile(LEDGER),
    profile: DeploymentProfile.SANDBOX,
    backbone,
    ...props,
  });
}

/** The seed's product, with the record that its contract leaves to the code. */
export function newTrades(domain: DataDomain, props: Partial<DataProductProps> = {}): DataProduct {
  return new DataProduct(Stack.of(domain), 'Trades', {
    domain,
    contract: contractOf(SEED_CONTRACT),
    schema: tradesSchema(),
    ...props,
  });
}
