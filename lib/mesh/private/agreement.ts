import type { DataDomain } from '../data-domain';
import type { DomainRegistration } from '../domain-registration';
import type { ProductConsumer } from '../contract-terms';
import type { SubscriptionRequest } from '../subscription-request';
import { readerName, roleName } from './reader-name';
import { versionedName } from './versioned-name';

/** What both sides have agreed on. */
export interface Agreement {
  /** The interfaces that are asked for and approved. */
  readonly interfaces: readonly string[];
  /** What the owner has approved, with columns and rows. */
  readonly approval: ProductConsumer;
}

/**
 * Reads out of both contracts what the two sides agree on.
 *
 * @throws naming who has not agreed, and what that side has to write
 */
export function agreementOn(request: SubscriptionRequest): Agreement {
  const { contract, majorVersion, owner, consumer, product } = request;
  const about = `${consumer.domainName} asks for ${contract.name} version ${majorVersion}`;
  const refuse = (why: string) => new Error(`${about}: ${why}.`);
  if (contract.domain !== owner.domainName) {
    throw refuse(`the product is of domain '${contract.domain}', not of '${owner.domainName}'; name its owner`);
  }
  if (consumer.domainName === owner.domainName) {
    throw refuse('it is its own product, which needs no subscription; read it by grantRead');
  }
  if (contract.majorVersion !== majorVersion) {
    throw refuse(
      `${contract.file} is version ${contract.stated.version}; take the contract of version ${majorVersion}`,
    );
  }
  if (product && product.domain !== consumer.domainName) {
    throw refuse(`${product.name} (${product.file}) is of domain '${product.domain}'; ask in the name of that domain`);
  }
  const isAsked = product?.stated.inputs.some(
    (each) => each.product === contract.name && each.majorVersion === majorVersion,
  );
  if (product && !isAsked) {
    throw refuse(`${product.name} does not name it among its inputs; add it to 'lineage.inputs' of ${product.file}`);
  }
  return approved(request, refuse);
}

function approved(request: SubscriptionRequest, refuse: (why: string) => Error): Agreement {
  const { contract, majorVersion, consumer, purpose, product, interfaces = ['table'] } = request;
  const { owner, consumers } = contract.stated;
  const remedy = `ask ${owner} to add it to 'consumers' of ${contract.file}`;
  const approval = consumers.find(
    (each) =>
      each.domain === consumer.domainName && each.majorVersion === majorVersion && each.product === product?.name,
  );
  if (approval === undefined) {
    throw refuse(`its owner has not approved ${product?.name ?? `people of '${consumer.domainName}'`}; ${remedy}`);
  }
  if (approval.purpose !== purpose) {
    throw refuse(`for '${purpose}', but its owner has approved '${approval.purpose}'; agree on one purpose`);
  }
  const missing = interfaces.find((each) => !approval.interfaces.includes(each));
  if (missing !== undefined) throw refuse(`its owner has not approved the interface '${missing}'; ${remedy}`);
  const whole = interfaces.find((each) => each !== 'table');
  if (whole !== undefined && (approval.columns ?? approval.rows) !== undefined) {
    throw refuse(
      `its owner has approved some columns or rows, and the interface '${whole}' gives all of them; ask for the table`,
    );
  }
  return { interfaces, approval };
}

/** The side of a subscription that a domain is on. */
export function requireSide(domain: DataDomain, side: DomainRegistration, what: string): void {
  if (domain.domainName === side.domainName) return;
  throw new Error(
    `${domain.node.path}: is the domain '${domain.domainName}', but ${what} '${side.domainName}'; make it there.`,
  );
}

/** The role that reads, by the name that both sides know. */
export function readerArn({ consumer, product }: SubscriptionRequest, partition: string): string {
  return `arn:${partition}:iam::${consumer.account}:role/${readerName(consumer.domainName, product)}`;
}

/** The role of the owner's account that asks its APIs for the reader, by the name that both sides know. */
export function apiRoleName({ contract, consumer, product }: SubscriptionRequest): string {
  return roleName(`data-mesh-api-${versionedName(contract)}-${product ? versionedName(product) : consumer.domainName}`);
}

/** Its ARN. */
export function apiRoleArn(request: SubscriptionRequest, partition: string): string {
  return `arn:${partition}:iam::${request.owner.account}:role/${apiRoleName(request)}`;
}

/** The consumer group that the reader is a member of. */
export function consumerGroup({ consumer, product }: SubscriptionRequest): string {
  return readerName(consumer.domainName, product);
}
