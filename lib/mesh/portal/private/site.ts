import { readFileSync } from 'node:fs';
import { packageFile } from '../../../foundation/private/package-assets';
import type { DataProductContract } from '../../data-product-contract';
import { Catalog } from './catalog';
import { homePage } from './home-page';
import { productPage } from './product-page';
import { searchIndex } from './search-index';
import { ICON, STYLES } from './styles';

/** What a portal is called that nobody names. */
export const DEFAULT_PORTAL_NAME = 'Data products';

/** Where the state of objectives stands, from the root of the site. A site is built with one in which nothing was measured. */
export const STATE_FILE = 'state.json';

/**
 * Every file of the portal by its path: the same bytes for the same contracts, in whatever order they come.
 *
 * @throws when two contracts are of one product at one major version
 */
export function portalSite(contracts: readonly DataProductContract[], portalName: string): Map<string, string> {
  const catalog = new Catalog(contracts);
  return new Map([
    ['index.html', homePage(catalog, portalName)],
    ...catalog.products.map((each): [string, string] => [each.href, productPage(catalog, each, portalName)]),
    ['search.json', searchIndex(catalog.products)],
    ['portal.css', STYLES],
    ['portal.js', readFileSync(packageFile('dist/portal/portal.js'), 'utf8')],
    ['icon.svg', ICON],
    [STATE_FILE, JSON.stringify({ products: {} })],
  ]);
}
