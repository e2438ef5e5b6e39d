import { resolve } from 'path';
import { CfnResource, Stack, Tags } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DataBucket, DataKey, DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import { acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { createAlarmTopic } from '../foundation/private/alarms';
import { IcebergTable, type ILakeDatabase, type ILakeGround, LakeDatabase, type LakeTableProps } from '../lakehouse';
import { isDeclaring } from '../lakehouse/private/declare-table';
import type { SchemaLedger, TopicLedger } from '../schema';
import { type DeclaredProduct, PRODUCT_METADATA } from '../schema/private/declaration';
import { type IEventBackbone, TopicSchemaRegistry } from '../streaming';
import type { DataProductContract } from './data-product-contract';
import type { DomainLakeFormation } from './domain-lake-formation';
import type { DomainRegistration } from './domain-registration';
import { StateReader } from './portal/private/state-reader';
import { DomainApis, type Served } from './private/domain-apis';
import { DomainGovernance, type Share } from './private/domain-governance';
import { type Measured, ProductProbe } from './private/product-probe';
import { type Evaluated, QualityEvaluation } from './private/quality-evaluation';
import { ProductStacks } from './private/product-stacks';
import { readerName } from './private/reader-name';
import { type TopicShare, TopicShares } from './private/topic-shares';

/** Properties of a `DataDomain`. */
export interface DataDomainProps {
  /** Name of the domain, as contracts begin with it: lower-case letters, digits and underscores, from a letter on. */
  readonly domainName: string;

  /** Where the ids of columns and partition fields are written down (`schemas.lock.json`). */
  readonly ledger: SchemaLedger;

  /**
   * Holds the files of the domain's tables, encrypted with the domain's key: the bucket of a lake that becomes a domain.
   *
   * @default - a bucket of its own
   */
  readonly bucket?: IDataBucket;

  /**
   * The brokers that the domain's streams live on.
   *
   * @default - none; a contract with a stream is refused
   */
  readonly backbone?: IEventBackbone;

  /**
   * Where the versions of the streams' schemas are written down (`topics.lock.json`).
   *
   * @default - streams have no registered schema
   */
  readonly topicLedger?: TopicLedger;

  /**
   * Rules that every product is judged by besides its own tests, in DQDL.
   *
   * @default ['RowCount > 0']
   */
  readonly goldenRules?: string[];

  /**
   * Encrypts everything of the domain.
   *
   * @default - a new key
   */
  readonly key?: IDataKey;

  /**
   * Lake Formation governs the tables, which sharing them with other domains needs.
   *
   * @default - it does not: IAM alone, and no table can be shared
   */
  readonly lakeFormation?: DomainLakeFormation;

  /**
   * The account whose portal may see which alarms of this account ring, so that it tells whether products keep their
   * promises: twelve digits.
   *
   * @default - none may; the portal calls the state of this domain's products not known
   */
  readonly portalAccount?: string;

  /**
   * Whom its costs are charged to: the tag `cost-center` on the domain and its products. They have `data-domain` and
   * `data-product`, too; billing tells them apart once the organization has activated the three for cost allocation.
   *
   * @default - not said
   */
  readonly costCenter?: string;

  /**
   * What the deployment is for.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

/**
 * A domain of a data mesh in an account of its own: its key, bucket, catalog database and alarms, and the products that
 * it publishes. It refers to nothing of another domain or of the platform, so that its stack deploys by itself, in any
 * order, and goes without anyone else's stack being touched.
 */
export class DataDomain extends Construct implements ILakeGround {
  /** Name of the domain. */
  public readonly domainName: string;

  /** What the deployment is for. */
  public readonly profile: DeploymentProfile;

  /** Encrypts everything of the domain. */
  public readonly key: IDataKey;

  /** Holds the files of the domain's tables. */
  public readonly bucket: IDataBucket;

  /** The domain's database in the catalog, named as the domain. */
  public readonly database: ILakeDatabase;

  /** Tells the domain's people what goes wrong with its products; nobody else's alarms come here. */
  public readonly alarmTopic: sns.ITopic;

  /** Where ids of columns are written down. */
  public readonly ledger: SchemaLedger;

  /** The brokers, where there are some. */
  public readonly backbone?: IEventBackbone;

  /** Where schemas of streams are registered, where they are. */
  public readonly topicRegistry?: TopicSchemaRegistry;

  /** Rules that every product is judged by besides its own tests. */
  public readonly goldenRules: string[];

  /** Whom its costs are charged to, where that is said. */
  public readonly costCenter?: string;

  private readonly stacks: ProductStacks;
  private readonly governance?: DomainGovernance;
  private readonly apis: DomainApis;
  private readonly topicShares: TopicShares;
  private readonly evaluation: QualityEvaluation;
  private readonly probe: ProductProbe;
  private readonly readers = new Map<string, iam.Role>();
  private readonly links = new Map<string, glue.CfnDatabase>();
  private readonly products = new Set<string>();

  constructor(scope: Construct, id: string, props: DataDomainProps) {
    super(scope, id);
    checkName(this.node.path, props.domainName);
    if (props.bucket && !props.key) {
      throw new Error(`${this.node.path}: a bucket comes with the key that encrypts it; give the domain its key, too.`);
    }
    const { domainName, topicLedger } = props;
    this.domainName = domainName;
    this.costCenter = props.costCenter;
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.ledger = props.ledger;
    this.backbone = props.backbone;
    this.goldenRules = [...(props.goldenRules ?? ['RowCount > 0'])];
    this.key = props.key ?? new DataKey(this, 'Key', { profile: this.profile });
    this.bucket = props.bucket ?? new DataBucket(this, 'Data', { key: this.key, profile: this.profile });
    this.database = new LakeDatabase(this, 'Database', {
      databaseName: domainName,
      description: `Data products of the domain ${domainName}`,
      profile: this.profile,
    });
    this.stacks = new ProductStacks(this, 'Products');
    this.topicRegistry = topicLedger && new TopicSchemaRegistry(this, 'Schemas', { ledger: topicLedger });
    this.alarmTopic = createAlarmTopic(this, this.key);
    this.probe = new ProductProbe(this, 'Probe', { key: this.key, profile: this.profile });
    this.evaluation = new QualityEvaluation(this, 'Evaluation');
    this.apis = new DomainApis(this, 'Apis', { domainName, ground: this });
    this.topicShares = new TopicShares(this, 'TopicShares', { domainName, backbone: props.backbone });
    if (props.lakeFormation) {
      const { database } = this;
      this.governance = new DomainGovernance(this, 'Governance', {
        ...props.lakeFormation,
        domainName,
        ground: this,
        database,
        stacks: this.stacks,
      });
      this.governance.permitLooks('Probe', this.probe.role);
    }
    if (props.portalAccount !== undefined) {
      new StateReader(this, 'StateReader', { domainName, portalAccount: props.portalAccount });
    }
    Tags.of(this).add('data-domain', domainName);
    if (this.costCenter !== undefined) Tags.of(this).add('cost-center', this.costCenter);
  }

  /** The domain's own database, and those that it has linked to, each by the name of its domain. */
  public get databaseNames(): { [variable: string]: string } {
    const linked = [...this.links.keys()].map((owner): [string, string] => [owner, owner]);
    return Object.fromEntries([[this.domainName, this.database.databaseName], ...linked]);
  }

  /** Address of the API that serves the domain's products; undefined while none of them has one. */
  public get apiUrl(): string | undefined {
    return this.apis.url;
  }

  /**
   * The role that reads what the domain has subscribed to. Its name is known on both sides of a subscription.
   *
   * @param product the product that is made of it, whose Glue jobs take the role; without one, the domain's people, who
   * are the principals of this account that IAM lets assume it
   */
  public reader(product?: DataProductContract): iam.IRole {
    const name = readerName(this.domainName, product);
    const known = this.readers.get(name);
    if (known) return known;
    const role = new iam.Role(
      product ? this._place(this, product) : this,
      product ? `Reader-${product.productName}-v${product.majorVersion}` : 'Reader',
      {
        roleName: name,
        description: `Reads for ${product?.name ?? this.domainName} what the domain has subscribed to`,
        assumedBy: product
          ? new iam.ServicePrincipal('glue.amazonaws.com')
          : new iam.AccountPrincipal(Stack.of(this).account),
      },
    );
    acknowledgeInlinePolicy(role);
    this.readers.set(name, role);
    return role;
  }

  /**
   * Where a product stands that is made in a scope: there, or in the nested stack that the ledger says.
   *
   * @internal
   */
  public _place(scope: Construct, contract: DataProductContract): Construct {
    const stack = isDeclaring(this) ? 0 : this.ledger._stackOf(this.ledgerNames(contract));
    return stack === 0 ? scope : this.stacks.of(stack);
  }

  /**
   * Tells `data-patterns schema lock` how large a product is, which finds a stack for it that has room.
   *
   * @internal
   */
  public _declare(product: Construct, contract: DataProductContract): void {
    const tables = this.ledgerNames(contract);
    if (tables.length === 0 || !isDeclaring(this)) return;
    const own = product.node.findAll().filter((each) => CfnResource.isCfnResource(each)).length;
    const declared: DeclaredProduct = {
      ledger: resolve(this.ledger.path),
      tables,
      resources: own * (this.governance ? GOVERNED : 1) + (contract.stated.streams.length > 0 ? ARRIVALS : 0) + ROLE,
    };
    product.node.addMetadata(PRODUCT_METADATA, declared);
  }

  /**
   * Takes note of a product.
   *
   * @throws when it is another domain's, or there already
   * @internal
   */
  public _own({ name, domain, majorVersion, file }: DataProductContract): void {
    if (domain !== this.domainName) {
      throw new Error(`${file}: ${name} is of the domain '${domain}', not of '${this.domainName}'; add it there.`);
    }
    const version = `${name} version ${majorVersion}`;
    if (this.products.has(version)) throw new Error(`${file}: ${version} is there already; add it once.`);
    this.products.add(version);
  }

  /**
   * Adds a table that is no product: what arrives before it is one, or what was turned away. It is never shared.
   *
   * Its files stand under `<domain>/<table>` in the bucket, which is its name in the ledger, too.
   */
  public addTable(props: LakeTableProps): IcebergTable {
    return this._addTable(this, `Table-${props.tableName}`, props);
  }

  /**
   * @param contract of the product whose table it is
   * @internal
   */
  public _addTable(scope: Construct, id: string, props: LakeTableProps, contract?: DataProductContract): IcebergTable {
    // eslint-disable-next-line awscdk/require-passing-this -- it goes with the product
    const table = new IcebergTable(scope, id, {
      ...props,
      database: this.database,
      ledger: this.ledger,
      ledgerName: this.ledgerName(props.tableName),
      bucket: this.bucket,
      profile: this.profile,
    });
    this.governance?.govern(table, contract);
    return table;
  }

  /**
   * Lets a role see what the tables of the domain are, where Lake Formation governs them.
   *
   * @internal
   */
  public _permitLooks(id: string, role: iam.IRole): void {
    this.governance?.permitLooks(id, role);
  }

  /**
   * Lets a principal of another account read the tables of a product.
   *
   * @throws when Lake Formation does not govern the domain
   * @internal
   */
  public _shareTables(share: Share): void {
    if (this.governance) return this.governance.share(share);
    throw new Error(
      `${share.contract.name}: domain '${this.domainName}' cannot share tables, because Lake Formation does not govern them; ` +
        'give the domain lakeFormation.',
    );
  }

  /**
   * Lets a role of another account read the topics of a product.
   *
   * @throws when the brokers cannot be shared
   * @internal
   */
  public _shareTopics(product: string, share: TopicShare): void {
    this.topicShares.add(product, share);
  }

  /**
   * A database in this catalog that stands for the one of another domain, under the same name, so that a query reads the
   * same in every account. The reader sees in it what the owner has granted.
   *
   * @internal
   */
  public _link({ domainName: owner, account }: DomainRegistration, reader: iam.IRole): void {
    const catalogId = Stack.of(this).account;
    const target = { catalogId: account, databaseName: owner, region: Stack.of(this).region };
    const link =
      this.links.get(owner) ??
      new glue.CfnDatabase(this, `Link-${owner}`, {
        catalogId,
        databaseInput: { name: owner, targetDatabase: target },
      });
    this.links.set(owner, link);
    this.governance?.permitLink(`${reader.node.id}-Link-${owner}`, reader, link, owner);
  }

  /**
   * Serves a product by HTTP.
   *
   * @param product whose construct holds what goes with it
   * @returns ARNs of what a caller may be allowed to ask
   * @internal
   */
  public _serve(product: Construct, served: Served): string[] {
    return this.apis.add(product, served);
  }

  private ledgerName(tableName: string): string {
    return `${this.domainName}.${tableName}`;
  }

  private ledgerNames({ stated }: DataProductContract): string[] {
    return stated.tables.map(({ tableName }) => this.ledgerName(tableName));
  }

  /** @internal */
  public _evaluate(product: Construct, evaluated: Evaluated): void {
    this.evaluation.add(product, evaluated);
  }

  /** @internal */
  public _measure(product: Construct, measured: Measured): void {
    this.probe.add(product, {
      ...measured,
      apiId: measured.contract.stated.apis.length > 0 ? this.apis.apiId : undefined,
    });
  }
}

// What comes with a product and stands elsewhere in its stack, at most, as the trading mesh has it.
/** With Lake Formation, a tag or a permission for each resource of the product itself. */
const GOVERNED = 2;
/** The job that takes messages in, what it may do, and the tables for them and for those that are turned away. */
const ARRIVALS = 35;
/** The role that reads for it. */
const ROLE = 2;

function checkName(path: string, name: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return;
  throw new Error(
    `${path}: domainName '${name}' cannot begin a contract's name; use lower-case letters, digits and underscores, from a letter on.`,
  );
}
