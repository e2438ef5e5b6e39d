/** A domain that takes part in the mesh. */
export interface DomainRegistration {
  /** Name of the domain, as contracts begin with it. */
  readonly domainName: string;

  /** The account that the domain's stack is deployed to: twelve digits. */
  readonly account: string;

  /**
   * Whom its costs are charged to: the value of the tag `cost-center` on what the domain deploys.
   *
   * @default - not said
   */
  readonly costCenter?: string;
}
