import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { DeploymentProfile, IDataKey } from '../../foundation';
import { acknowledgeWildcards } from '../../foundation/private/acknowledge';
import { HandlerFunction } from '../../foundation/private/handler-function';

/** The roles of a warehouse's own, beside those of IAM. */
export const LOADER = 'loader';
export const TRANSFORMER = 'transformer';
export const READER = 'reader';

/** A schema, the role that creates tables in it and those that read them. */
export interface SchemaAccess {
  readonly Name: string;
  readonly Writer: string;
  readonly Readers: readonly string[];
}

export interface WarehouseAccessProps {
  readonly workgroupName: string;
  readonly workgroupArn: string;
  readonly namespaceName: string;
  readonly namespaceArn: string;
  readonly databaseName: string;
  readonly key: IDataKey;
  readonly profile: DeploymentProfile;
  readonly schemas: readonly SchemaAccess[];
}

/**
 * Schemas, roles, logins and grants of a Redshift database. They are SQL, for which CloudFormation has no types: a
 * custom resource sends it through the Data API as the administrator, whose password only Secrets Manager knows.
 */
export class WarehouseAccess extends Construct {
  private readonly handler: HandlerFunction;
  private readonly schemas: CustomResource;

  private readonly props: WarehouseAccessProps;

  constructor(scope: Construct, id: string, props: WarehouseAccessProps) {
    super(scope, id);
    this.props = props;
    this.handler = new HandlerFunction(this, 'Handler', {
      handler: 'warehouse-access',
      description: 'Creates schemas, roles and logins of a Redshift database',
      profile: props.profile,
      key: props.key,
      timeout: Duration.minutes(10),
    });
    this.grantAdministration();
    this.schemas = this.resource('Custom::WarehouseSchemas', 'Schemas', { Schemas: props.schemas });
  }

  /**
   * The login of a role of IAM, as `GetCredentials` names it: a database user `IAMR:<role>` without a password.
   *
   * @see https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_GetCredentials.html (2026-11-28)
   */
  addRole(role: iam.IRole, member: string): CustomResource {
    return this.login(`Login-${role.node.addr}`, { UserName: `IAMR:${role.roleName}`, Role: member });
  }

  /** A login with the user name and password that a secret holds; the password reaches Redshift as a digest. */
  addUser(secret: secretsmanager.ISecret, userName: string, member: string): CustomResource {
    secret.grantRead(this.handler);
    return this.login(`Login-${userName}`, { UserName: userName, Role: member, PasswordSecretArn: secret.secretArn });
  }

  /** A schema that shows the tables of a database of the Glue catalog as they are, to those that transform. */
  addExternalSchema(name: string, catalogDatabase: string, role: iam.IRole): CustomResource {
    const schema = this.resource('Custom::WarehouseExternalSchema', `External-${name}`, {
      SchemaName: name,
      CatalogDatabase: catalogDatabase,
      RoleArn: role.roleArn,
      Reader: TRANSFORMER,
    });
    // The role that reads it is made with the other schemas.
    schema.node.addDependency(this.schemas);
    return schema;
  }

  private login(id: string, properties: Record<string, unknown>): CustomResource {
    const existing = this.node.tryFindChild(id);
    if (existing) return existing as CustomResource;
    const login = this.resource('Custom::WarehouseLogin', id, { ...properties, Schemas: this.props.schemas });
    login.node.addDependency(this.schemas);
    return login;
  }

  private resource(resourceType: string, id: string, properties: Record<string, unknown>): CustomResource {
    const resource = new CustomResource(this, id, {
      resourceType,
      serviceToken: this.handler.function.functionArn,
      serviceTimeout: Duration.minutes(12),
      properties: {
        WorkgroupName: this.props.workgroupName,
        NamespaceName: this.props.namespaceName,
        DatabaseName: this.props.databaseName,
        ...properties,
      },
    });
    resource.node.addDependency(this.handler);
    return resource;
  }

  private grantAdministration(): void {
    const { namespaceName, namespaceArn, workgroupArn, key } = this.props;
    const stack = Stack.of(this);
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['redshift-serverless:GetNamespace'],
      resourceArns: [namespaceArn],
    });
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['redshift-data:ExecuteStatement'],
      resourceArns: [workgroupArn],
    });
    // A statement is no resource of IAM's; the condition holds it to those that the caller sent itself.
    // https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-control-identity-based.html (2026-11-28)
    this.handler.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ['redshift-data:DescribeStatement'],
        resources: ['*'],
        conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
      }),
    );
    acknowledgeWildcards(
      this.handler,
      ['*'],
      'Statements of the Data API are no resources of IAM; a condition holds the action to those of the caller.',
    );
    // Secrets that Redshift manages are called `redshift!<namespace>-<administrator>`, and six characters follow.
    // https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html (not read)
    const secrets = stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `redshift!${namespaceName}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    iam.Grant.addToPrincipal({
      grantee: this.handler,
      actions: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      resourceArns: [secrets],
    });
    acknowledgeWildcards(this.handler, [secrets], 'Redshift makes up the end of the name of the secret it manages.');
    key.key.grantDecrypt(this.handler);
  }
}
