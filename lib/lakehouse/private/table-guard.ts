import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { DataKey, type DeploymentProfile } from '../../foundation';
import { HandlerFunction } from '../../foundation/private/handler-function';
import type { TableState } from '../../schema/private/evolution';
import type { IcebergTableRendering } from './iceberg-renderer';

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
        // As text: of an object, CloudFormation would make every number and boolean a string.
        Table: Stack.of(table).toJsonString(stateOf(rendering)),
      },
    });
  }
}

/** What a deployment makes of a table, all of it, so that whatever changes the table calls the guard. */
function stateOf({ location, formatVersion, shape, properties }: IcebergTableRendering): TableState {
  return {
    formatVersion: Number(formatVersion),
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
