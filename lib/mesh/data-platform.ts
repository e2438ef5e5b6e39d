import { Stack, Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { YamlFileError } from '../foundation/private/yaml-file';
import { type ILakeTag, LakeTag } from '../lakehouse';
import { Sensitivity } from '../schema';
import type { DataProductContract } from './data-product-contract';
import type { DomainRegistration } from './domain-registration';
import { ProductPortal, type ProductPortalSettings } from './portal/product-portal';
import { meshFindings } from './private/mesh-rules';

/** Properties of a `DataPlatform`. */
export interface DataPlatformProps {
  /** Every domain of the mesh. */
  readonly domains: DomainRegistration[];

  /**
   * Every contract of the mesh. They are checked against one another: names, interfaces, inputs and their versions,
   * subscriptions on which both sides must agree, cycles.
   *
   * @default - none is checked
   */
  readonly contracts?: DataProductContract[];

  /**
   * What stands before `domain`, `product` and `classification` in the keys of the LF-Tags, which are unique in an account.
   *
   * @default - no LF-Tags: Lake Formation is not used
   */
  readonly tagPrefix?: string;

  /**
   * Rules that every product of every `PlatformDomain` is judged by besides its own tests, in DQDL.
   *
   * @default ['RowCount > 0']
   */
  readonly goldenRules?: string[];

  /**
   * The portal in which people find the products, made of the contracts.
   *
   * @default - none
   */
  readonly portal?: ProductPortalSettings;
}

/**
 * What the platform's account holds of a data mesh: who takes part, and the words that its data is tagged with in Lake
 * Formation. A mesh whose contracts do not fit together is refused at synth, with each problem at its line.
 *
 * What it says reaches a domain by `PlatformDomain`, as values: no domain refers to it, so that domains deploy without it and it without them.
 */
export class DataPlatform extends Construct {
  /** Every domain of the mesh. */
  public readonly domains: DomainRegistration[];

  /** What the keys of LF-Tags begin with, where there are some. */
  public readonly tagPrefix?: string;

  /** Rules that every product of every `PlatformDomain` is judged by. */
  public readonly goldenRules: string[];

  /** The domain of a database or table, where there are LF-Tags. */
  public readonly domainTag?: ILakeTag;

  /** The product of a table, as `domain.product`, where there are LF-Tags and contracts. */
  public readonly productTag?: ILakeTag;

  /** How carefully a table or column must be handled, where there are LF-Tags. */
  public readonly classificationTag?: ILakeTag;

  /** The portal, where there is one. */
  public readonly portal?: ProductPortal;

  constructor(scope: Construct, id: string, props: DataPlatformProps) {
    super(scope, id);
    const { domains, contracts = [], tagPrefix, portal } = props;
    checkDomains(this.node.path, domains);
    checkContracts(contracts, domains);
    this.domains = [...domains];
    this.tagPrefix = tagPrefix;
    this.goldenRules = [...(props.goldenRules ?? ['RowCount > 0'])];
    if (portal) this.portal = new ProductPortal(this, 'Portal', { ...portal, domains, contracts });
    if (tagPrefix === undefined) return;
    const products = [...new Set(contracts.map(({ name }) => name))];
    const tag = (tagId: string, tagValues: string[]) =>
      new LakeTag(this, tagId, { tagKey: `${tagPrefix}${tagId.toLowerCase()}`, tagValues });
    this.domainTag = tag(
      'Domain',
      domains.map(({ domainName }) => domainName),
    );
    this.classificationTag = tag('Classification', Object.values(Sensitivity));
    if (products.length > 0) this.productTag = tag('Product', products);
  }

  /** The account whose portal shows the state of products, where there is one and its account is known at synth. */
  public get portalAccount(): string | undefined {
    const { account } = Stack.of(this);
    return this.portal === undefined || Token.isUnresolved(account) ? undefined : account;
  }

  /**
   * The account of a domain.
   *
   * @throws when there is no such domain
   */
  public accountOf(domainName: string): string {
    return this.registrationOf(domainName).account;
  }

  /**
   * What a domain has registered with.
   *
   * @throws when there is no such domain
   */
  public registrationOf(domainName: string): DomainRegistration {
    const found = this.domains.find((each) => each.domainName === domainName);
    if (found) return found;
    const known = this.domains.map((each) => each.domainName).join(', ');
    throw new Error(
      `${this.node.path}: '${domainName}' is no domain of the mesh; register it, or name one of: ${known}.`,
    );
  }
}

function checkDomains(path: string, domains: readonly DomainRegistration[]): void {
  if (domains.length === 0) throw new Error(`${path}: a mesh without domains has no data; register one.`);
  const seen = new Set<string>();
  for (const { domainName, account } of domains) {
    if (!Token.isUnresolved(account) && !/^\d{12}$/.test(account)) {
      throw new Error(
        `${path}: domain '${domainName}' has the account '${account}'; give the twelve digits of an AWS account.`,
      );
    }
    if (seen.has(domainName)) throw new Error(`${path}: domain '${domainName}' is registered twice; keep one.`);
    seen.add(domainName);
  }
}

/** All problems at once, as `product lint` tells them. */
function checkContracts(contracts: readonly DataProductContract[], domains: readonly DomainRegistration[]): void {
  const known = domains.map(({ domainName }) => domainName);
  const strangers = contracts
    .filter(({ domain }) => !known.includes(domain))
    .map((contract) => ({
      contract,
      at: ['name'],
      sentence: `domain '${contract.domain}' has no account in the mesh; register it, or name one of: ${known.join(', ')}`,
    }));
  const errors = [...strangers, ...meshFindings(contracts, true)].map(
    ({ contract, at, sentence }) => new YamlFileError(contract.file, [contract._problemAt(at, sentence)]),
  );
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
}
