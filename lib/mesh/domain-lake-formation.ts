import type { LakeAdministration } from '../lakehouse';

/** How Lake Formation governs a domain. */
export interface DomainLakeFormation {
  /**
   * What stands before `domain`, `product` and `classification` in the keys of the LF-Tags, which are unique in an account.
   *
   * @default 'mesh-'
   */
  readonly tagPrefix?: string;

  /**
   * Makes the deploying role an administrator first, when it stands in the same app.
   *
   * @default - the deploying role is an administrator of Lake Formation already
   */
  readonly administration?: LakeAdministration;

  /**
   * ARN of the role that CloudFormation deploys with.
   *
   * @default - the CloudFormation execution role of the stack's synthesizer
   */
  readonly deployingRoleArn?: string;
}
