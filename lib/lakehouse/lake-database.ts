import { ArnFormat, Resource, Stack, Token, type IResource } from 'aws-cdk-lib';
import * as glue from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { DeploymentProfile } from '../foundation';

/** A database of the Glue Data Catalog. */
export interface ILakeDatabase extends IResource {
  /** Name of the database, unique in account and region. */
  readonly databaseName: string;

  /** ARN of the database. */
  readonly databaseArn: string;

  /** ARN of the catalog that the database is in. */
  readonly catalogArn: string;
}

/** Properties of a `LakeDatabase`. */
export interface LakeDatabaseProps {
  /**
   * Name of the database: lower-case letters, digits and underscores, at most 255 characters.
   */
  readonly databaseName: string;

  /**
   * What the database holds, for people who read the catalog.
   *
   * @default - no description
   */
  readonly description?: string;

  /**
   * What the deployment is for. Production keeps the database when its stack goes.
   *
   * @default DeploymentProfile.PRODUCTION
   */
  readonly profile?: DeploymentProfile;
}

abstract class LakeDatabaseBase extends Resource implements ILakeDatabase {
  public abstract readonly databaseName: string;

  public get databaseArn(): string {
    return glueArn(this, 'database', this.databaseName);
  }

  public get catalogArn(): string {
    return glueArn(this, 'catalog');
  }
}

/** A database of the Glue Data Catalog, in which tables of the lake stand. */
export class LakeDatabase extends LakeDatabaseBase {
  /** Adopts a database that exists already in this account and region. */
  public static fromDatabaseName(scope: Construct, id: string, databaseName: string): ILakeDatabase {
    checkName(databaseName);
    // eslint-disable-next-line awscdk/require-passing-this -- a factory stands in the scope of its caller
    return new AdoptedDatabase(scope, id, { databaseName });
  }

  /** Name of the database, unique in account and region. */
  public readonly databaseName: string;

  constructor(scope: Construct, id: string, props: LakeDatabaseProps) {
    checkName(props.databaseName);
    super(scope, id, { physicalName: props.databaseName });
    const database = new glue.CfnDatabase(this, 'Resource', {
      catalogId: Stack.of(this).account,
      databaseInput: { name: props.databaseName, description: props.description },
    });
    database.applyRemovalPolicy((props.profile ?? DeploymentProfile.PRODUCTION).removalPolicy);
    // Ref of the resource is the name, and makes whoever uses it wait for the database.
    this.databaseName = database.ref;
  }
}

interface AdoptedDatabaseProps {
  readonly databaseName: string;
}

class AdoptedDatabase extends LakeDatabaseBase {
  public readonly databaseName: string;

  constructor(scope: Construct, id: string, props: AdoptedDatabaseProps) {
    super(scope, id);
    this.databaseName = props.databaseName;
  }
}

// What Athena accepts without quotes, which is narrower than what Glue stores.
// https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html (2026-11-23)
function checkName(name: string): void {
  if (Token.isUnresolved(name) || /^[a-z0-9_]{1,255}$/.test(name)) return;
  throw new Error(
    `Database name '${name}' would not work in Athena and Spark alike; use 1 to 255 lower-case letters, digits and underscores.`,
  );
}

function glueArn(scope: Construct, resource: string, resourceName?: string): string {
  return Stack.of(scope).formatArn({
    service: 'glue',
    resource,
    resourceName,
    arnFormat: resourceName === undefined ? ArnFormat.NO_RESOURCE_NAME : ArnFormat.SLASH_RESOURCE_NAME,
  });
}
