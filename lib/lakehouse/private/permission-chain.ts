import { CfnResource, Stack } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct, DependencyGroup, type IDependable } from 'constructs';

/** What Lake Formation permits on, as `AWS::LakeFormation::PrincipalPermissions` has it. */
export type LakeResource = lakeformation.CfnPrincipalPermissions.ResourceProperty;

// What engines ask of a table: Spark reads and commits, whose commit is an UpdateTable.
// https://docs.aws.amazon.com/lake-formation/latest/dg/lf-permissions-reference.html (2026-11-24)
export const READ = ['DESCRIBE', 'SELECT'];
export const WRITE = ['DESCRIBE', 'INSERT', 'DELETE', 'ALTER'];

/** Lake Formation permits roles; a grantee may be something else. */
export function isRole(principal: iam.IPrincipal): principal is iam.IRole {
  return 'roleArn' in principal;
}

/**
 * Permissions, granted one after the other.
 *
 * CloudFormation creates resources side by side, and Lake Formation fails when it is to change permissions side by side
 * (https://github.com/aws/aws-cdk/issues/36215,
 * https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2432 and 2500), so each waits for the one
 * before. Each is one principal, one resource and one permission: all its properties are create-only, and a replaced
 * permission that holds several would take away what its successor has just given. Several in one also failed in
 * another way (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1323).
 */
export class PermissionChain extends Construct {
  private last?: CfnResource;
  private readonly known = new Map<string, CfnResource>();
  private readonly granted = new DependencyGroup();

  /** Every permission, those that are yet to come too. */
  public get all(): IDependable {
    return this.granted;
  }

  /**
   * Permits something, once: asked for the same again, it answers with what is there.
   *
   * @param id of the permission, stable whatever is granted besides
   * @param after what has to be there before
   */
  public permit(
    id: string,
    principalArn: string,
    permission: string,
    resource: LakeResource,
    ...after: IDependable[]
  ): CfnResource {
    const name = `${id}-${permission}`;
    const known = this.known.get(name);
    if (known) return known;
    const permissions = new lakeformation.CfnPrincipalPermissions(this, name, {
      catalog: Stack.of(this).account,
      principal: { dataLakePrincipalIdentifier: principalArn },
      permissions: [permission],
      permissionsWithGrantOption: [],
      resource,
    });
    permissions.node.addDependency(...after);
    if (this.last) permissions.node.addDependency(this.last);
    this.last = permissions;
    this.granted.add(permissions);
    this.known.set(name, permissions);
    return permissions;
  }
}
