import * as datazone from 'aws-cdk-lib/aws-datazone';
import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { DataProduct } from './data-product';

/** Properties of a `CatalogPublication`. */
export interface CatalogPublicationProps {
  /** The products whose tables are published; all of one domain. */
  readonly products: DataProduct[];

  /** Id of the DataZone or SageMaker Catalog domain, such as `dzd_1a2b3c4d5e6f7g`. */
  readonly catalogDomainId: string;

  /** Id of the project that owns what is published. */
  readonly projectId: string;

  /**
   * Id of the project's environment in this account, of DataZone.
   *
   * @default - none; give `connectionId`
   */
  readonly environmentId?: string;

  /**
   * Id of the project's connection to the Glue catalog of this account, of SageMaker Unified Studio.
   *
   * @default - none; give `environmentId`
   */
  readonly connectionId?: string;

  /**
   * When the catalog looks for changes, as `cron(0 7 * * ? *)` in UTC.
   *
   * @default - when somebody starts it
   */
  readonly schedule?: string;
}

// https://docs.aws.amazon.com/datazone/latest/APIReference/API_CreateDataSource.html (2026-11-28)
const DOMAIN_ID = /^dzd[-_][a-zA-Z0-9_-]{1,36}$/;
const ID = /^[a-zA-Z0-9_-]{1,36}$/;

/**
 * Publishes the tables of products in Amazon DataZone (SageMaker Catalog): the catalog reads them from Glue, with the
 * results of their rules. Only the tables of products are published, none of what stands beside them.
 *
 * The catalog's domain and project are there already, and this account is associated with them. It was validated at
 * synth, and never run.
 */
export class CatalogPublication extends Construct {
  /** Id of the data source. */
  public readonly dataSourceId: string;

  constructor(scope: Construct, id: string, props: CatalogPublicationProps) {
    super(scope, id);
    const { products, catalogDomainId, projectId, environmentId, connectionId, schedule } = props;
    const domainName = this.checkProducts(products);
    this.checkId('catalogDomainId', catalogDomainId, DOMAIN_ID, 'dzd_1a2b3c4d5e6f7g');
    this.checkId('projectId', projectId, ID, '5e6f7g8h9i0j1k');
    if ((environmentId === undefined) === (connectionId === undefined)) {
      throw new Error(
        `${this.node.path}: give either environmentId (DataZone) or connectionId (SageMaker Unified Studio).`,
      );
    }
    for (const [name, value] of Object.entries({ environmentId, connectionId })) {
      if (value !== undefined) this.checkId(name, value, ID, '5e6f7g8h9i0j1k');
    }
    if (schedule !== undefined && !/^cron\((\S+ ){5}\S+\)$/.test(schedule)) {
      throw new Error(
        `${this.node.path}: schedule '${schedule}' is none; write six fields, such as cron(0 7 * * ? *).`,
      );
    }
    const tables = products.flatMap((product) => product.tables);
    const source = new datazone.CfnDataSource(this, 'Resource', {
      name: `Data products of ${domainName}`,
      description: products
        .map(({ contract }) => contract.name)
        .join(', ')
        .slice(0, 2048),
      domainIdentifier: catalogDomainId,
      projectIdentifier: projectId,
      environmentIdentifier: environmentId,
      connectionIdentifier: connectionId,
      type: 'GLUE',
      enableSetting: 'ENABLED',
      publishOnImport: true,
      schedule: schedule === undefined ? undefined : { schedule, timezone: 'UTC' },
      configuration: {
        glueRunConfiguration: {
          autoImportDataQualityResult: true,
          relationalFilterConfigurations: [
            {
              databaseName: tables[0].databaseName,
              filterExpressions: tables.map(({ tableName }) => ({ type: 'INCLUDE', expression: tableName })),
            },
          ],
        },
      },
    });
    source.node.addDependency(...tables);
    this.dataSourceId = source.attrId;
  }

  /** The one domain whose products they are. */
  private checkProducts(products: readonly DataProduct[]): string {
    const domains = [...new Set(products.map(({ contract }) => contract.domain))];
    if (domains.length !== 1) {
      const found = domains.length === 0 ? 'there is none' : `they are of ${domains.join(', ')}`;
      throw new Error(`${this.node.path}: publishes the products of one domain, and ${found}; give those of one.`);
    }
    const bare = products.find(({ tables }) => tables.length === 0);
    if (bare) {
      throw new Error(`${this.node.path}: ${bare.contract.name} has no table that could be published; leave it out.`);
    }
    return domains[0];
  }

  private checkId(name: string, value: string, pattern: RegExp, example: string): void {
    if (Token.isUnresolved(value) || pattern.test(value)) return;
    throw new Error(`${this.node.path}: ${name} is '${value}'; give an id such as ${example}.`);
  }
}
