import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { Construct } from 'constructs';
import { deployingRoleArn } from './private/deploying-role';

/** Properties of a `LakeAdministration`. */
export interface LakeAdministrationProps {
  /**
   * ARNs of further principals that administer Lake Formation, such as a role of people.
   *
   * @default - none
   */
  readonly administratorArns?: string[];

  /**
   * ARN of the role that CloudFormation deploys with. It grants permissions, so that it must be an administrator.
   *
   * @default - the CloudFormation execution role of the stack's synthesizer
   */
  readonly deployingRoleArn?: string;

  /**
   * The version of cross-account sharing. From 3 on, a role of another account can be granted directly.
   *
   * @default - as the account has it
   * @see https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html (2026-11-28)
   */
  readonly crossAccountVersion?: number;

  /**
   * Whether new databases and tables of the account are closed to principals that only IAM lets in. For accounts whose
   * data Lake Formation governs altogether.
   *
   * @default false
   */
  readonly closedByDefault?: boolean;
}

/**
 * Makes whoever deploys an administrator of Lake Formation in this account and region.
 *
 * The settings of Lake Formation are those of the whole account, and setting them replaces what is there. This adds to
 * them (`MutationType: APPEND`) and stays when its stack goes. Put it into a stack of its own, once per account and
 * region.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lakeformation-datalakesettings.html
 */
export class LakeAdministration extends Construct {
  constructor(scope: Construct, id: string, props?: LakeAdministrationProps) {
    super(scope, id);
    const deployer = props?.deployingRoleArn ?? deployingRoleArn(Stack.of(this));
    const administrators = [deployer, ...(props?.administratorArns ?? [])];
    new lakeformation.CfnDataLakeSettings(this, 'Resource', {
      admins: administrators.map((arn) => ({ dataLakePrincipalIdentifier: arn })),
      mutationType: 'APPEND',
      parameters:
        props?.crossAccountVersion === undefined
          ? undefined
          : { CROSS_ACCOUNT_VERSION: String(props.crossAccountVersion) },
      ...(props?.closedByDefault ? { createDatabaseDefaultPermissions: [], createTableDefaultPermissions: [] } : {}),
    }).applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
