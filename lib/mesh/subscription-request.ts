import type { DomainRegistration } from './domain-registration';
import type { DataProductContract } from './data-product-contract';

/**
 * What one domain asks of another. Both sides are synthesized from the same request, each in a stack of its own, and
 * each is refused when the contracts do not say that the other agrees.
 */
export interface SubscriptionRequest {
  /** The product that is asked for, in the version that is asked for: its owner's contract, which approves consumers. */
  readonly contract: DataProductContract;

  /** First number of the version that the consumer was made for. */
  readonly majorVersion: number;

  /** The domain that owns the product. */
  readonly owner: DomainRegistration;

  /** The domain that asks. */
  readonly consumer: DomainRegistration;

  /** What for, in the words of the owner's approval. */
  readonly purpose: string;

  /**
   * The contract of the product that is made of it; it names the product among its `lineage.inputs`.
   *
   * @default - none: people of the domain read it
   */
  readonly product?: DataProductContract;

  /**
   * What is used: `table`, `stream`, `api`.
   *
   * @default ['table']
   */
  readonly interfaces?: string[];
}
