import type { DataProductContract } from '../data-product-contract';

/** A product in one major version, for versions run beside one another: `trading.trades.v1`. */
export function versionedName({ name, majorVersion }: DataProductContract): string {
  return `${name}.v${majorVersion}`;
}
