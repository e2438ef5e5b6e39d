import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { DataProduct } from './data-product';
import { acknowledgeInlinePolicy } from '../foundation/private/acknowledge';
import { agreementOn, apiRoleName, consumerGroup, readerArn, requireSide } from './private/agreement';
import { readerName } from './private/reader-name';
import type { SubscriptionRequest } from './subscription-request';

/** Properties of a `SubscriptionApproval`. */
export interface SubscriptionApprovalProps {
  /** The product that is shared. */
  readonly product: DataProduct;

  /** What is asked for. */
  readonly request: SubscriptionRequest;
}

/**
 * The owner's side of a subscription: every grant on what the consumer may read, to one role of the consumer's account
 * that both sides know by name. Without this construct, or without the approval in the contract, there is no grant.
 *
 * Tables are granted by Lake Formation: by the product's LF-Tag, or by a filter where the contract approves only some
 * columns or rows. Topics are granted by the policy of the cluster, APIs by a role of this account that the consumer's
 * takes on, for an HTTP API knows callers of its own account alone.
 *
 * Assumes that both accounts are in one organization and that AWS RAM shares within it, so that no invitation has to be
 * accepted, and Lake Formation's cross-account version 3 or later, which grants to a role of another account directly.
 *
 * @see https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-prereqs.html (2026-11-28)
 */
export class SubscriptionApproval extends Construct {
  /** ARN of the role, in the consumer's account, that is granted. */
  public readonly readerArn: string;

  constructor(scope: Construct, id: string, props: SubscriptionApprovalProps) {
    super(scope, id);
    const { product, request } = props;
    const { domain, contract } = product;
    requireSide(domain, request.owner, `${contract.name} is of`);
    if (request.contract !== contract) {
      throw new Error(
        `${this.node.path}: shares ${contract.file}, but ${request.contract.file} is asked for; give the product that is asked for.`,
      );
    }
    const { interfaces, approval } = agreementOn(request);
    this.readerArn = readerArn(request, Stack.of(this).partition);
    if (interfaces.includes('table')) {
      const { columns, rows: rowFilter } = approval;
      const grantId = `${readerName(request.consumer.domainName, request.product)}-${contract.productName}-v${contract.majorVersion}`;
      domain._shareTables({ id: grantId, principalArn: this.readerArn, contract, columns, rowFilter });
    }
    if (interfaces.includes('stream')) {
      domain._shareTopics(contract.name, {
        accountArn: `arn:${Stack.of(this).partition}:iam::${request.consumer.account}:root`,
        readerArn: this.readerArn,
        consumerGroup: consumerGroup(request),
        topics: product.topics,
      });
    }
    if (interfaces.includes('api')) this.allowApis(props);
  }

  /** Trusts the account, and in it one role: a trust in the role itself could not be made before the role is there. */
  private allowApis({ product, request }: SubscriptionApprovalProps): void {
    const trusted = new iam.AccountPrincipal(request.consumer.account);
    const role = new iam.Role(this, 'ApiCaller', {
      roleName: apiRoleName(request),
      description: `Asks the API of ${request.contract.name} for ${request.product?.name ?? request.consumer.domainName}`,
      assumedBy: trusted.withConditions({ ArnEquals: { 'aws:PrincipalArn': this.readerArn } }),
    });
    acknowledgeInlinePolicy(role);
    product.grantInvoke(role);
  }
}
