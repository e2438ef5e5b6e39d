import { Tags } from 'aws-cdk-lib';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { DataBucket, DataKey, DeploymentProfile, type IDataBucket, type IDataKey } from '../foundation';
import { createAlarmTopic } from '../foundation/private/alarms';
import { type ILakeDatabase, LakeDatabase } from '../lakehouse';
import type { SchemaLedger, TopicLedger } from '../schema';
import { type IEventBackbone, TopicSchemaRegistry } from '../streaming';
import type { DataProductContract } from './data-product-contract';
import { type Measured, ProductProbe } from './private/product-probe';

/** Properties of a `DataDomain`. */
export interface DataDomainProps {
  /** Name of the domain, as contracts begin with it: lower-case letters, digits and underscores, from a letter on. */
  readonly domainName: string;

  /** Where the ids of columns and partition fields are written down (`schemas.lock.json`). */
  readonly ledger: SchemaLedger;

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
export class DataDomain extends Construct {
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

  private readonly probe: ProductProbe;
  private readonly products = new Set<string>();

  constructor(scope: Construct, id: string, props: DataDomainProps) {
    super(scope, id);
    checkName(this.node.path, props.domainName);
    const { domainName, topicLedger } = props;
    this.domainName = domainName;
    this.profile = props.profile ?? DeploymentProfile.PRODUCTION;
    this.ledger = props.ledger;
    this.backbone = props.backbone;
    this.goldenRules = [...(props.goldenRules ?? ['RowCount > 0'])];
    this.key = new DataKey(this, 'Key', { profile: this.profile });
    this.bucket = new DataBucket(this, 'Data', { key: this.key, profile: this.profile });
    this.database = new LakeDatabase(this, 'Database', {
      databaseName: domainName,
      description: `Data products of the domain ${domainName}`,
      profile: this.profile,
    });
    this.topicRegistry = topicLedger && new TopicSchemaRegistry(this, 'Schemas', { ledger: topicLedger });
    this.alarmTopic = createAlarmTopic(this, this.key);
    this.probe = new ProductProbe(this, 'Probe', { key: this.key, profile: this.profile });
    Tags.of(this).add('data-domain', domainName);
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

  /** @internal */
  public _measure(product: Construct, measured: Measured): void {
    this.probe.add(product, measured);
  }
}

function checkName(path: string, name: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(name)) return;
  throw new Error(
    `${path}: domainName '${name}' cannot begin a contract's name; use lower-case letters, digits and underscores, from a letter on.`,
  );
}
