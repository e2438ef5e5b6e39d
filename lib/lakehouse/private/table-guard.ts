import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { DataKey, type DeploymentProfile } from '../../foundation';
import { HandlerFunction } from '../../foundation/private/handler-function';
import { grantMetadataRead, type LakePrefix } from './lake-access';

const ID = 'IcebergTableGuard';

/** A table as the guard has to know it. */
export interface GuardedTable {
  readonly catalogId: string;
  readonly databaseName: string;
  readonly tableName: string;
  /** ARNs of the catalog, the database and the table: GetTable asks for all three. */
  readonly arns: string[];
  readonly files: LakePrefix;
  /** What the deployment is about to make of the table, a `TableState`. */
  readonly state: object;
  readonly profile: DeploymentProfile;
}

/**
 * The one function of a stack that looks at every table before CloudFormation changes it.
 *
 * CloudFormation compares a template with the last template. What stands between them, namely what the writers of the
 * table did since, only the table's own metadata tells.
 */
export class TableGuard extends Construct {
  /** The guard of the stack that the scope stands in; the first table of a stack brings it. */
  static of(scope: Construct, table: GuardedTable): TableGuard {
    const stack = Stack.of(scope);
    return (stack.node.tryFindChild(ID) as TableGuard | undefined) ?? new TableGuard(stack, ID, table);
  }

  private readonly handler: HandlerFunction;

  private constructor(scope: Construct, id: string, first: GuardedTable) {
    super(scope, id);
    const { files, profile } = first;
    const key = files.key ? DataKey.fromKey(this, 'Key', files.key) : new DataKey(this, 'Key', { profile });
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'table-guard',
      description: 'Compares Iceberg tables with what a deployment would make of them',
      profile,
      key,
      timeout: Duration.minutes(2),
    });
    // Tells a rollback, which must not be refused, from a deployment.
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['cloudformation:DescribeStacks'],
      resourceArns: [Stack.of(this).stackId],
    });
  }

  /** Has the table looked at before the resource is created or changed. */
  guard(scope: Construct, table: GuardedTable): CustomResource {
    iam.Grant.addToPrincipal({ grantee: this.handler, actions: ['glue:GetTable'], resourceArns: table.arns });
    grantMetadataRead(this.handler, table.files);
    // eslint-disable-next-line awscdk/require-passing-this -- stands beside the table that it is for
    return new CustomResource(scope, 'Guard', {
      resourceType: 'Custom::IcebergTableGuard',
      serviceToken: this.handler.function.functionArn,
      serviceTimeout: Duration.minutes(5),
      properties: {
        CatalogId: table.catalogId,
        DatabaseName: table.databaseName,
        TableName: table.tableName,
        // As text: CloudFormation would turn every number and boolean of an object into a string.
        Table: Stack.of(scope).toJsonString(table.state),
      },
    });
  }
}
