import { createHash } from 'node:crypto';
import type { DataProductContract } from '../data-product-contract';
import { versionedName } from './versioned-name';

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html (2026-11-28)
const LONGEST = 64;

/**
 * Name of the role that reads subscribed products: of the product that is made of them, or of the domain's people. Both
 * sides of a subscription know it without asking the other: `data-mesh-risk.exposures.v1`, `data-mesh-risk`.
 */
export function readerName(domainName: string, product?: DataProductContract): string {
  return roleName(`data-mesh-${product ? versionedName(product) : domainName}`);
}

/** A name of a role that is short enough, and of which no two become the same. */
export function roleName(name: string): string {
  if (name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, LONGEST - digest.length - 1)}-${digest}`;
}
