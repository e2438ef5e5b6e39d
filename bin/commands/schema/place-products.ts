import type { DeclaredProduct } from '../../../lib/schema/private/declaration';
import type { LedgerContent } from '../../../lib/schema/private/ledger-entry';

/**
 * How many resources of products a stack is filled with. CloudFormation takes 500, and beside the products of a domain
 * stand its key, bucket, brokers, network and pipeline, some 90 in the trading mesh.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (2026-11-28)
 */
const FULL = 380;

/**
 * Writes into a ledger's new content in which stack of its domain each product stands that is new: in the newest one
 * while it has room, then in another nested one. A product that the ledger knows stays, whatever comes or goes beside it.
 */
export function placeProducts(
  content: LedgerContent,
  known: LedgerContent | undefined,
  products: readonly DeclaredProduct[],
): void {
  for (const domain of new Set(products.map(domainOf))) {
    const stacks = [0];
    const place = ({ tables, resources }: DeclaredProduct, stack: number): void => {
      stacks[stack] = (stacks[stack] ?? 0) + resources;
      for (const name of stack === 0 ? [] : tables) {
        const entry = content.get(name);
        if (entry) content.set(name, { ...entry, stack });
      }
    };
    const isKnown = ({ tables }: DeclaredProduct): boolean => tables.some((name) => known?.has(name));
    const own = products.filter((each) => domainOf(each) === domain);
    for (const product of own.filter(isKnown)) {
      place(product, product.tables.map((name) => known?.get(name)?.stack).find((each) => each !== undefined) ?? 0);
    }
    const added = own.filter((each) => !isKnown(each)).sort((a, b) => (a.tables[0] < b.tables[0] ? -1 : 1));
    for (const product of added) {
      const newest = stacks.length - 1;
      place(product, stacks[newest] > 0 && stacks[newest] + product.resources > FULL ? newest + 1 : newest);
    }
  }
}

function domainOf({ tables: [name] }: DeclaredProduct): string {
  return name.split('.')[0];
}
