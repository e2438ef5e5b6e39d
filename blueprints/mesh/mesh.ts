import { existsSync, readdirSync } from 'node:fs';
import * as path from 'node:path';
import { DataProductContract, type DomainRegistration, type SubscriptionRequest } from '../../lib/mesh';
import { DOMAINS, type MeshDomain, type MeshSettings } from './settings';

/** What a consumer asks for: a product, or the people of a domain by the domain's name. */
interface Ask {
  readonly consumer: string;
  readonly product: string;
  readonly purpose: string;
  /** The table, when left out. */
  readonly interfaces?: string[];
}

/** What each domain asks of the others. The owners approve it in their contracts, in the same words. */
const ASKED: readonly Ask[] = [
  { consumer: 'risk.exposures', product: 'trading.trades', purpose: 'risk' },
  { consumer: 'risk.exposures', product: 'trading.quotes', purpose: 'risk' },
  { consumer: 'risk.exposures', product: 'trading.symbols', purpose: 'risk' },
  { consumer: 'finance.revenue', product: 'trading.trades', purpose: 'reporting' },
  { consumer: 'finance.costs', product: 'trading.trades', purpose: 'reporting' },
  { consumer: 'finance.pnl', product: 'trading.trades', purpose: 'reporting' },
  { consumer: 'finance.pnl', product: 'risk.exposures', purpose: 'reporting' },
  { consumer: 'finance', product: 'trading.volumes', purpose: 'reporting' },
  { consumer: 'finance', product: 'risk.exposures', purpose: 'reporting' },
  { consumer: 'risk', product: 'trading.trades', purpose: 'risk', interfaces: ['api'] },
];

/** A product as its folder holds it: the contract, and the SQL that makes it. */
export interface MeshProduct {
  readonly contract: DataProductContract;
  readonly sqlFiles: string[];
}

/** The whole mesh, from which each stack takes its part: the folders are what the domains publish to one another. */
export class Mesh {
  /** Every domain with its account. */
  public readonly domains: DomainRegistration[];
  private readonly products: readonly MeshProduct[];

  public constructor(
    private readonly directory: string,
    { accounts }: MeshSettings,
  ) {
    this.domains = DOMAINS.map((domainName) => ({ domainName, account: accounts[domainName] }));
    this.products = DOMAINS.flatMap((domain) => productsIn(path.join(directory, domain)));
  }

  /** Every contract. */
  public get contracts(): DataProductContract[] {
    return this.products.map(({ contract }) => contract);
  }

  /** The products of a domain, each after those of the domain that it is made of. */
  public productsOf(domain: MeshDomain): MeshProduct[] {
    const ordered: MeshProduct[] = [];
    const own = this.products.filter(({ contract }) => contract.domain === domain);
    const add = (product: MeshProduct): void => {
      if (ordered.includes(product)) return;
      const inputs = product.contract.stated.inputs.map((each) => each.product);
      own.filter(({ contract }) => inputs.includes(contract.name)).forEach(add);
      ordered.push(product);
    };
    own.forEach(add);
    return ordered;
  }

  /** What is asked, on whichever side the domain is. */
  public requests(side: 'owner' | 'consumer', domain: MeshDomain): SubscriptionRequest[] {
    return ASKED.map((each) => this.request(each)).filter((each) => each[side].domainName === domain);
  }

  /** Where the ids of a domain's columns are written down. */
  public ledgerOf(domain: MeshDomain): string {
    return path.join(this.directory, domain, 'schemas.lock.json');
  }

  private request({ consumer, product: asked, ...others }: Ask): SubscriptionRequest {
    const contract = this.contract(asked);
    const product = consumer.includes('.') ? this.contract(consumer) : undefined;
    return {
      contract,
      majorVersion: 1,
      owner: this.domain(contract.domain),
      consumer: this.domain(product?.domain ?? consumer),
      product,
      ...others,
    };
  }

  private contract(name: string): DataProductContract {
    const found = this.contracts.find((each) => each.name === name);
    if (found === undefined)
      throw new Error(`${name}: no folder of ${this.directory} has its contract; add it, or ask for another.`);
    return found;
  }

  private domain(name: string): DomainRegistration {
    const found = this.domains.find(({ domainName }) => domainName === name);
    if (found === undefined) throw new Error(`${name}: is no domain of the mesh; name one of: ${DOMAINS.join(', ')}.`);
    return found;
  }
}

function productsIn(folder: string): MeshProduct[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .map(({ name }) => path.join(folder, name))
    .filter((product) => existsSync(path.join(product, 'data-product.yaml')))
    .sort()
    .map((product) => ({
      contract: DataProductContract.fromFile(path.join(product, 'data-product.yaml')),
      sqlFiles: readdirSync(product)
        .filter((file) => file.endsWith('.sql'))
        .sort()
        .map((file) => path.join(product, file)),
    }));
}
