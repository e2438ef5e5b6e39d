import type { Duration } from 'aws-cdk-lib';
import type { SyncProps } from './ingestion-props';
import type { TaskPlatform } from './task-platform';
import type { Warehouse } from './warehouse';

/** A service that Amazon AppFlow reads. */
export class AppFlowConnector {
  /** Amplitude: product analytics. */
  static readonly AMPLITUDE = new AppFlowConnector('Amplitude', 'amplitude');
  /** Datadog: monitoring. */
  static readonly DATADOG = new AppFlowConnector('Datadog', 'datadog');
  /** Google Analytics: visits of web sites. */
  static readonly GOOGLE_ANALYTICS = new AppFlowConnector('Googleanalytics', 'googleAnalytics');
  /** Adobe Marketo: marketing. */
  static readonly MARKETO = new AppFlowConnector('Marketo', 'marketo');
  /** Salesforce Pardot: marketing. */
  static readonly PARDOT = new AppFlowConnector('Pardot', 'pardot');
  /** Salesforce: customers and sales. */
  static readonly SALESFORCE = new AppFlowConnector('Salesforce', 'salesforce');
  /** ServiceNow: requests and incidents. */
  static readonly SERVICE_NOW = new AppFlowConnector('Servicenow', 'serviceNow');
  /** Slack: conversations. */
  static readonly SLACK = new AppFlowConnector('Slack', 'slack');
  /** Veeva: life sciences. */
  static readonly VEEVA = new AppFlowConnector('Veeva', 'veeva');
  /** Zendesk: support. */
  static readonly ZENDESK = new AppFlowConnector('Zendesk', 'zendesk');

  private constructor(
    /** As flows write it. */
    readonly connectorType: string,
    /** The key of its settings. */
    readonly settings: string,
  ) {}
}

/** Properties of a sync by Amazon AppFlow. */
export interface AppFlowSyncProps extends SyncProps {
  /** Bucket in which AppFlow stages, and its key. */
  readonly platform: TaskPlatform;

  /** What is read. */
  readonly connector: AppFlowConnector;

  /** Name of a connection that somebody made in AppFlow's console, where the service asks a person for consent. */
  readonly connectorProfileName: string;

  /** The object of the service, such as `Account`. */
  readonly object: string;

  /** Its fields. A table of the dataset with columns of these names, in lower case, has to be there: AppFlow makes none. */
  readonly fields: string[];

  /**
   * The table of the dataset.
   *
   * @default - the object, in lower case
   */
  readonly table?: string;

  /**
   * The field with the time of the last change, by which new rows are known. They are added to the table, not merged.
   *
   * @default - everything, each time
   */
  readonly changedField?: string;

  /**
   * How often AppFlow runs it: whole minutes, one at least.
   *
   * @default Duration.hours(1)
   */
  readonly every?: Duration;
}

/** Properties of a zero-ETL integration. */
export interface ZeroEtlSyncProps {
  /** Name of the source: lower-case letters, digits and underscores. */
  readonly sourceName: string;

  /** The warehouse that the source is replicated into. */
  // eslint-disable-next-line awscdk/no-construct-in-interface -- the policy of a namespace that was imported is not ours
  readonly warehouse: Warehouse;

  /**
   * Database of the warehouse that shows what is replicated. Its administrator makes it once, when the integration is
   * active: `CREATE DATABASE raw_<source> FROM INTEGRATION '<id>'`, of PostgreSQL with `DATABASE "<name>"` behind it.
   *
   * @default - `raw_` and the name of the source
   */
  readonly dataset?: string;

  /** ARN of a cluster of Amazon Aurora or an instance of Amazon RDS. */
  readonly sourceArn: string;

  /**
   * Which tables, such as `include: shop.*`, as Amazon RDS writes it.
   *
   * @default - all of MySQL; PostgreSQL wants one
   */
  readonly dataFilter?: string;
}
