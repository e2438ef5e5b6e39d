import MiniSearch from 'minisearch';
import type { CatalogProduct } from './catalog';
import { SEARCH_OPTIONS } from './search-fields';

/** As much of a description as a hit shows. */
const SHOWN = 160;

/** The index that the search loads, as JSON. It is built here so that a phone need not. */
export function searchIndex(products: readonly CatalogProduct[]): string {
  const index = new MiniSearch(SEARCH_OPTIONS);
  index.addAll(
    products.map(({ contract, href }, id) => {
      const { stated, name, majorVersion, domain, productName } = contract;
      return {
        id,
        href,
        name,
        version: `v${majorVersion}`,
        // Whoever types a domain finds its products, whoever types `var` finds `risk.var`.
        words: `${domain} ${productName} ${stated.classification}`,
        columns: stated.schema?.columns.map((column) => column.name).join(' '),
        owner: stated.owner,
        about: summary(stated.description),
      };
    }),
  );
  return JSON.stringify(index);
}

/** The beginning of a description, on one line. */
export function summary(description: string): string {
  const line = description.replace(/\s+/g, ' ').trim();
  // By characters, not by units of UTF-16, of which half a one is no text.
  const characters = [...line];
  return characters.length > SHOWN ? `${characters.slice(0, SHOWN - 1).join('')}…` : line;
}
