import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { DataKey, type DeploymentProfile } from '../../foundation';
import { HandlerFunction } from '../../foundation/private/handler-function';
import type { IcebergTableShape } from '../../schema';
import type { TableState } from '../../schema/private/evolution';
import type { IcebergTableRendering } from './iceberg-renderer';
import type { S3TableRendering } from './s3-table-renderer';

const ID = 'IcebergTableGuard';

interface TableGuardProps {
  /** Encrypts the function's logs. */
  readonly key?: kms.IKey;
  readonly profile: DeploymentProfile;
}

/**
 * The one function of a stack that looks at every table before CloudFormation creates or changes it.
 *
 * CloudFormation compares a template with the last template. What the writers of a table did in between, only the
 * table's own metadata tells.
 */
export class TableGuard extends Construct implements iam.IGrantable {
  /**
   * The guard of the stack that a table stands in; the first table brings it.
   *
   * @param key that the first table is encrypted with, where it is known; else the guard makes one for its logs
   */
  static of(table: Construct, key: kms.IKey | undefined, profile: DeploymentProfile): TableGuard {
    const stack = Stack.of(table);
    return (stack.node.tryFindChild(ID) as TableGuard | undefined) ?? new TableGuard(stack, ID, { key, profile });
  }

  readonly grantPrincipal: iam.IPrincipal;
  private readonly serviceToken: string;

  private constructor(scope: Construct, id: string, props: TableGuardProps) {
    super(scope, id);
    const { key, profile } = props;
    const handler = new HandlerFunction(this, 'Handler', {
      handler: 'table-guard',
      description: 'Compares Iceberg tables with what a deployment would make of them',
      profile,
      key: key ? DataKey.fromKey(this, 'Key', key) : new DataKey(this, 'Key', { profile }),
      timeout: Duration.minutes(2),
      // The metadata of a wide table with a long history has tens of megabytes.
      memorySize: 1024,
    });
    this.grantPrincipal = handler.grantPrincipal;
    this.serviceToken = handler.function.functionArn;
    // Tells a rollback, which must not be refused, from a deployment.
    iam.Grant.addToPrincipal({
      grantee: this,
      actions: ['cloudformation:DescribeStacks'],
      resourceArns: [Stack.of(this).stackId],
    });
  }

  /**
   * The look at one table; whatever creates or changes the table has to depend on it.
   *
   * @param ledgerName how the ledger calls the table, for messages
   */
  look(table: Construct, ledgerName: string, rendering: IcebergTableRendering): CustomResource {
    return new CustomResource(table, 'Guard', {
      resourceType: 'Custom::IcebergTableGuard',
      serviceToken: this.serviceToken,
      serviceTimeout: Duration.minutes(5),
      properties: {
        CatalogId: rendering.catalogId,
        DatabaseName: rendering.databaseName,
        TableName: rendering.tableName,
        LedgerName: ledgerName,
        Table: textOf(table, stateOf(rendering, Number(rendering.formatVersion))),
      },
    });
  }

  /**
   * The look at one table of S3 Tables, which CloudFormation creates and never changes.
   *
   * @param ledgerName how the ledger calls the table, for messages
   */
  lookAtS3Table(
    table: Construct,
    ledgerName: string,
    rendering: S3TableRendering,
    { creates, keeps }: S3TableLifecycle,
  ): CustomResource {
    return new CustomResource(table, 'Guard', {
      resourceType: 'Custom::IcebergTableGuard',
      serviceToken: this.serviceToken,
      serviceTimeout: Duration.minutes(5),
      properties: {
        TableBucketArn: rendering.tableBucketArn,
        DatabaseName: rendering.namespaceName,
        TableName: rendering.tableName,
        LedgerName: ledgerName,
        Creates: String(creates),
        Keeps: String(keeps),
        Table: textOf(table, stateOf({ ...rendering, shape: withoutDescriptions(rendering.shape) }, S3_TABLES_FORMAT)),
      },
    });
  }
}

/** What CloudFormation does with a table of S3 Tables. */
interface S3TableLifecycle {
  /** It makes the table; otherwise the table exists and is none of its business. */
  readonly creates: boolean;
  /** It leaves the table alone when the resource goes from the template. */
  readonly keeps: boolean;
}

/** As text: of an object, CloudFormation would make every number and boolean a string. */
function textOf(table: Construct, state: TableState): string {
  return Stack.of(table).toJsonString(state);
}

/** They are no part of a table of S3 Tables, see `renderS3Table`. */
function withoutDescriptions(shape: IcebergTableShape): IcebergTableShape {
  const stripped = JSON.stringify(shape.schema, (key, value: unknown) => (key === 'doc' ? undefined : value));
  return { ...shape, schema: JSON.parse(stripped) as IcebergTableShape['schema'] };
}

/** Version of the Iceberg table format of a table that says nothing else of itself. */
const S3_TABLES_FORMAT = 2;

type Stated = Pick<IcebergTableRendering, 'shape' | 'properties'> & Partial<Pick<IcebergTableRendering, 'location'>>;

/** What a deployment makes of a table, all of it, so that whatever changes the table calls the guard. */
function stateOf({ location, shape, properties }: Stated, formatVersion: number): TableState {
  return {
    formatVersion,
    location,
    fields: shape.schema.fields,
    identifierFieldIds: shape.identifierFieldIds,
    partitionFields: shape.partitionSpec,
    sortFields: shape.sortOrder,
    properties,
    lastColumnId: shape.lastColumnId,
    lastPartitionId: shape.lastPartitionId,
    retiredColumns: shape.retiredColumns,
    retiredPartitions: shape.retiredPartitions,
  };
}
