import type { Catalog, CatalogProduct } from './catalog';
import { html, type Html } from './html';
import { page } from './page';
import { summary } from './search-index';

/** The page with the search and every product by domain. */
export function homePage(catalog: Catalog, portalName: string): string {
  const { domains, products } = catalog;
  const content = html`<h1>${portalName}</h1>
    <p class="lead">
      ${products.length} ${products.length === 1 ? 'product' : 'products'} of ${domains.length}
      ${domains.length === 1 ? 'domain' : 'domains'}. <span data-state-age></span>
    </p>
    <form role="search" class="search">
      <label for="query">Search by name, column, owner or description</label>
      <input
        id="query"
        name="q"
        type="search"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="hint"
      />
      <p id="hint" class="hint">
        Press <kbd>/</kbd> to search, <kbd>↓</kbd> and <kbd>↑</kbd> to move through what was found, <kbd>Esc</kbd> to
        clear.
      </p>
    </form>
    <p id="status" class="lead" role="status"></p>
    <ol id="results" class="cards" aria-label="Products found" hidden></ol>
    <div id="all">${domains.map(([domain, ofDomain]) => domainSection(domain, ofDomain))}</div>`;
  const description = `Data products of ${domains.length} domains: what they hold, who owns them, how well they are, how to read them.`;
  return page({ portalName, title: portalName, description, root: '', content, hasSearch: true });
}

function domainSection(domain: string, products: readonly CatalogProduct[]): Html {
  return html`<section class="domain">
    <h2 id="domain-${domain}">${domain} <span class="count">${products.length}</span></h2>
    <ul class="cards">
      ${products.map(card)}
    </ul>
  </section>`;
}

function card({ contract, href, id }: CatalogProduct): Html {
  const { stated, productName, majorVersion } = contract;
  return html`<li class="card" data-product="${id}">
    <h3><a href="${href}">${productName}</a> <span class="version">v${majorVersion}</span></h3>
    <p>${summary(stated.description)}</p>
  </li>`;
}
