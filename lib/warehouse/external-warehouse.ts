import { Resource, Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { type IWarehouse, WarehouseEngine } from '../ports';

/** Who of a warehouse outside of this account reads the files that loaders stage in S3. */
export interface StorageIntegration {
  /**
   * ARN of the user or role of AWS that the warehouse comes as: `STORAGE_AWS_IAM_USER_ARN` of Snowflake's
   * `DESC INTEGRATION`, or the role of Unity Catalog that Databricks names.
   */
  readonly principalArn: string;

  /** The id that it shows when it takes on the role: `STORAGE_AWS_EXTERNAL_ID`, or that of the storage credential. */
  readonly externalId: string;
}

/** What every warehouse that stands elsewhere is told by. */
export interface ExternalWarehouseProps {
  /** The database: catalog in Databricks, project in BigQuery. */
  readonly databaseName: string;

  /**
   * The login, as its engine wants it: `username` and `private_key` for Snowflake, the key of a service account for
   * BigQuery, `client_id` and `client_secret` for Databricks. Who is granted anything may read it and has all that the
   * login has: for a login each of loader, transformer and reader, make a construct each.
   */
  readonly secret: secretsmanager.ISecret;
}

/** Properties of a Snowflake warehouse. */
export interface SnowflakeWarehouseProps extends ExternalWarehouseProps {
  /** Account identifier: `organization-account`, or a locator with its region, such as `xy12345.eu-central-1`. */
  readonly account: string;

  /** The virtual warehouse that computes. */
  readonly virtualWarehouse: string;

  /**
   * Who reads the files that loaders stage.
   *
   * @default - nobody; loaders insert their rows
   */
  readonly storageIntegration?: StorageIntegration;
}

/** Properties of a BigQuery warehouse. */
export interface BigQueryWarehouseProps extends ExternalWarehouseProps {
  /** Where the data lie, such as `EU` or `europe-west3`. */
  readonly location: string;
}

/** Properties of a SQL warehouse of Databricks. */
export interface DatabricksWarehouseProps extends ExternalWarehouseProps {
  /** Host name of the workspace, such as `dbc-0123.cloud.databricks.com`. */
  readonly host: string;

  /** HTTP path of the SQL warehouse: `/sql/1.0/warehouses/<id>`. */
  readonly httpPath: string;

  /**
   * Who reads the files that loaders stage.
   *
   * @default - nobody; loaders insert their rows
   */
  readonly storageIntegration?: StorageIntegration;
}

/** A setting that has a form, with what it is called and the remedy. */
interface Formed {
  readonly name: string;
  readonly value: string;
  readonly form: RegExp;
  readonly remedy: string;
}

interface ExternalWarehouseParts extends ExternalWarehouseProps {
  readonly engine: WarehouseEngine;
  readonly host: string;
  readonly environment: { readonly [name: string]: string };
  readonly formed: readonly Formed[];
  readonly storageIntegration?: StorageIntegration;
}

const HTTPS = 443;
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(user|role)\/.+$/;

/**
 * A warehouse that somebody else runs: Snowflake, BigQuery or Databricks SQL. It is reached over the internet, by HTTPS,
 * with a login from Secrets Manager; schemas, roles and grants in it are made there, by who administers it.
 *
 * Give the `TaskPlatform` its engine, so that the image of the tasks has its clients. A task of one's own takes
 * `clientEnvironment`, a grant and the package `dbtAdapter`.
 */
export class ExternalWarehouse extends Resource implements IWarehouse {
  /**
   * Snowflake.
   *
   * @throws when account, virtual warehouse or integration have not their form
   */
  static snowflake(scope: Construct, id: string, props: SnowflakeWarehouseProps): ExternalWarehouse {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExternalWarehouse(scope, id, {
      ...props,
      engine: WarehouseEngine.SNOWFLAKE,
      host: `${props.account}.snowflakecomputing.com`,
      environment: { WAREHOUSE_ACCOUNT: props.account, WAREHOUSE_COMPUTE: props.virtualWarehouse },
      formed: [
        {
          name: 'account',
          value: props.account,
          form: /^[A-Za-z0-9_-]+(\.[a-z0-9-]+){0,2}$/,
          remedy: "write 'organization-account', without the host name's end",
        },
        {
          name: 'virtualWarehouse',
          value: props.virtualWarehouse,
          form: /^[A-Za-z_][A-Za-z0-9_$]*$/,
          remedy: 'use letters, digits and underscores',
        },
      ],
    });
  }

  /**
   * BigQuery. Loaders insert their rows, for it reads no files of S3 under a role.
   *
   * @throws when project or location have not their form
   */
  static bigQuery(scope: Construct, id: string, props: BigQueryWarehouseProps): ExternalWarehouse {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExternalWarehouse(scope, id, {
      ...props,
      engine: WarehouseEngine.BIGQUERY,
      host: 'bigquery.googleapis.com',
      environment: { WAREHOUSE_LOCATION: props.location },
      formed: [
        {
          name: 'databaseName',
          value: props.databaseName,
          form: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
          remedy: "write the project's id: 6 to 30 lower-case letters, digits and hyphens",
        },
        {
          name: 'location',
          value: props.location,
          form: /^(US|EU|[a-z]+-[a-z]+\d+)$/,
          remedy: "write 'US', 'EU' or a region such as 'europe-west3'",
        },
      ],
    });
  }

  /**
   * Databricks SQL.
   *
   * @throws when host, path or integration have not their form
   */
  static databricks(scope: Construct, id: string, props: DatabricksWarehouseProps): ExternalWarehouse {
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new ExternalWarehouse(scope, id, {
      ...props,
      engine: WarehouseEngine.DATABRICKS,
      environment: { WAREHOUSE_HTTP_PATH: props.httpPath },
      formed: [
        {
          name: 'host',
          value: props.host,
          form: /^[a-z0-9-]+(\.[a-z0-9-]+)+$/,
          remedy: "write the workspace's host name alone, without 'https://'",
        },
        {
          name: 'httpPath',
          value: props.httpPath,
          form: /^\/sql\/1\.0\/(warehouses|endpoints)\/[0-9a-f]+$/,
          remedy: "write '/sql/1.0/warehouses/<id>'",
        },
      ],
    });
  }

  readonly engine: WarehouseEngine;
  readonly databaseName: string;
  readonly port = HTTPS;
  readonly clientEnvironment: { [name: string]: string };
  readonly connections: ec2.Connections;

  /** The role that the warehouse takes on to read staged files; its ARN goes into the integration there. */
  readonly copyRole?: iam.IRole;

  /** The package of PyPI with which dbt speaks to it. */
  readonly dbtAdapter: string;

  private readonly secret: secretsmanager.ISecret;

  private constructor(scope: Construct, id: string, props: ExternalWarehouseParts) {
    super(scope, id);
    this.validate(props.formed, props);
    this.engine = props.engine;
    this.databaseName = props.databaseName;
    this.secret = props.secret;
    this.dbtAdapter = `dbt-${props.engine}`;
    this.connections = new ec2.Connections({ defaultPort: ec2.Port.tcp(HTTPS) });
    this.copyRole = props.storageIntegration && this.createCopyRole(props.storageIntegration);
    this.clientEnvironment = {
      WAREHOUSE_ENGINE: props.engine,
      WAREHOUSE_HOST: props.host,
      WAREHOUSE_PORT: String(HTTPS),
      WAREHOUSE_DATABASE: props.databaseName,
      WAREHOUSE_SECRET_ARN: props.secret.secretArn,
      ...props.environment,
    };
  }

  grantLoad(role: iam.IRole): iam.Grant {
    return this.secret.grantRead(role);
  }

  grantTransform(role: iam.IRole): iam.Grant {
    return this.secret.grantRead(role);
  }

  grantRead(role: iam.IRole): iam.Grant {
    return this.secret.grantRead(role);
  }

  private validate(
    formed: readonly Formed[],
    { databaseName, storageIntegration }: Pick<ExternalWarehouseParts, 'databaseName' | 'storageIntegration'>,
  ): void {
    const integration: Formed[] = storageIntegration
      ? [
          {
            name: 'storageIntegration.principalArn',
            value: storageIntegration.principalArn,
            form: PRINCIPAL,
            remedy: 'take the ARN of the user or role from the integration',
          },
          // Without it anybody's warehouse could have ours read: the confused deputy.
          {
            name: 'storageIntegration.externalId',
            value: storageIntegration.externalId,
            form: /^[\w+=,.@:/-]{2,1224}$/,
            remedy: 'take the id from the integration',
          },
        ]
      : [];
    const database = { name: 'databaseName', value: databaseName, form: /^[A-Za-z_][\w$-]*$/, remedy: 'name it' };
    for (const { name, value, form, remedy } of [...formed, database, ...integration]) {
      if (Token.isUnresolved(value) || form.test(value)) continue;
      throw new Error(`${this.node.path}: ${name} is '${value}'; ${remedy}.`);
    }
  }

  private createCopyRole({ principalArn, externalId }: StorageIntegration): iam.Role {
    const role = new iam.Role(this, 'CopyRole', {
      description: 'Read by a warehouse outside of this account: files that loaders stage',
      assumedBy: new iam.ArnPrincipal(principalArn).withConditions({
        StringEquals: { 'sts:ExternalId': externalId },
      }),
    });
    acknowledgeInlinePolicy(role);
    return role;
  }
}
