import type { DataProductContract } from '../../data-product-contract';

/** One product at one major version, and where it stands among the others. */
export interface CatalogProduct {
  readonly contract: DataProductContract;
  /** Its name and major version, as the metrics of the product have it: `trading.trades v1`. */
  readonly id: string;
  /** Its page, from the root of the site. */
  readonly href: string;
}

/** A product that another page names; without a page of its own where its contract is not among those of the portal. */
export interface NamedProduct {
  readonly name: string;
  readonly majorVersion: number;
  readonly href?: string;
}

/** Every product of a mesh by what pages look for. The order is that of names and versions, whatever the files' was. */
export class Catalog {
  public readonly products: readonly CatalogProduct[];
  private readonly versionsOf = new Map<string, CatalogProduct[]>();
  private readonly readersOf = new Map<string, CatalogProduct[]>();
  private readonly byId = new Map<string, CatalogProduct>();

  /** @throws when two contracts are of one product at one major version */
  public constructor(contracts: readonly DataProductContract[]) {
    this.products = contracts
      .map(productOf)
      .sort((one, other) =>
        one.contract.name === other.contract.name
          ? other.contract.majorVersion - one.contract.majorVersion
          : one.contract.name < other.contract.name
            ? -1
            : 1,
      );
    for (const product of this.products) {
      const { contract, id } = product;
      const twin = this.byId.get(id);
      if (twin !== undefined) {
        throw new Error(
          `${contract.file}: ${contract.name} has a contract for version ${contract.majorVersion} already (${twin.contract.file}); rename it, or raise its major version.`,
        );
      }
      this.byId.set(id, product);
      append(this.versionsOf, contract.name, product);
      for (const input of contract.stated.inputs)
        append(this.readersOf, idOf(input.product, input.majorVersion), product);
    }
  }

  /** Products by domain, both in the order of names. */
  public get domains(): [string, CatalogProduct[]][] {
    const domains = new Map<string, CatalogProduct[]>();
    for (const product of this.products) append(domains, product.contract.domain, product);
    return [...domains];
  }

  /** The major versions of a product, the newest first. */
  public versions(name: string): readonly CatalogProduct[] {
    return this.versionsOf.get(name) ?? [];
  }

  /** What a product is made of. */
  public inputsOf({ contract }: CatalogProduct): NamedProduct[] {
    return contract.stated.inputs.map(({ product, majorVersion }) => this.named(product, majorVersion));
  }

  /** What is made of a product. */
  public readersAt({ id }: CatalogProduct): NamedProduct[] {
    return (this.readersOf.get(id) ?? []).map(({ contract }) => this.named(contract.name, contract.majorVersion));
  }

  /** The same of a product that has a page. */
  public find({ name, majorVersion }: NamedProduct): CatalogProduct | undefined {
    return this.byId.get(idOf(name, majorVersion));
  }

  private named(name: string, majorVersion: number): NamedProduct {
    return { name, majorVersion, href: this.byId.get(idOf(name, majorVersion))?.href };
  }
}

function productOf(contract: DataProductContract): CatalogProduct {
  const { name, majorVersion } = contract;
  return { contract, id: idOf(name, majorVersion), href: `products/${name}.v${majorVersion}.html` };
}

function idOf(name: string, majorVersion: number): string {
  return `${name} v${majorVersion}`;
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}
